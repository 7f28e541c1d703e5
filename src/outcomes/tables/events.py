"""Table of adverse events with both denominators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from outcomes.results import Estimates
from outcomes.tables.numbers import EMPTY, interval, number, percent
from outcomes.tables.render import render

__all__ = ["event_table", "rate_table"]


#: Footnotes of a table of events.
NOTES = (
    "Emergent events: they began at or after the first infusion, or the index date of patients without sessions. A patient or session counts once a line.",
    "A session has an event when it began within the infusion-related window (see methods); a patient at any time.",
    "Intervals are exact (Clopper-Pearson); those of sessions at the effective number of independent sessions.",
)


def event_table(
    patients: Estimates,
    sessions: Estimates | None,
    *,
    name: str = "events",
    by: str = "group",
    notes: Sequence[str] = NOTES,
) -> Any:
    """Return events by group, the most frequent first, or by another column in its order: both denominators.

    Parameters
    ----------
    patients, sessions : Estimates
        From `outcomes.incidence` with ``by=[by]``; `sessions` is None when there are none.
    name : str
        Identifier of the table on its page.
    by : str
        The column that names the lines.
    notes : sequence of str
        Footnotes.
    """
    left = _texts(patients.to_frame(), by)
    right = _texts(sessions.to_frame(), by) if sessions is not None else left.iloc[:0]
    keep_order = by != "group"
    rows = left.join(right.add_suffix("_session"), how="outer").fillna(EMPTY)
    frame = patients.to_frame()
    order = _names(frame if keep_order else frame.sort_values(["n", by], ascending=[False, True]), by)
    rows = rows.reindex([*order, *rows.index.difference(order)]).reset_index(names="event")
    rows["event"] = rows["event"].str.replace("_", " ")
    labels = {
        "event": "Worst grade" if by == "grade" else "Event",
        "n": "n/N",
        "percent": "%",
        "interval": "95% interval",
        "n_session": "n/N",
        "percent_session": "%",
        "interval_session": "95% interval",
        "events": "Events",
    }
    spanners = {
        "Patients": ["n", "percent", "interval"],
        "Sessions": ["n_session", "percent_session", "interval_session"],
    }
    return render(rows, labels, name=name, text_columns=["event"], notes=notes, spanners=spanners)


def _texts(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    low, high = ("lower_cluster", "upper_cluster") if "lower_cluster" in rows else ("lower", "upper")
    return pd.DataFrame(
        {
            "n": [f"{n}/{total}" for n, total in zip(rows["n"], rows["N"], strict=True)],
            "percent": list(map(percent, rows["percent"], rows["N"])),
            "interval": list(map(interval, rows[low], rows[high])),
            "events": rows["events"].astype("str").to_numpy(),
        },
        index=_names(rows, by),
    )


def _names(rows: pd.DataFrame, by: str) -> pd.Series:
    """Return what the lines are about; a missing grade or term is a line too."""
    return rows[by].astype("object").where(rows[by].notna(), "not recorded").astype("str")


def rate_table(rates: dict[str, Estimates], *, name: str = "rates") -> Any:
    """Return events per exposure, one line a kind of rate: numerator, exposure, rate and interval.

    Parameters
    ----------
    rates : dict of str to Estimates
        What the rate is, with its unit -> result of `outcomes.rates` for any event.
    """
    rows = pd.concat([found.to_frame().assign(kind=kind) for kind, found in rates.items()], ignore_index=True)
    low, high = (rows.get(f"{side}_cluster", rows[side]).fillna(rows[side]) for side in ("lower", "upper"))
    text = pd.DataFrame(
        {
            "kind": rows["kind"].where(rows["status"] == "ok", rows["kind"] + ": " + rows["status"]),
            "n": [f"{n}/{total}" for n, total in zip(rows["n"], rows["N"], strict=True)],
            "events": rows["events"].map("{:.0f}".format),
            "exposure": rows["exposure"].map(number),
            "rate": rows["rate"].map(number),
            "interval": list(map(interval, low, high)),
        }
    )
    labels = {
        "kind": "Rate",
        "n": "Patients n/N",
        "events": "Events",
        "exposure": "Exposure",
        "rate": "Rate",
        "interval": "95% interval",
    }
    notes = ("Intervals of all events allow for events of one patient being alike (cluster-robust).",)
    return render(text, labels, name=name, text_columns=["kind"], notes=notes)
