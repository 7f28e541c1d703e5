"""Whatever is given to a public function by mistake, what comes back says what to do instead.

The first test takes every public function there is, so a new one is covered from its first day.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import OutcomesError

#: Public names that are no calls on data: the error itself and what takes nothing.
NOT_CALLED = ("OutcomesError", "load_example")
#: First arguments that are wrong for every function; what takes one of them says so in TAKES.
WRONG = {"None": None, "text": "text", "3": 3, "empty frame": pd.DataFrame()}
#: Wrong for the others, right here: a result without rows, a study or an arm of three patients, three days.
TAKES = {
    "Estimates": ("empty frame",),
    "simulate": ("3",),
    "placebo_benchmark": ("3",),
    "Entry": ("None", "3"),
}
#: Liver values with their grades, two of each of ten patients.
GRADED = pd.DataFrame(
    {
        "patient_id": np.repeat(np.arange(10), 2),
        "test": ["alt", "bilirubin"] * 10,
        "date": pd.Timestamp("2026-01-10"),
        "times_limit": np.linspace(0.5, 5, 20),
        "on_treatment": True,
        "grade": 1,
    }
)


@cache
def made() -> dict[str, Any]:
    """Return one good value for each name of an argument that public functions need."""
    study = oc.simulate(12, seed=3).study
    events = oc.emergent(study)
    exposure = oc.exposure(study)
    periods = oc.periods(study)
    first = exposure.groupby("patient_id")["start"]
    follow_up = pd.DataFrame({"start": first.min(), "end": first.max() + pd.Timedelta("60D")}).reset_index()
    patients = study.patients.assign(group=np.where(np.arange(len(study.patients)) % 2, "a", "b"))
    grouped = periods.merge(patients[["patient_id", "group"]], on="patient_id")
    return {
        "study": study,
        "events": events[events["emergent"]],
        "at_risk": patients,
        "patients": patients,
        "sessions": study.sessions,
        "exposure": exposure,
        "doses": exposure,
        "periods": periods,
        "grouped": grouped,
        "days": oc.days(study),
        "courses": oc.courses(study),
        "follow_up": follow_up,
        "data": periods,
        "formula": "change ~ baseline",
        "subject": "patient_id",
        "visit": "period",
        "title": "t",
        "method": "m",
        "level": 0.95,
        "reference": "a",
        "arm": "group",
        "patient_id": periods["patient_id"].iloc[0],
        "diary": study.diary,
        "result": oc.change(periods),
        "table": oc.change(periods),
        "path": "unwritten/table.html",
        "out": "unwritten",
        "by": ["term"],
        "sign": "pressure of grade 3",
        "graded": GRADED.assign(patient_id=np.repeat(study.patients["patient_id"].iloc[:10].to_numpy(), 2)),
        "adae": pd.DataFrame({"USUBJID": ["1"], "TRTEMFL": "Y"}),
    }


def needed(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters without a default, the first parameter before them."""
    listed = list(inspect.signature(function).parameters.values())
    return [
        p
        for i, p in enumerate(listed)
        if i == 0 or (p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL))
    ]


def call(name: str, first: object) -> Any:
    """Call a public function with this first argument, and good values for all others that it needs."""
    function = getattr(oc, name)
    parameters = needed(function)
    return function(**{p.name: first if i == 0 else made()[p.name] for i, p in enumerate(parameters)})


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """What a call should not write is not written into the project either."""
    monkeypatch.chdir(tmp_path)


def said(call: Callable[[], Any]) -> OutcomesError:
    """Return the error that a call ends in: one of this package's, with what is wrong and what to do."""
    with pytest.raises(OutcomesError) as caught:
        call()
    assert caught.value.what.strip()
    assert caught.value.hint or caught.value.allowed
    return caught.value


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", [name for name in oc._PUBLIC if name not in NOT_CALLED])
def test_every_public_function_refuses_a_wrong_first_argument(name, wrong):
    if wrong in TAKES.get(name, ()):
        assert call(name, WRONG[wrong]) is not None
    else:
        said(lambda: call(name, WRONG[wrong]))


def with_text(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.assign(**dict.fromkeys(columns, "x"))


def twice(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, frame], axis=1)


NUMBERS = ("baseline", "value", "change", "percent_change")

#: One line per mistake that a user has made, or could: what is called with the good values of `made`.
MISTAKES: dict[str, Callable[[dict[str, Any]], object]] = {
    "change of text": lambda m: oc.change(with_text(m["periods"], *NUMBERS)),
    "responders of text": lambda m: oc.responders(with_text(m["periods"], *NUMBERS)),
    "means of text": lambda m: oc.means(with_text(m["periods"], *NUMBERS)),
    "means of numbers as text": lambda m: oc.means(m["periods"].astype({"value": "str"})),
    "ancova of text": lambda m: oc.ancova(with_text(m["periods"], *NUMBERS)),
    "paired of text": lambda m: oc.paired(with_text(m["periods"], *NUMBERS)),
    "periods numbered by text": lambda m: oc.change(with_text(m["periods"], "period_number")),
    "impute text": lambda m: oc.impute(with_text(m["periods"], "change")),
    "dose of text": lambda m: oc.dose_response(m["periods"], with_text(m["doses"], "dose_mg_per_kg")),
    "durability of text": lambda m: oc.durability(m["days"], with_text(m["periods"], "baseline")),
    "durability of days of text": lambda m: oc.durability(with_text(m["days"], "day_after"), m["periods"]),
    "pain of text": lambda m: oc.pain_responders(with_text(m["sessions"], "pain_before"), m["exposure"]),
    "regression of days of text": lambda m: oc.regression_to_mean(m["periods"], with_text(m["days"], "day")),
    "blood pressure of text": lambda m: oc.vital_signs(with_text(m["sessions"], "sbp_max")),
    "infinite change": lambda m: oc.change(m["periods"].assign(change=np.inf)),
    "infinite baseline": lambda m: oc.ancova(m["periods"].assign(baseline=-np.inf)),
    "complex change": lambda m: oc.paired(m["periods"].assign(change=1j)),
    "dates for a change": lambda m: oc.change(m["periods"].assign(change=pd.Timestamp("2025-01-01"))),
    "change, columns twice": lambda m: oc.change(twice(m["periods"])),
    "means, columns twice": lambda m: oc.means(twice(m["periods"])),
    "blood pressure, columns twice": lambda m: oc.vital_signs(twice(m["sessions"])),
    "incidence, columns twice": lambda m: oc.incidence(twice(m["events"]), m["patients"], by="term"),
    "a diary with columns twice": lambda m: oc.Study(diary=twice(m["diary"]), sessions=m["sessions"]),
    "change by a number": lambda m: oc.change(m["periods"], by=3),
    "incidence by a number": lambda m: oc.incidence(m["events"], m["patients"], by=3),
    "rates by a number": lambda m: oc.rates(m["events"], m["exposure"], by=3),
    "sessions by a number": lambda m: oc.event_sessions(m["events"], m["sessions"], covariates=3),
    "cumulative event 3": lambda m: oc.cumulative_incidence(pd.DataFrame({"time": [1.0]}), event=3),
    "incidence of nobody": lambda m: oc.incidence(m["events"], None, by="term"),
    "rates without exposure": lambda m: oc.rates(m["events"], "exposure", by="term"),
    "counts of no frame": lambda m: oc.counts("days_with_event ~ period", None),
    "counts of a name": lambda m: oc.counts("days_with_event ~ period", "periods"),
    "counts, other way round": lambda m: oc.counts(m["periods"], "days_with_event ~ period"),
    "counts, columns twice": lambda m: oc.counts("days_with_event ~ period", twice(m["periods"])),
    "counts of text": lambda m: oc.counts(
        "days_with_event ~ period", with_text(m["periods"], "days_with_event")
    ),
    "counts, days of text": lambda m: oc.counts(
        "days_with_event ~ period", with_text(m["periods"], "days_recorded")
    ),
    "daily of no frame": lambda m: oc.daily("headache ~ phase", None),
    "daily of a study": lambda m: oc.daily("headache ~ phase", m["study"]),
    "daily, other way round": lambda m: oc.daily(m["days"], "headache ~ phase"),
    "daily, columns twice": lambda m: oc.daily("headache ~ phase", twice(m["days"])),
    "daily of text": lambda m: oc.daily("headache ~ phase", with_text(m["days"], "headache")),
    "mmrm of no frame": lambda m: oc.mmrm("change ~ baseline", 3, subject="patient_id", visit="period"),
    "mmrm by a number": lambda m: oc.mmrm("change ~ baseline", m["periods"], subject=3, visit="period"),
    "arms of a frame": lambda m: oc.compare_arms(m["periods"], reference="a"),
    "arms of responders": lambda m: oc.compare_arms(oc.responders(m["grouped"], by="group"), reference="a"),
    "responders of a frame": lambda m: oc.compare_responders(m["periods"], arm="group", reference="a"),
    "no such arm": lambda m: oc.compare_responders(
        oc.responders(m["grouped"], by="group"), arm="group", reference="z"
    ),
    "responders of a change": lambda m: oc.compare_responders(
        oc.change(m["grouped"], by="group"), arm="group", reference="a", measure="x"
    ),
    "tables of a frame": lambda m: oc.safety_tables(m["events"]),
    "exposure of text": lambda m: oc.safety_tables(oc.safety_data(m["events"], m["patients"]), exposure="x"),
    "tipping a frame": lambda m: oc.tipping_point(m["periods"]),
    "surface of a frame": lambda m: oc.tipping_surface(m["periods"]),
    "durability without periods": lambda m: oc.durability(m["days"], None),
    "durability without courses": lambda m: oc.durability(m["days"], m["periods"], courses="x"),
    "pain without exposure": lambda m: oc.pain_responders(m["sessions"], None),
    "dose of nothing": lambda m: oc.dose_response(m["periods"], None),
    "regression without days": lambda m: oc.regression_to_mean(m["periods"], None),
    "days of nobody": lambda m: oc.one_patient(m["days"], None),
    "days of a number": lambda m: oc.one_patient(m["days"], 3),
    "a table for a patient": lambda m: oc.one_patient(m["days"], m["days"]),
    "baseline as a word": lambda m: oc.periods(m["study"], baseline_as_row="x"),
    "no such endpoint": lambda m: oc.periods(m["study"], endpoint="headach_days"),
    "no such course": lambda m: oc.burden(m["study"], course="x"),
    "no such endpoint of a flow": lambda m: oc.flow(m["study"], endpoint=3),
    "a rule of another name": lambda m: oc.Study(
        diary=m["diary"], sessions=m["sessions"], rules={"endpont": "x"}
    ),
    "an option of another name": lambda m: oc.simulate(5, bogus=1),
    "a scenario of another name": lambda m: oc.simulate(5, scenario="x"),
    "a seed of text": lambda m: oc.simulate(5, seed="x"),
    "a share of text": lambda m: oc.simulate(5, dropout="x"),
    "an effect of text": lambda m: oc.simulate(5, effect="x"),
    "arms as a number": lambda m: oc.simulate(5, arms=3),
    "a report in no folder": lambda m: oc.report(m["study"], None),
    "a report in an empty name": lambda m: oc.report(m["study"], ""),
    "a report in a blank": lambda m: oc.report(m["study"], " "),
    "a report over two lines": lambda m: oc.report(m["study"], "a\nb"),
    "a report in a zero byte": lambda m: oc.report(m["study"], "a\0b"),
    "a report at nobody's home": lambda m: oc.report(m["study"], "~nobody-of-this-name/reports"),
    "a report with a word for yes": lambda m: oc.report(m["study"], "unwritten", pdf="yes"),
    "a smallest count of text": lambda m: oc.report(m["study"], "unwritten", smallest_count="x"),
    "a table in an empty name": lambda m: oc.write_table(m["table"], ""),
    "a table in a zero byte": lambda m: oc.write_table(m["table"], "a\0.html"),
    "a study in an empty name": lambda m: oc.read_study(""),
    "a study of a long name": lambda m: oc.read_study("a" * 300),
    "as of no date": lambda m: m["study"].as_of(None),
    "a study without a diary": lambda m: oc.Study(diary=None, sessions=m["sessions"]),
    "rules as a list": lambda m: oc.Study(diary=m["diary"], sessions=m["sessions"], rules=["min_days"]),
    "a zone as a list": lambda m: oc.Study(diary=m["diary"], sessions=m["sessions"], timezone=[]),
    "a title of no text": lambda m: oc.Study(diary=m["diary"], sessions=m["sessions"], title=None),
    "nothing to check": lambda m: oc.validate({}),
    "columns by number": lambda m: oc.validate({"diary": pd.DataFrame({0: ["1"], "patient_id": ["1"]})}),
    "an empty endpoint": lambda m: oc.periods(m["study"], endpoint=""),
    "a flow of every endpoint": lambda m: oc.flow(m["study"], endpoint="all"),
    "compliance as a share": lambda m: oc.simulate(5, compliance=0.9),
    "parameters as a word": lambda m: oc.simulate(5, parameters="treated"),
    "arms of lists": lambda m: oc.simulate(5, arms=[["a"], ["b"]]),
    "a report for nobody": lambda m: oc.report(m["study"], "unwritten", audience="x"),
    "a table in no file": lambda m: oc.write_table(m["table"], None),
    "a table of no form": lambda m: oc.write_table(m["table"], "table.doc"),
    "suppress a frame": lambda m: oc.suppress(m["periods"]),
    "a plot of text": lambda m: oc.plots.trajectory("x"),
    "a description of no axes": lambda m: oc.plots.describe(m["periods"]),
    "thresholds of text": lambda m: oc.responders(m["periods"], thresholds=["x"]),
    "a threshold alone": lambda m: oc.responders(m["periods"], thresholds=50),
    "resamples of text": lambda m: oc.paired(m["periods"], resamples="x"),
    "a share as a word": lambda m: oc.Relapse(share="x"),
    "a window as a word": lambda m: oc.Entry(window="x"),
    "an option that there is not": lambda m: oc.incidence(m["events"], m["patients"], wher="serious"),
    "a relapse as a share": lambda m: oc.durability(m["days"], m["periods"], relapse=0.5),
    "carry-over as a word": lambda m: oc.one_patient(m["days"], m["patient_id"], carry_over="x"),
    "groups as a word": lambda m: oc.dose_events(m["events"], m["sessions"], groups="x"),
    "level in percent": lambda m: oc.change(m["periods"], level=95),
}


def test_complex_pain_is_a_finding_and_no_pain():
    study = oc.Study(diary=made()["diary"].assign(pain=1j), sessions=made()["sessions"])
    findings = study.findings
    assert (findings.loc[findings["column"] == "pain", "rule"] == "not_a_number").any()
    assert study.diary["pain"].isna().all()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_what_to_do_instead(mistake):
    said(lambda: MISTAKES[mistake](made()))
