"""Who was studied: patients' facts and how they were treated."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.tables.data import plain_table
from outcomes.tables.numbers import interval, number, share

__all__ = ["who"]

LABELS = {"fact": "Fact", "value": "Value", "known": "Known for"}


def who(material: Material) -> Section:
    """Return the section on patients and treatment."""
    rows = [*_people(material), *_treatment(material)]
    blocks: list[Block] = []
    if "patients" not in material.study.given:
        blocks.append(
            Words("There is no table of patients: age, sex and diagnosis are not known to this report.")
        )
    if "sessions" not in material.study.given:
        blocks.append(
            Words("There are no session records: day 0 is each patient's index date, and dose is not known.")
        )
    if rows:
        table = plain_table(pd.DataFrame(rows), LABELS, name="people", text_columns=["fact"])
        blocks.append(TableBlock(table, "Patients with an infusion or index date, and their treatment."))
    return Section("who", "Who was studied", tuple(blocks))


def _people(material: Material) -> list[dict[str, str]]:
    patients = material.study.patients
    patients = patients[patients["patient_id"].isin(material.treated["patient_id"])]
    total = len(material.treated)
    rows = []
    for name, label in (
        ("age", "Age, years: median (quartiles)"),
        ("prior_preventives", "Preventives tried before: median (quartiles)"),
    ):
        values = patients[name].astype("float64").dropna()
        if len(values):
            rows.append(_row(label, _quartiles(values), f"{len(values)}/{total}"))
    for name in ("sex", "diagnosis", "arm", "cohort"):
        known = patients[name].dropna()
        counts = known.value_counts()
        rows += [
            _row(
                f"{name.capitalize()}: {str(code).replace('_', ' ')}",
                share(n, len(known)),
                f"{len(known)}/{total}",
            )
            for code, n in counts.items()
        ]
    return rows


def _treatment(material: Material) -> list[dict[str, str]]:
    sessions, courses = material.study.sessions, material.courses
    if not len(sessions):
        return []
    per_patient = sessions.groupby("patient_id").size()
    rows = [
        _row(
            "Sessions per patient: median (quartiles)",
            _quartiles(per_patient),
            f"{len(per_patient)}/{len(material.treated)}",
        )
    ]
    for name, label in (
        ("infusion_hours", "Infusion hours per course"),
        ("dose_mg_per_kg", "Dose per course, mg/kg"),
    ):
        values = courses[name].astype("float64").dropna()
        if len(values):
            rows.append(
                _row(
                    f"{label}: median (quartiles)",
                    _quartiles(values),
                    f"{len(values)}/{len(courses)} courses",
                )
            )
    setting = sessions["setting"].dropna()
    rows += [
        _row(f"Setting: {name}", share(n, len(setting)), f"{len(setting)}/{len(sessions)} sessions")
        for name, n in setting.value_counts().items()
    ]
    return rows


def _quartiles(values: pd.Series) -> str:
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    return f"{number(middle)} ({interval(low, high)})"


def _row(fact: str, value: str, known: str) -> dict[str, str]:
    return {"fact": fact, "value": value, "known": known}
