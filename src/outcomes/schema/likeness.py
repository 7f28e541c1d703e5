"""What looks like something else: identifiers of one patient, other scales and units, days typed in bulk.

Nothing is corrected: each is one finding that says what it may be and the line that would read it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from outcomes.schema.findings import Fault
from outcomes.schema.rules import Rules

__all__ = ["check_likeness", "likeness_key"]

#: Half of the patients above this weigh more than clinics see in kg, and what they see in lb.
HEAVY_KG = 110.0
FEW = 5
#: So many pains, none above 3, are hardly of a scale of 0-10.
PAINS = 20
#: So many days with one and the same entry, or so many entered within an hour, were hardly typed day by day.
SAME_DAYS, BULK_DAYS = 180, 14
OWN_ANSWERS = ("headache", "pain", "duration_h", "acute_medication", "migraine")
#: Cyrillic and Greek letters that look like Latin ones, and signs that nobody sees.
LOOK_ALIKE = str.maketrans(
    "авекмнорстхуіјѕαεικνορτυχ", "abekmhopctxyijsaeikvoptux", "\u200b\u200c\u200d\u2060\ufeff\u00ad"
)
OF_PATIENTS = ("diary", "sessions", "patients", "adverse_events", "assessments")


def check_likeness(tables: Mapping[str, pd.DataFrame], rules: Rules) -> list[Fault]:
    """Return what in the tables looks like something else than it is declared to be.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        All six tables; cells that are not used are blank.
    rules : Rules
        The study's rules: `pain_scale`.
    """
    faults = [*_look_alike(tables), *_pounds(tables["sessions"]), *_same_answer(tables["diary"])]
    faults += _bulk(tables["diary"])
    if rules.pain_scale == "0-10":
        hint = 'in study.toml, [rules]: pain_scale = "0-3" (moderate_pain = 2)'
        faults += _short_scale("diary", "pain", tables["diary"], hint)
    hint = "if it is a scale of 0-3, give it as 0-10, or leave the column out"
    return faults + _short_scale("sessions", "pain_before", tables["sessions"], hint)


def likeness_key(ids: pd.Series) -> pd.Series:
    r"""Return what is left of identifiers without case, leading zeros, spaces, dashes and look-alike letters.

    Examples
    --------
    >>> likeness_key(pd.Series(["P01", "p1", "P-01", "PO1", "\u042001", "1-01", "10-1"])).tolist()
    ['p1', 'p1', 'p1', 'p1', 'p1', '1.1', '10.1']
    """
    plain = ids.str.strip().str.casefold()
    if not plain.str.isascii().all():  # full width, letters of other scripts, signs without width
        plain = plain.str.normalize("NFKC").str.translate(LOOK_ALIKE)
    plain = plain.str.replace("o", "0", regex=False)
    plain = plain.str.replace("[li]", "1", regex=True)
    plain = plain.str.replace(r"(?<=\d)[\s\-_./]+(?=\d)", ".", regex=True)
    plain = plain.str.replace(r"[\s\-_/]+", "", regex=True)
    return plain.str.replace(r"(?<!\d)0+(?=\d)", "", regex=True)


def _look_alike(tables: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """Return one finding on identifiers that look like one patient, with the rows where each first stands."""
    seen = pd.concat(
        [
            tables[name]["patient_id"].dropna().drop_duplicates().to_frame("id").assign(table=name)
            for name in OF_PATIENTS
        ]
    )
    row = pd.Series(seen.index + 1, index=seen.index, dtype="str")
    first = seen.assign(place="row " + row + " of " + seen["table"]).drop_duplicates("id")
    key = likeness_key(first["id"].astype("str"))
    alike = first[key.duplicated(keep=False).to_numpy()]
    if not len(alike):
        return []
    places = alike["place"].head(8).str.cat(sep=", ")
    patients = int(key[key.duplicated(keep=False).to_numpy()].nunique())
    who = "one patient" if patients == 1 else f"{patients} patients"
    message = (
        f"{len(alike)} identifiers look like {who}: they differ only by case, leading zeros, spaces, dashes "
        f"or look-alike letters (first in {places})"
    )
    hint = 'if they are the same, write one in the source, or map it: values.patient_id = { "this" = "that" }'
    return [_of_table(str(alike["table"].iloc[0]), "look_alike_ids", message, "patient_id", len(alike), hint)]


def _pounds(sessions: pd.DataFrame) -> list[Fault]:
    weight = sessions["weight_kg"].dropna()
    if len(weight) < FEW or weight.median() <= HEAVY_KG:
        return []
    message = (
        f"half of the weights are above {HEAVY_KG:g} kg: they look like pounds, and doses per kg would be "
        "less than half of what was given"
    )
    hint = 'in study.toml, [tables.sessions]: units.weight_kg = "lb"; in a frame, multiply by 0.4536'
    return [_of_table("sessions", "weights_look_like_pounds", message, "weight_kg", len(weight), hint)]


def _short_scale(table: str, name: str, frame: pd.DataFrame, hint: str) -> list[Fault]:
    pain = frame[name].dropna()
    if (pain > 0).sum() < PAINS or pain.max() > 3:
        return []
    message = f"{name} never exceeds 3: it looks like a scale of 0-3, on which 4 of 10 is never reached"
    return [_of_table(table, f"{name}_never_above_3", message, name, len(pain), hint)]


def _same_answer(diary: pd.DataFrame) -> list[Fault]:
    """Return one finding on patients whose every day, of many, is the same."""
    code, ids = pd.factorize(diary["patient_id"])
    sizes = np.bincount(code[code >= 0], minlength=len(ids))
    if not (sizes >= SAME_DAYS).any():
        return []
    first = np.unique(code, return_index=True)[1][-len(ids) :]
    found = sizes >= SAME_DAYS
    for name in OWN_ANSWERS:
        values = pd.factorize(diary[name])[0]
        other = (values != values[first][code]) & (code >= 0)
        found[code[other]] = False
        if not found.any():
            return []
    message = f"every day of {_patients(int(found.sum()))} has the same answers, on {SAME_DAYS} days or more"
    hint = "ask whether these days were filled in one by one"
    rows = int(sizes[found].sum())
    return [_of_table("diary", "same_answer_throughout", message, "headache", rows, hint)]


def _bulk(diary: pd.DataFrame) -> list[Fault]:
    """Return one finding on days that were entered many within an hour."""
    entered = diary.loc[diary["entered_at"].notna(), ["patient_id", "entered_at"]]
    hour = entered["entered_at"].dt.floor("h")
    days = entered.groupby(["patient_id", hour], sort=False).size()
    many = days[days >= BULK_DAYS]
    if not len(many):
        return []
    patients = _patients(many.index.get_level_values("patient_id").nunique())
    message = f"{int(many.sum())} days of {patients} were entered {BULK_DAYS} or more within an hour"
    hint = "such days were recalled from memory: set source to recall, or include_late = false"
    return [_of_table("diary", "entered_in_bulk", message, "entered_at", int(many.sum()), hint)]


def _patients(number: int) -> str:
    return "1 patient" if number == 1 else f"{number} patients"


def _of_table(table: str, rule: str, message: str, column: str, count: int, hint: str) -> Fault:
    none = np.empty(0, dtype=np.intp)
    return Fault(table, rule, message, none, column, "warning", hint, whole_table=count)
