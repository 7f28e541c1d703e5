"""What looks like something else: identifiers of one patient, other scales and units, days typed in bulk.

Nothing is corrected: each is one finding that says what it may be and the line that would read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.declared import DECLARED_WRONGLY, SHARE
from outcomes.schema.far_days import FarDays
from outcomes.schema.findings import Fault
from outcomes.schema.likeness_key import likeness_key
from outcomes.schema.rules import Rules

__all__ = ["Likeness", "likeness_of"]

#: Half of the patients above this weigh more than clinics see in kg, and what they see in lb.
HEAVY_KG = 110.0
FEW = 5
#: So many pains, none above 3, are hardly of a scale of 0-10.
PAINS = 20
#: So many days with one and the same entry, or so many entered within an hour, were hardly typed day by day.
SAME_DAYS, BULK_DAYS = 180, 14
#: So many answers that are all yes, and the days of them that a diary kept every day has at least.
FEWEST_ANSWERS, DAYS_KEPT = 20, 0.8
OWN_ANSWERS = ("headache", "pain", "duration_h", "acute_medication", "migraine")
OF_PATIENTS = ("diary", "sessions", "patients", "adverse_events", "assessments")


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """What parts of a study, each with other patients, look like: facts that add up.

    Parameters
    ----------
    alike : tuple of int
        Identifiers that look like another one, and the patients that they may be.
    alike_table : str
        The table in which the first of them stands; empty without any.
    places : tuple of str
        Where the first of them stand; empty where the rows are those of a part.
    weights : Series of int
        Sessions by weight in kg.
    pains : mapping of str to tuple
        Column -> values, values above 0, the largest.
    same, bulk : tuple of int
        Patients and days with one answer throughout, and entered many within an hour.
    answers : tuple of int
        Days with headache, without, without an answer; where no day is without headache, also the days from
        each patient's first to the last.
    far : FarDays
        Patients whose diary lies far from their sessions.
    """

    alike: tuple[int, int]
    alike_table: str
    places: tuple[str, ...]
    weights: pd.Series
    pains: Mapping[str, tuple[int, int, float]]
    same: tuple[int, int]
    bulk: tuple[int, int]
    answers: tuple[int, int, int, int]
    far: FarDays

    def __add__(self, other: Likeness) -> Likeness:
        """Return what both parts look like together."""
        tables = [name for name in OF_PATIENTS if name in (self.alike_table, other.alike_table)]
        pains = {
            name: (n + other.pains[name][0], some + other.pains[name][1], max(top, other.pains[name][2]))
            for name, (n, some, top) in self.pains.items()
        }
        return Likeness(
            _sum(self.alike, other.alike),
            tables[0] if tables else "",
            (),
            self.weights.add(other.weights, fill_value=0),
            pains,
            _sum(self.same, other.same),
            _sum(self.bulk, other.bulk),
            (*_sum(self.answers[:2], other.answers[:2]), *_sum(self.answers[2:], other.answers[2:])),
            self.far + other.far,
        )

    def alarms(self) -> list[Fault]:
        """Return columns of the diary: far dates, and answers of which an empty one seems no."""
        yes, no, empty, _ = self.answers
        if no or yes < FEWEST_ANSWERS or empty < FEW or empty <= SHARE * (yes + empty):
            return self.far.alarms()
        message = f"headache is declared wrongly: it is yes or empty, never no ({empty} empty cells)"
        hint = 'in study.toml, [tables.diary]: no = [""], if an empty cell means no headache'
        found = _of_table("diary", DECLARED_WRONGLY, message, "headache", empty, hint)
        return [*self.far.alarms(), replace(found, severity="error")]

    def faults(self, rules: Rules) -> list[Fault]:
        """Return what looks like something else than it is declared to be."""
        found = [*_look_alike(self), *_pounds(self.weights), *_same_answer(self.same), *_bulk(self.bulk)]
        if rules.absent_means == "missing":
            found += _headache_alone(self.answers)
        if rules.pain_scale == "0-10":
            hint = 'in study.toml, [rules]: pain_scale = "0-3" (moderate_pain = 2)'
            found += _short_scale("diary", "pain", self.pains["pain"], hint)
        hint = "if it is a scale of 0-3, give it as 0-10, or leave the column out"
        return found + _short_scale("sessions", "pain_before", self.pains["pain_before"], hint)


def likeness_of(
    tables: Mapping[str, pd.DataFrame], who: tuple[NDArray[np.intp], pd.Index], far: FarDays
) -> Likeness:
    """Return what the tables look like.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        All tables; cells that are not used are blank.
    who : tuple
        The diary's patients by `coded`.
    far : FarDays
        Patients whose diary lies far from their sessions.
    """
    alike, table, places = _ids_alike(tables)
    pains = {
        name: _pain(tables[table_of][name])
        for table_of, name in (("diary", "pain"), ("sessions", "pain_before"))
    }
    return Likeness(
        alike,
        table,
        places,
        tables["sessions"]["weight_kg"].dropna().value_counts(),
        pains,
        _days_alike(tables["diary"], who),
        _days_in_bulk(tables["diary"]),
        _answers(tables["diary"]),
        far,
    )


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def _ids_alike(tables: Mapping[str, pd.DataFrame]) -> tuple[tuple[int, int], str, tuple[str, ...]]:
    """Return how many identifiers look like how many patients, and where the first of them stand."""
    seen = pd.concat(
        [
            ids[ids != ids.shift()].dropna().drop_duplicates().to_frame("id").assign(table=name)
            for name, ids in ((name, tables[name]["patient_id"]) for name in OF_PATIENTS)
        ]
    )
    row = pd.Series(seen.index + 1, index=seen.index, dtype="str")
    first = seen.assign(place="row " + row + " of " + seen["table"]).drop_duplicates("id")
    key = likeness_key(first["id"].astype("str"))
    double = key.duplicated(keep=False)
    alike = first[double.to_numpy()]
    if not len(alike):
        return (0, 0), "", ()
    patients = int(key[double].nunique())
    return (len(alike), patients), str(alike["table"].iloc[0]), tuple(alike["place"].head(8))


def _look_alike(found: Likeness) -> list[Fault]:
    """Return one finding on identifiers that look like one patient, with the rows where each first stands."""
    ids, patients = found.alike
    if not ids:
        return []
    who = "one patient" if patients == 1 else f"{patients} patients"
    message = (
        f"{ids} identifiers look like {who}: they differ only by case, leading zeros, spaces, dashes "
        "or look-alike letters" + (f" (first in {', '.join(found.places)})" if found.places else "")
    )
    hint = 'if they are the same, write one in the source, or map it: values.patient_id = { "this" = "that" }'
    return [_of_table(found.alike_table, "look_alike_ids", message, "patient_id", ids, hint)]


def _pounds(weights: pd.Series) -> list[Fault]:
    number = int(weights.sum())
    every = np.repeat(weights.index.to_numpy(dtype=float), weights.to_numpy(dtype=np.intp))
    if number < FEW or np.median(every) <= HEAVY_KG:
        return []
    message = (
        f"half of the weights are above {HEAVY_KG:g} kg: they look like pounds, and doses per kg would be "
        "less than half of what was given"
    )
    hint = 'in study.toml, [tables.sessions]: units.weight_kg = "lb"; in a frame, multiply by 0.4536'
    return [_of_table("sessions", "weights_look_like_pounds", message, "weight_kg", number, hint)]


def _pain(column: pd.Series) -> tuple[int, int, float]:
    pain = column.dropna().to_numpy(dtype=float)
    return len(pain), int((pain > 0).sum()), float(pain.max(initial=0.0))


def _short_scale(table: str, name: str, pain: tuple[int, int, float], hint: str) -> list[Fault]:
    number, above_zero, largest = pain
    if above_zero < PAINS or largest > 3:
        return []
    message = f"{name} never exceeds 3: it looks like a scale of 0-3, on which 4 of 10 is never reached"
    return [_of_table(table, f"{name}_never_above_3", message, name, number, hint)]


def _days_alike(diary: pd.DataFrame, who: tuple[NDArray[np.intp], pd.Index]) -> tuple[int, int]:
    """Return how many patients have the same answers on every day, of many, and these days."""
    code, ids = who
    sizes = np.bincount(code[code >= 0], minlength=len(ids))
    if not (sizes >= SAME_DAYS).any():
        return 0, 0
    first = np.zeros(len(ids) + 1, dtype=np.intp)
    first[code[::-1]] = np.arange(len(code))[::-1]  # the last one that is written stays
    found = sizes >= SAME_DAYS
    for name in OWN_ANSWERS:
        values = pd.factorize(diary[name])[0]
        other = (values != values[first][code]) & (code >= 0)
        found[code[other]] = False
        if not found.any():
            break
    return int(found.sum()), int(sizes[found].sum())


def _answers(diary: pd.DataFrame) -> tuple[int, int, int, int]:
    """Return the days by answer and, where none is no, those from each patient's first to the last."""
    answered, said = (diary["headache"].notna().sum(), diary["headache"].sum())
    yes, no, empty = int(said), int(answered - said), int(len(diary) - answered)
    if no:
        return yes, no, empty, 0
    dates = diary.loc[diary["headache"].notna()].groupby("patient_id")["date"]
    return yes, no, empty, int(((dates.max() - dates.min()).dt.days + 1).sum())


def _headache_alone(answers: tuple[int, int, int, int]) -> list[Fault]:
    """Return one finding on a diary that seems to hold the days with headache alone."""
    yes, no, empty, days = answers
    if no or empty or yes < FEWEST_ANSWERS or yes > DAYS_KEPT * days:
        return []
    message = f"every row is a day with headache, on {yes} of {days} days: days without one are not written"
    hint = (
        "if an absent day means no headache: [rules] absent_means = "
        '"headache_free_within_active_window"; else each patient would have headache every day'
    )
    return [_of_table("diary", "headache_days_alone", message, "headache", yes, hint)]


def _same_answer(same: tuple[int, int]) -> list[Fault]:
    """Return one finding on patients whose every day, of many, is the same."""
    patients, rows = same
    if not patients:
        return []
    message = f"every day of {_patients(patients)} has the same answers, on {SAME_DAYS} days or more"
    hint = "ask whether these days were filled in one by one"
    return [_of_table("diary", "same_answer_throughout", message, "headache", rows, hint)]


def _days_in_bulk(diary: pd.DataFrame) -> tuple[int, int]:
    """Return how many patients entered many days within an hour, and these days."""
    entered = diary.loc[diary["entered_at"].notna(), ["patient_id", "entered_at"]]
    hour = entered["entered_at"].dt.floor("h")
    days = entered.groupby(["patient_id", hour], sort=False).size()
    many = days[days >= BULK_DAYS]
    return int(many.index.get_level_values("patient_id").nunique()), int(many.sum())


def _bulk(bulk: tuple[int, int]) -> list[Fault]:
    """Return one finding on days that were entered many within an hour."""
    patients, days = bulk
    if not patients:
        return []
    message = f"{days} days of {_patients(patients)} were entered {BULK_DAYS} or more within an hour"
    hint = "such days were recalled from memory: set source to recall, or include_late = false"
    return [_of_table("diary", "entered_in_bulk", message, "entered_at", days, hint)]


def _patients(number: int) -> str:
    return "1 patient" if number == 1 else f"{number} patients"


def _of_table(table: str, rule: str, message: str, column: str, count: int, hint: str) -> Fault:
    none = np.empty(0, dtype=np.intp)
    return Fault(table, rule, message, none, column, "warning", hint, whole_table=count)
