"""Who is at risk and in which session, as integer codes; what does not fit is counted and named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import DataError, name_rows, plural
from outcomes.models.harm.at_risk.levels import factorize
from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.stats.input_frames import check_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]
    Mask = NDArray[np.bool_]

__all__ = ["AtRisk", "all_distinct", "at_risk_units", "find", "find_rows", "match"]


@dataclass(frozen=True, slots=True, eq=False)
class AtRisk:
    """Who or what is at risk, one entry per unit.

    Parameters
    ----------
    key : Index, shape (units,)
        Identifier of each unit: patient or session.
    arm : ndarray of int, shape (units,)
        Arm of each unit; zeros without arms.
    arms : Index
        The arms; one nameless entry without arms.
    cluster : ndarray of int, shape (units,)
        Patient of each unit.
    patients : Index
        The patients that `cluster` numbers.
    repeated : int
        Rows left out because an equal unit came before.
    unique : bool
        Whether each patient, or session of a patient, is one unit; not so where a patient is at risk in
        several arms.
    distinct_keys : bool
        Whether `key` alone identifies a unit; not so where sessions are numbered within each patient.
    """

    key: pd.Index
    arm: Codes
    arms: pd.Index
    cluster: Codes
    patients: pd.Index
    repeated: int
    unique: bool
    distinct_keys: bool

    def __len__(self) -> int:
        return len(self.key)


def all_distinct(column: pd.Series) -> bool:
    """Return whether no value occurs twice, missing ones included."""
    return _ascending(column) or not column.duplicated().any()


def _ascending(column: pd.Series) -> bool:
    """Return whether each value is above the one before.

    Identifiers mostly come so: that is seen in one pass, a tenth of the time of numbering.
    """
    ordered = isinstance(column.dtype, pd.StringDtype) or pd.api.types.is_numeric_dtype(column.dtype)
    if not ordered or column.isna().any():
        return False
    values = column.array
    return bool((values[1:] > values[:-1]).all())


def find(keys: pd.Index, values: pd.Series) -> Codes:
    """Return the position of each value among unique keys, -1 where it is missing or not one of them.

    Both are numbered in one pass: on text that takes a tenth of the time of an index's own look-up.
    """
    if len(keys) == 0 or len(values) == 0:
        return np.full(len(values), -1, dtype=np.int64)
    codes, _ = pd.factorize(keys.append(pd.Index(values)))
    found = codes[len(keys) :].astype(np.int64)
    return np.where(found < len(keys), found, -1)


def at_risk_units(at_risk: pd.DataFrame, key: str, arm: str | None) -> AtRisk:
    """Return the units at risk: one a patient or session, or one a patient and arm.

    Parameters
    ----------
    at_risk : DataFrame
        With the patient, the session where `key` is one, and the arm.
    key : str
        `PATIENT` or `SESSION`. A session is found by its patient and its own identifier: clinics number
        sessions within a patient.
    arm : str, optional
        Column of the arms.
    """
    needed = list(dict.fromkeys([key, PATIENT, *([arm] if arm else [])]))
    check_columns("at_risk", at_risk, needed)
    for column in needed:
        missing = np.flatnonzero(at_risk[column].isna())
        if len(missing):
            raise DataError(
                f"at_risk has {plural(len(missing), 'row')} without {column}",
                got=name_rows(missing),
                hint="leave out who is not at risk, or complete the column",
            )
    units, cluster, patients, repeats = _first_rows(at_risk, needed, key)
    own = [PATIENT] if key == PATIENT else [PATIENT, SESSION]
    several = bool(units.duplicated(own).any()) if repeats else False
    if several and key == SESSION:
        rows = np.flatnonzero(at_risk.set_index(own).index.isin(units[units.duplicated(own)][own]))
        raise DataError(
            f"at_risk holds the same session of a patient with different values of {arm}",
            got=name_rows(rows),
            hint="give one row for each session",
        )
    arm_codes, arms = _arm_codes(units, arm)
    return AtRisk(
        key=pd.Index(units[key]),
        arm=arm_codes,
        arms=arms,
        cluster=cluster.astype(np.int64),
        patients=patients,
        repeated=len(at_risk) - len(units),
        unique=not several,
        distinct_keys=not repeats or not units[key].duplicated().any(),
    )


def _first_rows(
    at_risk: pd.DataFrame, needed: list[str], key: str
) -> tuple[pd.DataFrame, Codes, pd.Index, bool]:
    """Return the distinct rows of the columns needed, their patients, and whether any key occurs twice."""
    number = None if _ascending(at_risk[key]) else pd.factorize(at_risk[key])
    if number is None or len(number[1]) == len(at_risk):
        # Where the key alone is unique, and it mostly is, the other columns need not be compared.
        if key == PATIENT:
            return at_risk, np.arange(len(at_risk)), pd.Index(at_risk[key]), False
        cluster, patients = pd.factorize(at_risk[PATIENT])
        return at_risk, cluster, pd.Index(patients), False
    numbers = {column: number if column == key else pd.factorize(at_risk[column]) for column in needed}
    codes = pd.DataFrame({column: number for column, (number, _) in numbers.items()})
    first = ~codes.duplicated().to_numpy()
    return at_risk.loc[first, needed], codes[PATIENT].to_numpy()[first], pd.Index(numbers[PATIENT][1]), True


def _arm_codes(units: pd.DataFrame, arm: str | None) -> tuple[Codes, pd.Index]:
    if arm is None:
        return np.zeros(len(units), dtype=np.int64), pd.Index([""])
    codes, values = factorize(units[arm])
    return codes, pd.Index(values)


def match(events: pd.DataFrame, units: AtRisk, key: str, arm: str | None) -> tuple[Codes, Mask]:
    """Return the unit of each event (-1 when it is not at risk) and which events have no `key` at all.

    Raises
    ------
    DataError
        When an event names another arm than its patient has, or another patient than its session has.
    """
    check_columns("events", events, list(dict.fromkeys([key, PATIENT])))
    absent = events[key].isna().to_numpy(dtype=bool)
    if units.unique:
        if units.distinct_keys:
            found = find(units.key, events[key])
        else:
            found = np.where(absent, -1, find_session(units, events))
        _agree(events, units, found, PATIENT if key != PATIENT and units.distinct_keys else None, arm)
        return found, absent
    # A patient who is at risk in several arms: the event must say in which.
    check_columns("events", events, [arm or ""])
    keys = units.key.unique()
    part, arm_part = find(keys, events[key]), find(units.arms, events[arm])
    own = keys.get_indexer(units.key) * len(units.arms) + units.arm
    wanted = np.where((part >= 0) & (arm_part >= 0) & ~absent, part * len(units.arms) + arm_part, -1)
    return pd.Index(own).get_indexer(wanted).astype(np.int64), absent


def find_session(units: AtRisk, events: pd.DataFrame) -> Codes:
    """Return the unit of each event by patient and session; -1 where there is none."""
    sessions = pd.DataFrame({PATIENT: units.patients.take(units.cluster), SESSION: units.key})
    return find_rows(sessions, events)


def find_rows(sessions: pd.DataFrame, events: pd.DataFrame) -> Codes:
    """Return the position of each event's session in a table of sessions, by patient and session; else -1."""
    if not len(sessions) or not len(events):
        return np.full(len(events), -1, dtype=np.int64)
    key, known = np.zeros(len(sessions) + len(events), dtype=np.int64), np.ones(len(events), dtype=bool)
    for column in (PATIENT, SESSION):
        both = pd.concat([sessions[column], events[column]], ignore_index=True)
        codes, values = pd.factorize(both)
        known &= codes[len(sessions) :] >= 0
        key = key * (len(values) + 1) + codes + 1
    codes, _ = pd.factorize(key)
    first = np.full(int(codes.max()) + 1, -1, dtype=np.int64)
    first[codes[: len(sessions)][::-1]] = np.arange(len(sessions))[::-1]
    return np.where(known, first[codes[len(sessions) :]], -1)


def _agree(events: pd.DataFrame, units: AtRisk, found: Codes, subject: str | None, arm: str | None) -> None:
    known = np.flatnonzero(found >= 0)
    checks: list[tuple[str, pd.Index, Codes]] = []
    if subject is not None:
        checks.append((subject, units.patients, units.cluster))
    if arm is not None and arm in events.columns:
        checks.append((arm, units.arms, units.arm))
    for column, values, of_unit in checks:
        said = events[column] if len(known) == len(events) else events[column].iloc[known]
        named, stated = find(values, said), said.notna().to_numpy(dtype=bool)
        wrong = known[stated & (named != of_unit[found[known]])]
        if len(wrong):
            raise DataError(
                f"{plural(len(wrong), 'event names', 'events name')} another {column} than at_risk does",
                got=name_rows(wrong),
                hint="correct the events or at_risk: both must agree",
            )
