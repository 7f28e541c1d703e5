"""All checks in one pass: what is accepted, what is rejected, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.blanks import blank_cells, blanked_cells, cells_lost, count_cells, rows_with_blanks
from outcomes.schema.check_across import check_across
from outcomes.schema.check_columns import check_columns
from outcomes.schema.check_cutoff import check_cutoff
from outcomes.schema.check_keys import check_keys, numbered_apart
from outcomes.schema.check_rows import check_rows
from outcomes.schema.check_titration import convert_rates
from outcomes.schema.contract import empty
from outcomes.schema.declared import Unread, alarms_frame, declared_wrongly, unread_cells
from outcomes.schema.far_days import far_days
from outcomes.schema.findings import LINE, Fault, Received, findings_frame
from outcomes.schema.likeness import Likeness, likeness_of
from outcomes.schema.look_up import coded
from outcomes.schema.pain_scale import check_scale, on_our_scale
from outcomes.schema.rules import Rules
from outcomes.schema.same_rows import given_once, places_as_given
from outcomes.schema.substance import check_substance, substances_of
from outcomes.schema.tables import TABLES

__all__ = ["Checked", "check", "no_rows"]

#: Rules that say that a cell is empty.
EMPTY = ("missing_value", "missing_end")


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What the checks leave.

    Parameters
    ----------
    accepted : dict of str to DataFrame
        The rows that stay, in the contract's columns; cells with an error are blank.
    rejected : dict of str to DataFrame
        The other rows as text, with file, row and reason (the first rule that cost the row).
    findings : DataFrame
        Every fault of every row.
    flow : DataFrame
        table, status (received, accepted, rejected), reason, rows.
    cells : DataFrame
        table, column, cost, given, used, blanked: the filled cells of the accepted rows.
    alarms : DataFrame
        Columns that are declared wrongly: table, column, cells, decides, waived, message, hint.
    blanked : dict of (str, str) to ndarray of bool
        Table and column -> the accepted rows whose cell is not used.
    unread, likeness
        What decides about whole columns and tables: the same facts of another part can be added to them.
    """

    accepted: dict[str, pd.DataFrame]
    rejected: dict[str, pd.DataFrame]
    findings: pd.DataFrame
    flow: pd.DataFrame
    cells: pd.DataFrame
    alarms: pd.DataFrame
    blanked: dict[tuple[str, str], NDArray[np.bool_]]
    unread: dict[tuple[str, str], Unread]
    likeness: Likeness


def check(
    given: Mapping[str, Received],
    *,
    rules: Rules,
    timezone: str,
    cutoff: pd.Timestamp | None = None,
    waivers: Mapping[str, Mapping[str, str]] | None = None,
    part_of: Mapping[str, int] | None = None,
    substances: frozenset[str] | None = None,
) -> Checked:
    """Check all tables of a study and part the rows; a row that stands twice is seen once by every check.

    Parameters
    ----------
    given : mapping of str to Received
        The tables that were given.
    rules : Rules
        The study's rules.
    timezone : str
        IANA name of the study's zone.
    cutoff : Timestamp, optional
        Local date after which nothing is used.
    waivers : mapping of str to mapping, optional
        Table -> column -> why it is used although it is declared wrongly.
    part_of : mapping of str to int, optional
        Rows of the whole study's tables, when these are those of some of its patients: of a part nothing is
        said of whole columns and tables.
    substances : frozenset of str, optional
        Those that sessions of the whole study name; of the tables, when they are all.
    """
    received, places, copies, distinct = given_once(given)
    whole, tables = part_of is None, _frames(received)
    faults = [fault for table in received.values() for fault in table.faults]
    faults += [no_rows(name) for name, table in received.items() if whole and not len(table)]
    tables["diary"] = on_our_scale(tables["diary"], rules)
    tables = {name: blank_cells(name, frame, faults) for name, frame in tables.items()}
    _within_tables(received, tables, rules, timezone, faults)
    who = coded(tables["diary"]["patient_id"])
    far, far_of_patients = far_days(tables, who)
    unread, likeness = unread_cells(received, faults), likeness_of(tables, who, far)
    alarms = declared_wrongly(unread, waivers or {}, likeness.alarms()) if whole else []
    faults += alarms
    faults += [] if whole and far.alarms() else far_of_patients
    faults += likeness.faults(rules) if whole else []
    faults += check_cutoff(tables, cutoff, timezone=timezone)
    # a list of patients that nobody has begun to fill, as `outcomes init` makes one, refuses nobody
    listed = frozenset(received) if _patients_in(received, part_of) else frozenset(received) - {"patients"}
    no_bolus = cells_lost("sessions", "bolus_mg_per_kg", len(tables["sessions"]), faults)
    faults += check_across(tables, given=listed, timezone=timezone, unread_bolus=no_bolus)
    named = substances_of(received) if substances is None else substances
    faults += check_substance(tables["sessions"], named, rules)
    _keys({name: part for name, part in received.items() if name not in distinct}, tables, rules, faults)
    faults = [*places_as_given(_once(faults), places), *copies]
    costs = {name: _first_costs(name, len(table), faults) for name, table in given.items()}
    accepted = {name: empty(name) for name in TABLES}
    for name, first in costs.items():
        accepted[name] = _accepted(tables[name], first[places[name]] if name in places else first)
    rejected = {name: _rejected(table, costs[name], faults) for name, table in given.items()}
    found = findings_frame(faults, given, waivers)
    kept = {name: first < 0 for name, first in costs.items()}
    return Checked(
        accepted,
        rejected,
        found,
        _flow(given, accepted, rejected),
        count_cells(given, kept, faults),
        alarms_frame(alarms, waivers or {}),
        blanked_cells(given, kept, faults),
        unread,
        likeness,
    )


def _within_tables(
    received: Mapping[str, Received],
    tables: dict[str, pd.DataFrame],
    rules: Rules,
    timezone: str,
    faults: list[Fault],
) -> None:
    """Check columns and rows of each table: what is found goes to `faults`, what it costs from `tables`."""
    for name in received:
        if name == "titration":  # the sessions before it have lost the weights that are no weight
            tables[name], lost = convert_rates(tables[name], tables["sessions"])
            faults += lost
        found = check_columns(name, tables[name])
        found += check_scale(tables[name], rules) if name == "diary" else []
        tables[name] = _judge(name, tables[name], found, faults)
        found = check_rows(name, tables[name], rules=rules, timezone=timezone)
        tables[name] = _judge(name, tables[name], found, faults)


def _keys(
    received: Mapping[str, Received], tables: dict[str, pd.DataFrame], rules: Rules, faults: list[Fault]
) -> None:
    """Check the keys of tables among the rows that nothing has cost yet; as `_within_tables`."""
    for name, part in received.items():
        sound = _first_costs(name, len(tables[name]), faults) < 0
        faulty = rows_with_blanks(name, len(tables[name]), faults)
        found = check_keys(name, tables[name], rules=rules, sound=sound, faulty=faulty)
        if name == "adverse_events":
            tables[name] = numbered_apart(tables[name], part.origin, found)
        faults += found


def _frames(received: Mapping[str, Received]) -> dict[str, pd.DataFrame]:
    return {name: received[name].frame if name in received else empty(name) for name in TABLES}


def _patients_in(received: Mapping[str, Received], part_of: Mapping[str, int] | None) -> int:
    if part_of is not None:
        return part_of.get("patients", 0)
    return len(received["patients"]) if "patients" in received else 0


def _judge(table: str, frame: pd.DataFrame, found: list[Fault], faults: list[Fault]) -> pd.DataFrame:
    """Add what was found, and return the table without the cells that it costs."""
    faults += found
    return blank_cells(table, frame, found)


def no_rows(table: str) -> Fault:
    """Return the finding on a table that has a header and no rows."""
    none = np.empty(0, dtype=np.intp)
    hint = f"remove [tables.{table}] from study.toml if there is none"
    text = "the table has a header and no rows"
    return Fault(table, "no_rows", text, none, severity="warning", hint=hint, whole_table=0)


def _once(faults: list[Fault]) -> list[Fault]:
    """Drop "is empty", error or warning, for cells whose text, or whose line, was already refused."""
    refused: dict[tuple[str, str], list[NDArray[np.intp]]] = {}
    for fault in faults:
        if fault.severity == "error" and fault.rule not in EMPTY:
            refused.setdefault((fault.table, fault.column), []).append(fault.rows)
    kept = []
    for fault in faults:
        known = [refused.get((fault.table, column), []) for column in (fault.column, LINE)]
        if fault.rule in EMPTY and any(known):
            rows = np.setdiff1d(fault.rows, np.concatenate([rows for part in known for rows in part]))
            fault = replace(fault, rows=rows)
        kept.append(fault)
    return kept


def _first_costs(table: str, rows: int, faults: list[Fault]) -> NDArray[np.int32]:
    """Return the position of the first fault that costs each row, or -1."""
    first = np.full(rows, -1, dtype=np.int32)
    for place, fault in enumerate(faults):
        if len(fault.rows) and fault.table == table and fault.cost in ("row", "copy"):
            first[fault.rows[first[fault.rows] < 0]] = place
    return first


def _accepted(frame: pd.DataFrame, first: NDArray[np.int32]) -> pd.DataFrame:
    good = first < 0
    return frame if good.all() else frame.loc[good].reset_index(drop=True)  # no copy of a sound table


def _rejected(table: Received, first: NDArray[np.int32], faults: list[Fault]) -> pd.DataFrame:
    rows = np.flatnonzero(first >= 0)
    origin, raw = table.origin[["file", "row"]].iloc[rows], table.raw.iloc[rows].astype("str")
    rejected = pd.concat([origin, raw], axis=1)
    rejected.insert(2, "reason", np.array([faults[place].rule for place in first[rows]], dtype=object))
    return rejected.reset_index(drop=True)


def _flow(
    received: Mapping[str, Received],
    accepted: Mapping[str, pd.DataFrame],
    rejected: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return the bookkeeping of rows; received = accepted + rejected holds for each table."""
    rows: list[tuple[str, str, str, int]] = []
    for name, table in received.items():
        rows += [(name, "received", "", len(table)), (name, "accepted", "", len(accepted[name]))]
        reasons = rejected[name]["reason"].value_counts(sort=False).sort_index()
        rows += [(name, "rejected", str(reason), int(count)) for reason, count in reasons.items()]
        if len(table) != len(accepted[name]) + len(rejected[name]):
            raise AssertionError(f"rows of {name} were lost between reading and checking")
    return pd.DataFrame(rows, columns=["table", "status", "reason", "rows"]).astype(
        {"table": "str", "status": "str", "reason": "str", "rows": "int64"}
    )
