"""Table of adverse events with both denominators."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.results import Estimates
from outcomes.tables.numbers import EMPTY, interval, percent
from outcomes.tables.render import render

__all__ = ["event_table"]


def event_table(
    patients: Estimates, sessions: Estimates | None, *, name: str = "events", by: str = "group"
) -> Any:
    """Return events by group: patients n/N and sessions n/N side by side, most frequent first.

    Parameters
    ----------
    patients, sessions : Estimates
        From `outcomes.incidence` with ``by=[by]``; `sessions` is None when there are none.
    """
    left = _texts(patients.to_frame(), by)
    right = _texts(sessions.to_frame(), by) if sessions is not None else left.iloc[:0]
    rows = left.join(right.add_suffix("_session"), how="outer").fillna(EMPTY)
    order = patients.to_frame().sort_values(["n", by], ascending=[False, True])[by]
    rows = rows.reindex([*order, *rows.index.difference(order)]).reset_index(names="event")
    rows["event"] = rows["event"].str.replace("_", " ")
    labels = {
        "event": "Event",
        "n": "Patients n/N",
        "percent": "%",
        "interval": "95% interval",
        "n_session": "Sessions n/N",
        "percent_session": "%",
        "interval_session": "95% interval",
        "events": "Events",
    }
    notes = (
        "Emergent events: they began at or after the first infusion. A patient or session counts once a line.",
        "A session has an event when it began within the infusion-related window (see methods); a patient at any time.",
        "Intervals are exact (Clopper-Pearson); those of sessions at the effective number of independent sessions.",
    )
    return render(rows, labels, name=name, text_columns=["event"], notes=notes)


def _texts(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    low, high = ("lower_cluster", "upper_cluster") if "lower_cluster" in rows else ("lower", "upper")
    return pd.DataFrame(
        {
            "n": [f"{n}/{total}" for n, total in zip(rows["n"], rows["N"], strict=True)],
            "percent": list(map(percent, rows["percent"], rows["N"])),
            "interval": list(map(interval, rows[low], rows[high])),
            "events": rows["events"].astype("str").to_numpy(),
        },
        index=rows[by].astype("str"),
    )
