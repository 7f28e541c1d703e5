"""The files of a de-identified study: tables, a study.toml that reads them, and what it does not promise."""

from __future__ import annotations

import json

import pandas as pd

from outcomes.schema.columns import DTYPES
from outcomes.schema.contract import specs
from outcomes.study.deidentify.copy_tables import deidentified
from outcomes.study.deidentify.treatment import WORDS, treatments
from outcomes.study.study import Study

__all__ = ["PROMISES", "as_text", "deidentified_files"]

#: What such a copy is not.
PROMISES = """\
This is a copy without names. It follows the list of the HIPAA Safe Harbor method (45 CFR 164.514(b)(2)) as
far as can be told from the columns, with one difference: dates are shifted by whole weeks (a number specific
to each patient) and not reduced to years.

What it does not promise:
- It is not anonymous. Anyone who knows somebody's course (how many infusions, which weekdays, a rare event,
  an unusual age or dose) may find the person. Under the GDPR it is pseudonymised and remains personal data.
- Anyone with the key can recover every identifier and every shift: keep it apart from this folder.
- A code or a label in a column of codes is taken for what the contract says it is.
- Weekdays and the intervals between a patient's days are real; seasons are not, nor is the order in which
  patients came: the interval over all weekly looks differs from that of the study.
- Rejected rows are not here, and cells that could not be used are empty.
Have the person responsible review it before it leaves the clinic.
"""


def deidentified_files(study: Study, key: bytes) -> dict[str, str]:
    """Return file name -> text of a study without what names people.

    Parameters
    ----------
    study : Study
        A checked study.
    key : bytes
        Secret from which identifiers and shifts are made.
    """
    tables = deidentified(study, key)
    files = {f"{name}.csv": as_text(name, frame).to_csv(index=False) for name, frame in tables.items()}
    return {"study.toml": _study_toml(study, list(tables)), **files, "READ_FIRST.txt": _read_first()}


def as_text(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table as texts in the contract's own conventions; without columns that hold nothing."""
    found = {}
    for name, spec in specs(table).items():
        if name not in frame or (not spec.required and frame[name].isna().all()):
            continue
        cells = frame[name]
        if DTYPES[spec.kind] == "boolean":
            cells = cells.astype("boolean").map({True: "yes", False: "no"})
        elif spec.kind == "date":
            cells = cells.dt.strftime("%Y-%m-%d")
        elif spec.kind == "timestamp":
            cells = cells.dt.strftime("%Y-%m-%dT%H:%M:%S.%f")
        found[name] = cells
    return pd.DataFrame(found, index=frame.index)


def _study_toml(study: Study, tables: list[str]) -> str:
    lines = ['title = "De-identified study"', 'timezone = "UTC"  # times are those of the clinic\'s clock']
    for part, model in (("rules", study.rules), ("estimand", study.estimand)):
        changed = {
            name: value
            for name, value in model.model_dump(mode="json").items()
            if value != type(model)().model_dump(mode="json")[name] and value is not None
        }
        if "equivalence_source" in changed:  # free text may name the clinic
            changed["equivalence_source"] = "as in the source study"
        lines += ["", f"[{part}]", *(f"{name} = {json.dumps(value)}" for name, value in changed.items())]
    for name in tables:
        lines += ["", f"[tables.{name}]", f'file = "{name}.csv"']
    return "\n".join(lines) + "\n"


def _read_first() -> str:
    lines = [PROMISES, "What was done with each column:"]
    lines += [f"{table}.{name}: {WORDS[what]}" for (table, name), what in treatments().items()]
    return "\n".join(lines) + "\n"
