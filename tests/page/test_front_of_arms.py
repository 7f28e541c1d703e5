"""The front of a study with arms: every arm is told by its name, in one order, of the same patients."""

from __future__ import annotations

import json
import re
from functools import cache
from types import SimpleNamespace

import pandas as pd
import pytest

import outcomes as oc
from outcomes import plots
from outcomes.cli.check import _check_text
from outcomes.page.blocks import KeyFigure, KeyFigures, Words
from outcomes.page.event_results import arms as event_arms
from outcomes.page.event_results import comparison
from outcomes.page.make import make
from outcomes.page.material import Material
from outcomes.page.of_treated import of_treated
from outcomes.page.opening import opening_lines
from outcomes.page.options import Options
from outcomes.page.primary import Primary, with_doubt
from outcomes.page.readers import CLINIC
from outcomes.page.sections import arm_tiles
from outcomes.page.sections.arm_tiles import _recorded
from outcomes.page.sections.arms import _agreement
from outcomes.page.sections.event_details import any_event_of_arms
from outcomes.page.sections.in_short import _poor_diaries, in_short
from outcomes.page.sections.who import described
from outcomes.page.summary import summary
from outcomes.page.usability import usability
from outcomes.page.view import Clinic, Outside

ARMS = ("high", "low", "placebo")
MINUS = "\N{MINUS SIGN}"


@cache
def three() -> Material:
    return Material(with_arms(36, seed=5, names=("placebo", "low", "high")))


def with_arms(patients: int, seed: int, names: tuple[str, ...]) -> oc.Study:
    study = oc.simulate(patients, seed=seed, months=1).study
    tables = {name: study.table(name) for name in study.given} | {"patients": study.patients}
    tables["patients"]["arm"] = [names[place % len(names)] for place in range(patients)]
    return oc.Study(**tables, timezone=study.timezone)


def in_tiles(material: Material) -> dict[str, str]:
    (figures,) = (block for block in in_short(Clinic(material)).blocks if isinstance(block, KeyFigures))
    return {one.label: f"{one.value} | {one.detail}" for one in figures.figures}


def signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", MINUS)


def test_of_three_arms_each_contrast_and_each_mean_has_its_name() -> None:
    rows = oc.estimate(three().study).to_frame()
    tile = next(text for label, text in in_tiles(three()).items() if label.startswith("change in"))
    assert "nan" not in tile
    for row in rows.iloc[1:].itertuples():
        name = row.contrast if isinstance(row.contrast, str) else row.arm
        assert f"{name}: {signed(row.estimate)} (" in tile
    text = next(
        block.text
        for block in in_short(Clinic(three())).blocks
        if isinstance(block, Words) and block.kind != "caution"
    )
    for row in rows[rows["contrast"].notna()].itertuples():
        assert f"{signed(row.estimate)} (95% interval " in text
        assert f"for {row.contrast}" in text
    n = rows.loc[rows["contrast"].isna(), "n"].sum()
    assert text.startswith(f"In {n:.0f} of 36 treated patients")


def test_of_three_arms_the_responders_of_each_are_told() -> None:
    tile = next(text for label, text in in_tiles(three()).items() if "at least 50% fewer" in label)
    assert re.search(r"high \d+/12 .*placebo \d+/12 .*low - placebo: .* points \(.*\), \d+/12 ", tile)


def test_arms_stand_in_one_order() -> None:
    patients = three().study.patients
    keep = patients[(patients["arm"] != "high") | (patients.groupby("arm").cumcount() < 6)]
    tables = {name: three().study.table(name) for name in ("diary", "sessions")}
    study = oc.Study(patients=keep.assign(arm=keep["arm"].mask(keep.index < 2)), **{
        name: rows[rows["patient_id"].isin(keep["patient_id"])] for name, rows in tables.items()
    })  # fmt: skip
    who = next(iter(in_tiles(Material(study)).values()))
    assert re.match(r"\d+ high, \d+ low, \d+ placebo, 2 not recorded", who)


def test_outside_an_arm_whose_number_is_withheld_is_said_once() -> None:
    rows = pd.DataFrame({"value": ["placebo", "labels withheld", "not recorded"], "n": [34, pd.NA, pd.NA]})
    facts = {"Arm": SimpleNamespace(to_frame=lambda: rows)}
    tile = arm_tiles._who(SimpleNamespace(facts=facts, arms={"active": None, "placebo": None}))
    assert tile.value == "34 placebo"
    assert tile.detail.startswith("the numbers of the others are withheld; ")


def test_a_diagnosis_of_no_name_is_another_one() -> None:
    rows = pd.DataFrame({"value": ["other"], "n": [14]})
    facts = {"Diagnosis": SimpleNamespace(to_frame=lambda: rows)}
    assert described(SimpleNamespace(facts=facts, spreads=[])) == ["14 with another diagnosis"]


def test_of_all_treated_is_of_all_treated_with_arms_too() -> None:
    """A patient without an eligible baseline has not responded, as in a study of one group."""
    study = oc.simulate(40, seed=3, months=1, arms=("placebo", "active")).study
    diary, start = study.diary, study.sessions.groupby("patient_id")["start"].min().dt.tz_localize(None)
    gone = study.patients.query("arm == 'active'")["patient_id"].head(3)
    early = diary["date"] < diary["patient_id"].map(start)
    tables = {name: study.table(name) for name in ("patients", "sessions")}
    thinned = oc.Study(
        diary=diary[~(early & diary["patient_id"].isin(gone))], **tables, timezone=study.timezone
    )
    tile = next(text for label, text in in_tiles(Material(thinned)).items() if "at least 50%" in label)
    assert re.search(r"active \d+/20 .*placebo \d+/20 ", tile)


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [(-1.0, 2.0, "no difference and a difference in the other direction."), (0.2, 2.0, "more on average.")],
)
def test_of_a_contrast_a_difference_is_said_and_no_change(lower, upper, said) -> None:
    rows = pd.DataFrame([{"contrast": "a - b", "estimate": 0.5, "lower": lower, "upper": upper}])
    text = with_doubt(Primary("It was.", rows), "headache_days")
    assert text.endswith(said)
    assert "change" not in text


def test_of_several_contrasts_those_are_named_that_may_be_none() -> None:
    rows = pd.DataFrame({"contrast": ["a - c", "b - c"], "estimate": 1.0, "lower": [-1, 0.5], "upper": 2.0})
    text = with_doubt(Primary("It was.", rows), "headache_days")
    assert text == "It was. Also no difference lies in the interval of a - c."


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ([(-1, 1), (-2, 2)], "No difference between the arms is shown"),
        ([(1, 2), (1, 3)], "lies wholly on one side of none"),
        ([(0.1, 2), (-0.1, 2)], "depends on how variances are taken: a - b"),
    ],
)
def test_how_sure_says_whether_there_is_a_difference(limits, said) -> None:
    rows = pd.DataFrame(limits, columns=["lower", "upper"]).assign(contrast="a - b")
    assert said in _agreement(rows)


def test_a_share_of_responders_is_told_of_each_arm() -> None:
    study = three().study
    asked = oc.Study(**{name: study.table(name) for name in study.given}, timezone=study.timezone,
                     estimand={"summary": "responder_50"})  # fmt: skip
    tile = next(text for label, text in in_tiles(Material(asked)).items() if label.startswith("had at least"))
    rows = oc.estimate(asked).to_frame()
    assert tile.startswith(", ".join(f"{row.estimate:.0f}% {row.arm}" for row in rows.itertuples()))
    for row in rows.itertuples():
        assert f"{row.arm}: {row.n}/{row.N}, 95% interval" in tile
    text = str(oc.estimate(asked).meta["text"])
    assert all(f"of arm {arm}" in text for arm in ARMS)


def recorded(**shares: float) -> SimpleNamespace:
    parts = {name: SimpleNamespace(percent=share) for name, share in shares.items()}
    arms = {name: SimpleNamespace(enough=True, complete=part) for name, part in parts.items()}
    return SimpleNamespace(arms=arms, pooled_arms=True, complete=SimpleNamespace(percent=70.0))


def test_diaries_of_arms_have_a_judgement() -> None:
    assert _recorded(recorded(a=84.0, b=85.0)).detail == "good: few days have to be guessed"
    unlike = _recorded(recorded(a=72.0, b=85.0)).detail
    assert unlike.startswith("fair: ")
    assert unlike.endswith("the arms recorded differently, which makes them hard to compare")


def test_an_arm_that_recorded_little_has_the_caution_over_everything() -> None:
    assert _poor_diaries(recorded(a=72.0, b=85.0)) == []
    (caution,) = _poor_diaries(recorded(a=33.3, b=85.0))
    assert caution.kind == "caution"
    assert caution.text.startswith("Fewer than half of the days were recorded (a 33.3%)")


@pytest.mark.parametrize(
    ("told", "value", "label"),
    [
        (("90%", "of sessions had an adverse event"), "90% active, 90% placebo", "of sessions"),
        (("withheld", "of patients had an adverse event"), "withheld", "of patients"),
    ],
)
def test_outside_sessions_stand_where_patients_are_withheld(
    arms_material, monkeypatch, told, value, label
) -> None:
    monkeypatch.setattr(arm_tiles, "harm_tile", lambda one, counted: KeyFigure(*told, "more"))
    tile = arm_tiles._harmed(Outside(arms_material, limit=5))
    assert tile.value == value
    assert tile.label == f"{label} had an adverse event"


def test_patients_with_an_event_are_counted_once_in_a_tile(arms_material) -> None:
    tile = arm_tiles._harmed(Clinic(arms_material))
    assert len(re.findall(r"\d+/\d+ patients", tile.detail)) == 0
    assert len(re.findall(r"\d+/\d+ \(\d+%\) against \d+/\d+", tile.detail)) == 1


def test_check_tells_the_change_of_each_arm_and_none_of_all_together() -> None:
    facts = usability(three().study)
    periods = oc.periods(three().study)
    for arm, told in facts["change_by_arm"].items():
        row = oc.change(periods[periods["arm"] == arm]).to_frame().iloc[0]
        assert (told["n"], told["estimate"]) == (row["n"], pytest.approx(row["estimate"]))
    lines = [line for line in _check_text(facts).splitlines() if line.startswith("mean change")]
    assert [line.split(",")[1].strip() for line in lines] == list(ARMS)


def test_what_is_kept_for_the_next_report_is_of_each_arm() -> None:
    kept = json.loads(summary(three(), "0123456789abcdef"))["estimates"]
    names = {row["name"].rpartition(", ")[2] for row in kept}
    assert names == {*ARMS, "high - placebo", "low - placebo"}
    fewer = [row for row in kept if row["name"] == "at least 50% fewer, per cent, high"]
    tile = next(text for label, text in in_tiles(three()).items() if "at least 50% fewer" in label)
    assert f"high {fewer[0]['n']}/{fewer[0]['N']} (" in tile


@cache
def with_signs() -> Material:
    """Return a study whose arms hold the sign of a contrast in their names."""
    return Material(with_arms(40, seed=3, names=("keta - high", "keta - low")))


def test_an_arm_may_hold_the_sign_of_a_contrast_in_its_name() -> None:
    tile = next(text for label, text in in_tiles(with_signs()).items() if "at least 50%" in label)
    assert re.search(r"keta - low \d+/20 .*, keta - high \d+/20 ", tile)
    (words,) = any_event_of_arms(with_signs())
    assert re.match(
        r"Patients with any event: \d+/20 \(\d+%\) keta - low, \d+/20 \(\d+%\) keta - high", words.text
    )
    patients = event_arms(with_signs())
    drawn = plots.incidence_difference(comparison(with_signs(), patients))
    assert "keta - low" in plots.describe(drawn)
    assert "low - keta - high 20" not in plots.describe(drawn)
    outside = Outside(with_signs(), limit=5)
    assert outside.arms_by_event is None or set(outside.arms_by_event.frame["contrast"]) <= {
        "keta - low - keta - high"
    }


def test_without_an_interval_the_tile_has_none() -> None:
    """Two patients in an arm: a dash is no interval."""
    few = Material(with_arms(38, seed=3, names=("active",) * 18 + ("placebo",)))
    tiles = in_tiles(few)
    assert not [text for text in tiles.values() if re.search(r"interval \N{EN DASH}|\(\N{EN DASH}", text)]
    change = next(text for label, text in tiles.items() if label.startswith("change in"))
    assert re.search(r"placebo: [+\N{MINUS SIGN}]?\d+\.\d \(n = \d\)", change)


def test_an_arm_without_a_share_still_better_is_named() -> None:
    row = pd.Series({"estimate": 0.8, "lower": 0.28, "upper": 0.99, "N": 5, "day": 84.0}, dtype=object)
    arms = {"high": SimpleNamespace(still_better=row), "placebo": SimpleNamespace(still_better=None)}
    tile = arm_tiles._lasts(SimpleNamespace(arms=arms))
    assert tile.value == "80% high"
    high, placebo = tile.detail.split("; ")
    assert high.startswith("high: 80% of the 5 whose days fell by 30% or more were still better on day 84")
    assert placebo == "placebo: no share: the days of few patients fell, or few of these were followed"
    nobody = SimpleNamespace(arms={"high": SimpleNamespace(still_better=None)})
    assert arm_tiles._lasts(nobody) is None


def test_an_arm_in_which_nobody_could_respond_has_no_share_of_responders() -> None:
    study = with_arms(24, seed=3, names=("active", "placebo"))
    active = study.patients.query("arm == 'active'")["patient_id"]
    tables = {name: study.table(name) for name in ("patients", "sessions")}
    diary = study.diary[~study.diary["patient_id"].isin(active)]
    made = Material(oc.Study(diary=diary, **tables, timezone=study.timezone))
    assert not [label for label in in_tiles(made) if "at least 50%" in label]
    rows = of_treated(oc.responders(oc.periods(made.study), by="arm")).to_frame()
    assert rows.loc[rows["arm"] == "active", "N"].eq(0).all()
    assert rows.loc[rows["arm"] == "active", "percent"].isna().all()


@pytest.mark.long
def test_the_front_of_three_arms_is_one_page_of_the_pdf() -> None:
    study = oc.simulate(60, seed=13).study
    tables = {name: study.table(name) for name in study.given}
    patients = study.patients.assign(arm=[("high", "low", "placebo")[n % 3] for n in range(60)])
    patients.loc[0, ["age", "prior_preventives"]] = 440, 440
    sessions = study.sessions
    sessions.loc[0, ["pain_before", "pain_after", "spo2_min", "weight_kg"]] = 70, 70, 700, 7000
    diary = pd.concat([study.diary, study.diary.head(9).assign(headache=~study.diary["headache"].head(9))])
    tables |= {"patients": patients, "sessions": sessions, "diary": diary}
    made = oc.Study(
        **tables,
        timezone=study.timezone,
        title="Simulated study of three arms, whose title is so long that it has two lines",
    )
    assert opening_lines(made, CLINIC), "what is not used is told"
    data = make(made, CLINIC, Options(pdf=True)).outputs["report.pdf"]
    kids = re.search(rb"/Type/Pages/Count \d+/Kids\[([^\]]*)\]", data)[1]
    pages = re.findall(rb"(\d+) 0 R", kids)
    places = dict(re.findall(rb"/Title\((.*?)\)/Dest (\d+) 0 R", data))
    (lasting,) = (place for title, place in places.items() if title.startswith(b"Still better"))
    where = re.search(rb"\b%s 0 obj\s*\[(\d+) 0 R" % lasting, data)[1]
    assert pages.index(where) == 3, "after the front, the contents with the headache days, and their tables"
