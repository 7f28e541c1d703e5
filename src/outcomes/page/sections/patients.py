"""The appendix: one patient after the other by study id, for the clinic and on request only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.derive.exposure import exposure
from outcomes.errors import OutcomesError
from outcomes.models.patient.one_patient import one_patient
from outcomes.page.blocks import Block, Drawing, Heading, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.sections.event_details import serious_listing
from outcomes.page.view import View
from outcomes.plots.diary_calendar import diary_calendar
from outcomes.plots.svg import svg
from outcomes.results import Estimates
from outcomes.tables.data import plain_table
from outcomes.tables.description import Table
from outcomes.tables.numbers import EMPTY, count, interval, number, percent, signed

__all__ = ["MOST", "NAME", "TITLE", "patients"]

NAME, TITLE = "patients", "Patients one by one"
#: Patients on the page: each takes about 0.4 s of CPU and 48 kB, so all of them 12 s and 1.4 MB.
MOST = 30
#: Above this a probability is written as more than it: the model of one patient is never certain.
NEARLY_CERTAIN = 0.99
OTHERS = "For any of the others: outcomes notebook 04 --study STUDY -p patient=ID."
COLUMNS = {
    "term": "Period",
    "recorded": "Days recorded",
    "value": "Headache days per 28 (95% credible interval)",
    "change": "Change from the own baseline (95% credible interval)",
    "fewer": "Probability of fewer days",
}


def patients(view: View) -> Section:
    """Return the appendix of patients; it has no rule for readers outside."""
    return view.everything(_patients)


def _patients(material: Material) -> Section:
    """Return serious events, and the diary calendar and periods of each patient, the first `MOST` by study id."""
    known = sorted(material.days["patient_id"].unique()) if len(material.days) else []
    if not known:
        reason = "No patient has a recorded day, so there is no diary to show."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    shown = known[:MOST]
    limited = (
        ""
        if len(known) == len(shown)
        else f" The first {MOST} by study id are shown, the others not. {OTHERS}"
    )
    first = (
        f"{len(shown)} of {len(known)} patients with a diary.{limited} A change of one patient is no effect of "
        "the treatment: a patient chosen at a bad time improves by regression to the mean. The limits say how "
        "sure the recorded days make it. This part is not in the PDF and is not compared with earlier reports."
    )
    blocks: list[Block] = [Words(first, "caution")]
    if "adverse_events" in material.study.given:
        blocks += [Heading("Serious adverse events"), *serious_listing(material)]
    sessions = exposure(material.study)
    for place, patient in enumerate(shown):
        blocks += [Heading(str(patient)), *_patient(material, sessions, patient, place)]
    return Section(NAME, TITLE, tuple(blocks))


def _patient(material: Material, sessions: pd.DataFrame, patient: str, place: int) -> list[Block]:
    study = material.study
    mine = material.days[material.days["patient_id"] == patient]
    blocks: list[Block] = []
    try:
        axes = diary_calendar(mine, patient=patient, sessions=sessions, events=study.adverse_events,
                              timezone=study.timezone)  # fmt: skip
        caption = f"Diary of {patient}: a week a column, a weekday a row."
        blocks.append(Drawing(svg(axes, name=f"patient-{place + 1}"), caption))
        found = one_patient(mine, patient).periods
    except OutcomesError as error:
        return [*blocks, Words(f"No comparison with the own baseline: {error.what}.")]
    return [
        *blocks,
        Words(_sentence(found)),
        TableBlock(_table(found, f"periods-{place + 1}"), f"Periods of {patient}, first course."),
    ]


def _sentence(found: Estimates) -> str:
    """Say the last period that can be compared with the baseline."""
    rows = found.to_frame()
    compared = rows[rows["change"].notna()]
    if not len(compared):
        return "No period can be compared with the own baseline."
    last = compared.iloc[-1]
    return (
        f"In the last period that can be compared ({last['term']}, {count(last['days_recorded'], 'day')} recorded): "
        f"{number(last['value'])} headache days per 28; the change from the own baseline is {signed(last['change'], 1)} "
        f"(95% credible interval {interval(last['change_lower'], last['change_upper'])})."
    )


def _table(found: Estimates, name: str) -> Table:
    rows = found.to_frame()
    text = pd.DataFrame({"term": rows["term"].astype("str"), "recorded": rows["days_recorded"].astype("str")})
    text["value"] = [
        _with_limits(number(value), low, high)
        for value, low, high in rows[["value", "lower", "upper"]].to_numpy(float)
    ]
    text["change"] = [
        _with_limits(signed(value, 1), low, high)
        for value, low, high in rows[["change", "change_lower", "change_upper"]].to_numpy(float)
    ]
    text["fewer"] = [_chance(p) for p in rows["p_lower"].to_numpy(float)]
    return plain_table(text, COLUMNS, name=name, text_columns=["term"])


def _chance(p: float) -> str:
    """Write a probability in percent; a model of one patient is never certain."""
    if np.isnan(p):
        return EMPTY
    if p > NEARLY_CERTAIN:
        return "more than 99%"
    return "less than 1%" if p < 1 - NEARLY_CERTAIN else percent(100 * p, 0)


def _with_limits(value: str, low: float, high: float) -> str:
    return EMPTY if np.isnan(low) else f"{value} ({interval(low, high)})"
