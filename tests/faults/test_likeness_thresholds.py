"""What looks like something else is told from its threshold on, and not below it."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc


def days(number: int, **columns) -> dict[str, pd.DataFrame]:
    date = pd.date_range("2025-01-01", periods=number)
    return {"diary": pd.DataFrame({"patient_id": "1", "date": date, "headache": True} | columns)}


def pains(number: int, highest: float) -> dict[str, pd.DataFrame]:
    return days(number, pain=[highest, *[1.0] * (number - 1)])


def stays(number: int, **columns) -> dict[str, pd.DataFrame]:
    start = pd.date_range("2025-01-01 09:00", periods=number, tz="UTC")
    ids = [f"S{place}" for place in range(number)]
    frame = {"session_id": ids, "patient_id": "1", "start": start, "end": start + pd.Timedelta(hours=1)}
    return {"sessions": pd.DataFrame(frame | columns)}


def ids(*names: str) -> dict[str, pd.DataFrame]:
    return {"patients": pd.DataFrame({"patient_id": list(names)})}


def entered(number: int) -> dict[str, pd.DataFrame]:
    minutes = pd.timedelta_range("0min", periods=number, freq="4min")
    return days(number, entered_at=pd.Timestamp("2025-12-01 10:00", tz="UTC") + minutes)


def scored(score: float) -> dict[str, pd.DataFrame]:
    date = pd.Timestamp("2025-01-01")
    row = {"patient_id": ["1"], "date": [date], "instrument": ["HIT-6"], "score": [score]}
    return {"assessments": pd.DataFrame(row)}


def spread(number: int, every: str, **columns) -> dict[str, pd.DataFrame]:
    return days(number, date=pd.date_range("2025-01-01", periods=number, freq=every), **columns)


def ticked(yes: int, empty: int) -> dict[str, pd.DataFrame]:
    return days(yes + empty, headache=pd.array([True] * yes + [None] * empty, dtype="boolean"))


def misread(wrong: int, of: int) -> dict[str, pd.DataFrame]:
    return days(of, pain=["x"] * wrong + ["5"] * (of - wrong))


@pytest.mark.parametrize(
    ("rule", "told", "silent"),
    [
        ("weights_look_like_pounds", stays(5, weight_kg=110.5), stays(5, weight_kg=110.0)),
        ("weights_look_like_pounds", stays(5, weight_kg=150.0), stays(4, weight_kg=150.0)),
        ("pain_never_above_3", pains(20, 3.0), pains(19, 3.0)),
        ("pain_never_above_3", pains(20, 3.0), pains(20, 3.5)),
        ("pain_before_never_above_3", stays(20, pain_before=3.0), stays(19, pain_before=3.0)),
        ("pain_before_never_above_3", stays(20, pain_before=3.0), stays(20, pain_before=4.0)),
        ("same_answer_throughout", days(180), days(179)),
        ("same_answer_throughout", days(180, pain=6.0), days(180, pain=[5.0, *[6.0] * 179])),
        ("entered_in_bulk", entered(14), entered(13)),
        ("score_not_whole", scored(60.5), scored(60.0)),
        ("pain_0_with_headache", days(1, pain=0.0), days(1, pain=0.5)),
        ("hours_0_with_headache", days(1, duration_h=0.0), days(1, duration_h=0.25)),
        ("column_declared_wrongly", misread(5, 249), misread(5, 250)),
        ("column_declared_wrongly", misread(5, 5), misread(4, 4)),
        ("column_declared_wrongly", ticked(20, 5), ticked(20, 4)),
        ("column_declared_wrongly", ticked(20, 5), ticked(19, 5)),
        ("headache_days_alone", spread(20, "2D"), spread(19, "2D")),
        ("headache_days_alone", spread(20, "2D"), spread(20, "1D")),
        ("headache_days_alone", spread(20, "2D"), spread(20, "2D", headache=[False] + [True] * 19)),
        ("look_alike_ids", ids("P1", "p1"), ids("P1", "q1")),
        ("look_alike_ids", ids("P1", "P01"), ids("P1", "P10")),
        ("look_alike_ids", ids("P-1", "P 1"), ids("1-01", "10-1")),
        ("look_alike_ids", ids("PO1", "P01"), ids("PA1", "P01")),
        ("look_alike_ids", ids("\u042001", "P01"), ids("\u042901", "P01")),
        ("look_alike_ids", ids("\uff30\uff10\uff11", "P01"), ids("\uff31\uff10\uff11", "P01")),
        ("look_alike_ids", ids("P\u200b01", "P01"), ids("P\u200b02", "P01")),
    ],
)
def test_it_is_told_from_the_threshold_on(rule, told, silent):
    assert rule in set(oc.validate(told).findings["rule"])
    assert rule not in set(oc.validate(silent).findings["rule"])
