"""Table of adverse events with both denominators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from outcomes.results import Estimates
from outcomes.tables.description import MARK, Column, Table
from outcomes.tables.formats import Interval, Number, Percent, Ratio, Text, Whole

__all__ = ["event_table", "listing_table", "nested_event_table", "rate_rows", "rate_table"]

#: Footnotes of a table of events.
NOTES = (
    "Emergent events: they began at or after the first infusion or index date. A patient or session counts once per line; a session's "
    "events begin between line in and the infusion-related hours after line out. Intervals are exact (Clopper-Pearson); those of sessions allow "
    "for correlation within patients.",
)

LIMITS = ("lower", "upper", "lower_cluster", "upper_cluster")
NUMBERS = ["n", "N", "percent", "low", "high", "events"]


def event_table(
    patients: Estimates,
    sessions: Estimates | None,
    *,
    name: str = "events",
    by: str = "group",
    notes: Sequence[str] = NOTES,
) -> Table:
    """Return events by group, the most frequent first, or by another column in its order: both denominators.

    Parameters
    ----------
    patients, sessions : Estimates
        From `outcomes.incidence` with ``by=[by]``; `sessions` is None when there are none.
    name : str
        Identifier of the table on its page.
    by : str
        The column that names the lines; a missing grade or term is a line too.
    notes : sequence of str
        Footnotes.
    """
    frame = (
        patients.frame if by != "group" else patients.frame.sort_values(["n", by], ascending=[False, True])
    )
    left = _numbers(frame, by)
    right = _numbers(sessions.frame, by) if sessions is not None else left.iloc[:0]
    order = left.index.append(right.index.difference(left.index))
    rows = pd.concat([left.reindex(order), right.reindex(order).add_suffix("_session")], axis=1)
    rows.insert(0, "event", order.str.replace("_", " "))
    rows = rows.reset_index(drop=True)
    if MARK in rows:
        marked = rows[f"{MARK}_session"].fillna("").str.replace(r"(\w+)", r"\1_session", regex=True)
        rows[MARK] = rows[MARK].fillna("") + " " + marked
    columns = {"event": Column("Worst grade" if by == "grade" else "Event", Text("event"))}
    for end in ("", "_session"):
        columns |= {
            f"n{end}": Column("n/N", Ratio(f"n{end}", f"N{end}")),
            f"percent{end}": Column("%", Percent(f"percent{end}", f"N{end}")),
            f"interval{end}": Column("95% interval", Interval(f"low{end}", f"high{end}")),
        }
    columns["events"] = Column("Events", Whole("events"))
    spanners = {
        "Patients": ["n", "percent", "interval"],
        "Sessions": ["n_session", "percent_session", "interval_session"],
    }
    return Table(name, rows, columns, notes=notes, spanners=spanners)


def nested_event_table(
    parts: Mapping[str, tuple[Estimates, Estimates | None, str]], *, name: str = "events"
) -> Table:
    """Return several counts of the same events as one table, each under its heading.

    Parameters
    ----------
    parts : mapping of str to (Estimates, Estimates or None, str)
        Heading -> patients, sessions, and the column that names the lines, as `event_table` takes them.
    name : str
        Identifier of the table on its page.
    """
    made = {
        heading: event_table(patients, sessions, name=name, by=by)
        for heading, (patients, sessions, by) in parts.items()
    }
    rows = pd.concat([one.frame.assign(kind=heading) for heading, one in made.items()], ignore_index=True)
    results = [
        one for patients, sessions, _ in parts.values() for one in (patients, sessions) if one is not None
    ]
    notes = dict.fromkeys(note for one in results for note in one.notes)
    first = next(iter(made.values()))
    return Table(name, rows, first.columns, notes=(*NOTES, *notes), spanners=first.spanners, groups="kind")


def _numbers(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    low, high = ("lower_cluster", "upper_cluster") if "lower_cluster" in rows else ("lower", "upper")
    columns = {name: rows[{"low": low, "high": high}.get(name, name)] for name in NUMBERS}
    if "status" in rows:  # a count that is not known is not printed as 0
        columns["n"] = rows["n"].where(~rows["status"].str.startswith("not known"))
    if MARK in rows:
        limits = rows[MARK].str.split().map(set(LIMITS).isdisjoint)
        columns[MARK] = rows[MARK].where(limits, rows[MARK] + " low high")
    return pd.DataFrame(columns).set_axis(pd.Index(_names(rows, by)).rename(None))


def _names(rows: pd.DataFrame, by: str) -> pd.Series:
    """Return what the lines are about; a missing grade or term is a line too."""
    column = rows[by]
    if column.dtype != "str":  # a number of a category is written as the number
        column = column.astype("object").where(column.notna(), "not recorded").astype("str")
    return column.fillna("not recorded")


def rate_table(rates: Mapping[str, Estimates] | pd.DataFrame, *, name: str = "rates") -> Table:
    """Return events per exposure, one line per kind of rate: numerator, exposure, rate and interval.

    Parameters
    ----------
    rates : mapping of str to Estimates, or DataFrame
        What the rate is, with its unit -> result of `outcomes.rates` for any event; or the rows of `rate_rows`, in
        which n, N, events and exposure may be left out.
    name : str
        Identifier of the table on its page.
    """
    rows = rates.copy() if isinstance(rates, pd.DataFrame) else rate_rows(rates)
    if "status" in rows:
        rows["kind"] = rows["kind"].where(rows["status"] == "ok", rows["kind"] + ": " + rows["status"])
    columns = {
        "kind": Column("Rate", Text("kind")),
        "n": Column("Patients n/N", Ratio()),
        "events": Column("Events", Whole("events")),
        "exposure": Column("Exposure", Number("exposure")),
        "rate": Column("Rate", Number("rate")),
        "interval": Column("95% interval", Interval("low", "high")),
    }
    columns = {key: column for key, column in columns.items() if set(column.format.sources) <= set(rows)}
    notes = ("Intervals of all events allow for correlation within patients (cluster-robust).",)
    return Table(name, rows, columns, notes=notes)


def rate_rows(rates: Mapping[str, Estimates]) -> pd.DataFrame:
    """Return one row per kind of rate; the limits `low` and `high` are cluster-robust where there are such."""
    if not rates:
        return pd.DataFrame(columns=["kind", "rate", "low", "high", "n", "N", "events", "exposure", "status"])
    rows = pd.concat([found.to_frame().assign(kind=kind) for kind, found in rates.items()], ignore_index=True)
    low, high = (rows.get(f"{side}_cluster", rows[side]).fillna(rows[side]) for side in ("lower", "upper"))
    return rows.assign(low=low, high=high)


#: Column of the listing -> heading.
LISTED = {
    "patient_id": "Patient",
    "session_id": "Session",
    "event_id": "Event",
    "term": "Term",
    "grade": "Grade",
    "onset": "Onset",
    "resolved": "Resolved",
    "hours_since_start": "Hours since the infusion began",
    "serious": "Serious",
    "related": "Related",
    "action": "Action",
    "outcome": "Outcome",
    "coding to be checked": "Coding to be checked",
}


def listing_table(listing: Estimates, *, timezone: str = "UTC", name: str = "serious-listing") -> Table:
    """Return serious events one by one: for the clinic only.

    Parameters
    ----------
    listing : Estimates
        From `outcomes.models.harm.tables.serious_listing`.
    timezone : str
        Zone in which times are written: the study's.
    name : str
        Identifier of the table on its page.
    """
    rows = listing.to_frame()
    columns = {}
    for key, label in LISTED.items():
        if key not in rows:
            continue
        if pd.api.types.is_datetime64_any_dtype(rows[key]):
            if rows[key].dt.tz is not None:
                rows[key] = rows[key].dt.tz_convert(timezone)
            rows[key] = rows[key].dt.strftime("%Y-%m-%d %H:%M")
        elif pd.api.types.is_bool_dtype(rows[key]):
            rows[key] = rows[key].map({True: "yes", False: "no"}, na_action="ignore")
        hours = key == "hours_since_start"
        columns[key] = Column(label, Number(key) if hours else Text(key))
    return Table(name, rows, columns, notes=(*listing.notes, f"Times are in the time zone {timezone}."))
