"""Whatever is made from a study of which a column is declared wrongly says so in its status."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.accessor import FORMULA_FIRST, FRAME_FIRST
from outcomes.page.sheet.sheet import PatientSheet
from test_wrong_calls import call, made

CELLS = 20
WORDS = f"diary.pain is declared wrongly: {CELLS} of 653 cells cannot be read"
#: They need tables that no simulated study has, or a frame and formula of their own.
OTHERWISE = (
    "lab_grades",
    "lab_shift",
    "liver_signals",
    "from_adam",
    "cumulative_incidence",
    "counts",
    "daily",
)
#: Function -> arguments that differ from those of the others of this name.
OTHERS = {
    "liver_looks": {"follow_up": lambda: oc.follow_up(made()["study"])},
    "first_events": {"follow_up": lambda: oc.follow_up(made()["study"])},
    "event_counts": {"sessions": lambda: made()["exposure"]},
    "first_or_later": {"sessions": lambda: made()["exposure"]},
    "dose_events": {"sessions": lambda: made()["exposure"]},
    "mean_cumulative": {"at_risk": lambda: made()["exposure"]},
}
TAKE_A_STUDY = sorted(
    name
    for name in oc._PUBLIC
    if inspect.isfunction(getattr(oc, name))
    and next(iter(inspect.signature(getattr(oc, name)).parameters), "") == "study"
)
#: The report publishes or refuses, which its tests hold; queries are a part of study.toml.
NOT_HERE = ("report", "event_queries")
#: They draw, or make everything.
SLOW = ("patient_sheet", "report_ard", "checklist", "what_if", "subgroups")


def spoiled(waivers: dict[str, dict[str, str]] | None = None) -> oc.Study:
    """Return a study of which some days of pain were written in words."""
    study = oc.simulate(12, seed=3, months=1).study
    tables = {name: study.table(name) for name in study.given}
    pain = tables["diary"]["pain"].astype("object")
    hit = np.zeros(len(pain), dtype=bool)
    hit[np.flatnonzero(pain.notna())[::20][:CELLS]] = True
    text = pain.map(lambda value: "" if pd.isna(value) else f"{value:g}").mask(hit, "bad")
    tables["diary"] = tables["diary"].assign(pain=text.astype("str"))
    return oc.Study(**tables, timezone=study.timezone, waivers=waivers)


def said(result: Any) -> bool:
    """Return whether a result says it: by status, by ``attrs``, on the page of a patient."""
    if isinstance(result, pd.DataFrame):
        return result.attrs.get("declared_wrongly") == (WORDS,)
    if isinstance(result, PatientSheet):
        return WORDS in result.html
    if isinstance(result, dict):
        return all(map(said, result.values()))
    if isinstance(getattr(result, "status", None), str):
        return WORDS in result.status
    assert is_dataclass(result)
    return any(said(getattr(result, field.name)) for field in fields(result) if _has(result, field.name))


def _has(result: Any, name: str) -> bool:
    value = getattr(result, name)
    return isinstance(value, pd.DataFrame) or hasattr(value, "status")


@pytest.fixture(scope="module")
def study() -> oc.Study:
    return spoiled()


def test_the_column_is_declared_wrongly_and_decides(study) -> None:
    assert study.declared_wrongly == (WORDS,)
    assert WORDS in study.summary()
    waived = spoiled({"diary": {"pain": "words mean no answer"}})
    assert waived.declared_wrongly == (WORDS,)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long) if name in SLOW else name
        for name in TAKE_A_STUDY
        if name not in NOT_HERE
    ],
)
def test_every_public_function_of_a_study_says_it(study, name) -> None:
    assert said(call(name, study))


@pytest.mark.parametrize("name", [n for n in (*FRAME_FIRST, *FORMULA_FIRST) if n not in OTHERWISE])
def test_every_public_function_of_a_frame_says_what_its_frame_says(name) -> None:
    first = next(iter(inspect.signature(getattr(oc, name)).parameters))
    key = "data" if name in FORMULA_FIRST else first
    given = made()[key].copy()
    given.attrs["declared_wrongly"] = (WORDS,)
    assert said(getattr(given.outcomes, name)(**_needed(name, first)))


def _needed(name: str, first: str) -> dict[str, Any]:
    """Return good values for all other arguments without a default."""
    listed = list(inspect.signature(getattr(oc, name)).parameters.values())
    skipped = {"data"} if name in FORMULA_FIRST else {first}
    others = OTHERS.get(name, {})
    return {
        p.name: others[p.name]() if p.name in others else made()[p.name]
        for p in listed
        if p.name not in skipped and p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    }


def test_frames_keep_it_when_rows_are_chosen_and_tables_are_merged(study) -> None:
    periods = oc.periods(study)
    chosen = periods[periods["period_number"] == 1].merge(
        study.patients[["patient_id", "diagnosis"]], on="patient_id"
    )
    assert said(oc.change(chosen, by="diagnosis"))
    fit = oc.mmrm("change ~ baseline", periods, subject="patient_id", visit="period")
    assert said(fit)
    assert WORDS in fit.summary()


def test_a_sound_study_says_nothing() -> None:
    sound = made()["study"]
    assert sound.declared_wrongly == ()
    assert not oc.periods(sound).attrs
    assert oc.estimate(sound).status == "ok"
