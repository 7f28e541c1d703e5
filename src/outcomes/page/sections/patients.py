"""The appendix: one patient after the other by study id, for the clinic and on request only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.derive.exposure import exposure
from outcomes.errors import OutcomesError
from outcomes.models.patient.cohort import Cohort, cohort_of
from outcomes.models.patient.one_patient import own_periods
from outcomes.models.patient.patient_rules import patient_rules
from outcomes.page.blocks import Block, Drawing, Heading, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.patient_words import chance_words, sure
from outcomes.page.sections.event_details import serious_listing
from outcomes.page.view import View
from outcomes.plots.diary_calendar import diary_calendar
from outcomes.plots.svg import svg
from outcomes.tables.data import plain_table
from outcomes.tables.description import Table
from outcomes.tables.numbers import EMPTY, interval, number, signed

__all__ = ["MOST", "NAME", "TITLE", "patients"]

NAME, TITLE = "patients", "Patients one by one"
#: Patients on the page: each takes about 0.4 s of CPU and 48 kB, so all of them 12 s and 1.4 MB.
MOST = 30
OTHERS = "For any of the others: outcomes notebook 04 --study STUDY -p patient=ID."
COLUMNS = {
    "term": "Period",
    "recorded": "Days recorded",
    "value": "Headache days per month, as recorded",
    "expected": "If nothing but time had passed (95%)",
    "fewer": "Probability that this would have given more days",
    "level": "Level from the patient's own days (95% credible interval)",
    "change": "Change of the level (95% credible interval)",
}


def patients(view: View) -> Section:
    """Return the patient appendix; it has no rule for readers outside."""
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
        else f" The first {MOST} by study id are shown; the others are not. {OTHERS}"
    )
    first = (
        f"{len(shown)} of {len(known)} patients with a diary.{limited} A change in one patient is not an "
        "effect of the treatment: a patient chosen at a bad time improves by regression to the mean. The limits say how "
        "sure the recorded days make it. This part is not in the PDF and is not compared with earlier reports."
    )
    blocks: list[Block] = [Words(first, "caution")]
    if "adverse_events" in material.study.given:
        blocks += [Heading("Serious adverse events"), *serious_listing(material)]
    sessions = exposure(material.study)
    cohort = cohort_of(material.days, patient_rules(material.study.rules))
    for place, patient in enumerate(shown):
        blocks += [
            Heading(str(patient)),
            *_calendar(material, sessions, patient, place),
            *_compared(material, patient, place, cohort),
        ]
    return Section(NAME, TITLE, tuple(blocks))


def _calendar(material: Material, sessions: pd.DataFrame, patient: str, place: int) -> list[Block]:
    study = material.study
    mine = material.days[material.days["patient_id"] == patient]
    axes = diary_calendar(
        mine, patient=patient, sessions=sessions, events=study.adverse_events, timezone=study.timezone
    )
    caption = f"Diary of {patient}: one column per week, one row per weekday."
    return [Drawing(svg(axes, name=f"patient-{place + 1}"), caption)]


def _compared(material: Material, patient: str, place: int, cohort: Cohort) -> list[Block]:
    rules = patient_rules(material.study.rules)
    mine = material.days[material.days["patient_id"] == patient]
    try:
        rows = own_periods(mine, cohort, rules).to_frame()
    except OutcomesError as error:
        return [Words(f"No comparison with the patient's own baseline: {error.what}.")]
    table = TableBlock(_table(rows, f"periods-{place + 1}"), f"Periods of {patient}, first course.")
    return [Words(chance_words(rows, rules.month_days)), table]


def _table(rows: pd.DataFrame, name: str) -> Table:
    text = pd.DataFrame({"term": rows["term"].astype("str"), "recorded": rows["days_recorded"].astype("str")})
    text["value"] = [number(value) for value in rows["value"]]
    text["expected"] = [
        EMPTY if np.isnan(low) else f"{low:.0f} to {high:.0f}"
        for low, high in rows[["expected_lower", "expected_upper"]].to_numpy(float)
    ]
    text["fewer"] = [
        sure(p) if known else EMPTY
        for p, known in zip(rows["p_lower"].to_numpy(float), rows["expected"].notna(), strict=True)
    ]
    text["level"] = [
        _with_limits(number(value), low, high)
        for value, low, high in rows[["estimate", "lower", "upper"]].to_numpy(float)
    ]
    text["change"] = [
        _with_limits(signed(value, 1), low, high)
        for value, low, high in rows[["change", "change_lower", "change_upper"]].to_numpy(float)
    ]
    return plain_table(text, COLUMNS, name=name, text_columns=["term"])


def _with_limits(value: str, low: float, high: float) -> str:
    return EMPTY if np.isnan(low) else f"{value} ({interval(low, high)})"
