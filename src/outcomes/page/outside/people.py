"""Who was studied, what was received and from which files, for readers outside."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.outside.material import Outside
from outcomes.page.versions import versions
from outcomes.tables.data import plain_table
from outcomes.tables.description import WITHHELD, Column, Table
from outcomes.tables.formats import Percent, Ratio, Text
from outcomes.tables.numbers import interval, number

__all__ = ["data_quality", "provenance", "who"]

#: Column of patients -> heading of its values.
FACTS = {"sex": "Sex", "diagnosis": "Diagnosis", "arm": "Arm", "cohort": "Cohort"}
QUARTILES = {"age": "Age, years", "prior_preventives": "Preventives tried before"}
#: Tables of which a row is not a person or a session.
COUNTED = ("diary", "titration")
FILES = {"table": "Table", "file": "File", "sha256": "SHA-256"}


def who(outside: Outside) -> Section:
    """Return the section on patients and treatment."""
    people = outside.study.patients
    people = people[people["patient_id"].isin(outside.inside.treated["patient_id"])]
    blocks: list[Block] = [_shares(outside, people)]
    lines = _quartiles(outside, people)
    if lines:
        table = plain_table(
            pd.DataFrame(lines),
            {"fact": "Fact", "value": "Median (quartiles)"},
            name="quartiles",
            text_columns=["fact"],
        )
        blocks.append(TableBlock(table, "Patients and their treatment."))
    return Section("who", "Who was studied", tuple(blocks))


def _shares(outside: Outside, people: pd.DataFrame) -> Block:
    parts: list[pd.DataFrame] = []
    notes: tuple[str, ...] = ()
    for column, heading in FACTS.items():
        if people[column].notna().any():
            found = outside.shares(people[column], of=outside.patients)
            parts.append(found.to_frame().assign(fact=heading))
            notes = found.notes or notes
    sessions = outside.study.sessions
    if outside.sessions >= outside.smallest and sessions["setting"].notna().any():
        found = outside.shares(sessions["setting"], of=outside.sessions, people=sessions["patient_id"])
        parts.append(found.to_frame().assign(fact="Setting of the sessions"))
        notes = found.notes or notes
    if not parts:
        return Words("There is no table of patients: age, sex and diagnosis are not known to this report.")
    rows = pd.concat(parts, ignore_index=True)
    rows["value"] = rows["value"].str.replace("_", " ")
    rows["percent"] = 100 * rows["n"].astype("Float64") / rows["N"]
    rows["withheld"] = rows["withheld"].str.replace("n", "n percent")
    columns = {
        "value": Column("Value", Text("value")),
        "n": Column("n/N", Ratio()),
        "percent": Column("%", Percent("percent", "N")),
    }
    table = Table("people", rows, columns, groups="fact", notes=notes)
    return TableBlock(
        table,
        "Patients with an infusion or index date. Percentages are of all; those not recorded have a line of their own.",
    )


def _quartiles(outside: Outside, people: pd.DataFrame) -> list[dict[str, str]]:
    sessions, courses = outside.study.sessions, outside.inside.courses
    by_patient, by_course = people.set_index("patient_id"), courses.set_index("patient_id")
    values = {label: by_patient[name] for name, label in QUARTILES.items()}
    if outside.sessions:
        values |= {
            "Sessions per patient": sessions.groupby("patient_id").size(),
            "Infusion hours per course": by_course["infusion_hours"],
            "Dose per course, mg/kg": by_course["dose_mg_per_kg"],
        }
    return [
        {"fact": label, "value": _written(known)}
        for label, known in ((label, part.astype("float64").dropna()) for label, part in values.items())
        # many courses can be of few patients
        if known.index.nunique() >= 2 * outside.smallest
    ]


def _written(values: pd.Series) -> str:
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    return f"{number(middle, 0)} ({interval(low, high, 0)})"


def data_quality(outside: Outside) -> Section:
    """Return rows of the tables whose rows are not people, and what is kept in the clinic."""
    lines = []
    for name in COUNTED:
        if name in outside.study.given:
            rows = outside.rows(name)
            told = {key: WITHHELD if n is None else f"{n:,d}" for key, n in rows.items()}
            lines.append({"table": name, **told})
    labels = {"table": "Table", "received": "Received", "accepted": "Accepted", "rejected": "Rejected"}
    table = plain_table(pd.DataFrame(lines), labels, name="rows", text_columns=["table"])
    words = (
        "Kept in the clinic: the flow of patients, the findings with their files and rows, the diaries day by day, and the rows of "
        "tables in which a row is a patient, a session or an event."
    )
    blocks = (TableBlock(table, "Rows of the diary and of the pump log."), Words(words))
    return Section("data-quality", "Data quality and flow", blocks)


def provenance(outside: Outside) -> Section:
    """Return inputs by their content and versions; sizes tell how many rows, so they are left out."""
    study = outside.study
    until = "every day received" if study.cutoff is None else f"days up to {study.cutoff.date().isoformat()}"
    blocks: list[Block] = [Words(f"Used: {until}. Local dates are of the zone {study.timezone}.")]
    if len(study.provenance):
        files = plain_table(study.provenance, FILES, name="files", text_columns=list(FILES))
        blocks.append(TableBlock(files, "Input files."))
    made = pd.DataFrame(list(versions().items()), columns=["package", "version"])
    labels = {"package": "Package", "version": "Version"}
    table = plain_table(made, labels, name="versions", text_columns=list(labels))
    blocks.append(TableBlock(table, "Versions.", folded=True))
    return Section("provenance", "Provenance", tuple(blocks))
