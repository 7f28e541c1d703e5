"""The law of copies: a copy of any row of any table changes no number; it is found, and nothing is lost."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.cli import main
from outcomes.schema.tables import KEYS
from studies import DIARY, assert_nothing_lost, rules_found, study_of

TABLES = ("patients", "sessions", "titration", "diary", "adverse_events", "assessments", "laboratory")
COPIES = 7


@functools.cache
def tables() -> dict[str, pd.DataFrame]:
    made = oc.simulate(patients=4, seed=3, months=1).study
    found = {name: made.table(name) for name in made.given}
    samples = {"date": pd.Timestamp("2026-01-05"), "test": "alt", "value": 30.0}
    return found | {"laboratory": found["patients"][["patient_id"]].assign(**samples)}


@functools.cache
def right() -> tuple[oc.Study, list[pd.DataFrame]]:
    study = oc.Study(**tables())
    return study, told(study)


def with_copies(frame: pd.DataFrame, rng: np.random.Generator, *, below: bool) -> pd.DataFrame:
    """Return a table with copies of its rows anywhere, or each below its row."""
    rows = rng.integers(len(frame), size=COPIES)
    at = rng.uniform(rows if below else np.full(COPIES, -1), len(frame))
    order = np.argsort(np.concatenate([np.arange(len(frame)), at]), kind="stable")
    return frame.iloc[np.concatenate([np.arange(len(frame)), rows])[order]].reset_index(drop=True)


def told(study: oc.Study) -> list[pd.DataFrame]:
    """Return what must not move: every accepted row, what is lost, what is found, the estimate."""
    found = study.findings[["table", "column", "rule", "severity", "message"]]
    found = found[found["rule"] != "same_row_again"].value_counts(sort=False).sort_index().reset_index()
    rows = [study.table(name).sort_values(list(KEYS[name]), ignore_index=True) for name in TABLES]
    return [*rows, study.losses, study.cells, study.alarms, found, oc.change(oc.periods(study)).to_frame()]


@pytest.mark.parametrize("table", TABLES)
def test_a_copy_of_any_row_of_any_table_changes_no_number(table):
    frame = with_copies(tables()[table], np.random.default_rng(len(table)), below=table == "titration")
    study = oc.Study(**tables() | {table: frame})
    again = study.findings.query("rule == 'same_row_again'")
    assert (set(again["table"]), len(again)) == ({table}, COPIES)
    assert_nothing_lost(study)
    for expected, found in zip(right()[1], told(study), strict=True):
        pd.testing.assert_frame_equal(found, expected)
    assert study.rejected_days.empty
    assert study.broken_logs == right()[0].broken_logs


def test_exports_of_everything_each_month_say_what_the_last_one_says(tmp_path, capsys):
    lines = DIARY.splitlines(keepends=True)
    study_of(tmp_path, diary=DIARY)
    (tmp_path / "january.csv").write_text("".join(lines[:-1]))
    text = (tmp_path / "study.toml").read_text()
    (tmp_path / "study.toml").write_text(text.replace('"diary.csv"', '["january.csv", "diary.csv"]'))
    study = oc.read_study(tmp_path)
    assert len(study.diary) == len(lines) - 1
    assert study.losses.empty
    assert study.findings["rule"].tolist() == ["same_row_again"] * (len(lines) - 2)
    assert set(study.rejected["diary"]["file"]) == {"diary.csv"}
    with pytest.raises(SystemExit) as left:
        main(["check", str(tmp_path)])
    assert left.value.code == 0
    assert "Not used" not in capsys.readouterr().out


HEAD = "patient_id,date,headache,pain\n"


@pytest.mark.parametrize(
    ("rows", "lost", "rules"),
    [
        # two answers for a day, one of them twice: the copy changes no verdict
        (["yes,4", "no,", "yes,4"], 2, {(1, "duplicate_day"), (2, "duplicate_day"), (3, "same_row_again")}),
        (["yes,4", "yes,"], 2, {(1, "duplicate_day"), (2, "duplicate_day")}),  # a blank is no value
        (["yes,4.0", "yes,4"], 0, {(2, "same_row_again")}),  # the same number, written otherwise
        (["yes,bad", "yes,bad"], 0, {(1, "not_a_number"), (2, "same_row_again")}),
        (["yes,bad", "yes,"], 2, {(1, "not_a_number"), (1, "duplicate_day"), (2, "duplicate_day")}),
        (["maybe,4", "maybe,4"], 1, {(1, "not_yes_no"), (2, "same_row_again")}),
    ],
)
def test_only_rows_that_agree_in_every_cell_are_the_same(tmp_path, rows, lost, rules):
    days = "".join(f"01,2026-01-05,{row}\n" for row in rows)
    study = study_of(tmp_path, diary=f"{HEAD}{days}02,2026-01-05,no,\n")
    assert {(row, rule) for _, row, _, rule, _ in rules_found(study)} == rules
    once = len(rows) + 1 - sum(rule == "same_row_again" for _, rule in rules)
    assert len(study.diary) == once - lost
    told = study.losses.query("column == ''")[["lost", "of"]].to_numpy().tolist()
    assert told == ([[lost, once]] if lost else [])
