"""Tables of blood pressure and of arms, for the section on harm."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from outcomes.results import Estimates
from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Interval, Number, PValue, Ratio, Text, Whole

__all__ = ["arms_table", "liver_table", "looks_table", "sign_table", "vital_table"]

#: Change -> words.
MEASURES = {
    "sbp_change": "Systolic, highest minus before",
    "dbp_change": "Diastolic, highest minus before",
}


def vital_table(vitals: Estimates, *, name: str = "vital-signs") -> Table:
    """Return the change of blood pressure from each session's own baseline.

    Parameters
    ----------
    vitals : Estimates
        From `outcomes.vital_signs`.
    """
    rows = vitals.to_frame()
    rows["measure"] = rows["term"].replace(MEASURES)
    columns = {
        "measure": Column("Change (mmHg)", Text("measure")),
        "n": Column("Sessions n/N", Ratio()),
        "patients": Column("Patients", Whole("patients")),
        "estimate": Column("Mean", Number("estimate", sign=True)),
        "interval": Column("95% interval", Interval("lower", "upper")),
        "sd": Column("SD", Number("sd")),
        "range": Column("Range", Interval("min", "max", digits=0)),
    }
    notes = ("n: sessions with both values. Intervals allow for correlation within patients.",)
    return Table(name, rows, columns, notes=notes)


def sign_table(signs: Estimates, *, name: str = "session-signs") -> Table:
    """Return the sessions with high blood pressure or a low oxygen saturation.

    Parameters
    ----------
    signs : Estimates
        From `outcomes.session_signs`.
    """
    rows = signs.to_frame()
    columns = {
        "term": Column("In the session", Text("term")),
        "n": Column("Sessions n/N", Ratio()),
        "percent": Column("%", Number("percent")),
        "interval": Column("95% interval", Interval("lower_cluster", "upper_cluster")),
    }
    notes = (
        f"N: sessions with the measurement, of {len(rows) and rows['sessions'].iloc[0]}. "
        "Intervals allow for correlation within patients.",
    )
    return Table(name, rows, columns, notes=notes)


def looks_table(looks: Mapping[str, Estimates], *, name: str = "signs-looked-at") -> Table:
    """Return the last look of each sequence, with what was expected and whether a signal was raised.

    Parameters
    ----------
    looks : mapping of str to Estimates
        Words for the sign, and what `outcomes.vital_looks` or `outcomes.liver_looks` returned.
    """
    rows = pd.DataFrame([_last_look(words, found) for words, found in looks.items()])
    columns = {
        "sign": Column("Sign", Text("sign")),
        "n": Column("Patients n/N", Ratio()),
        "percent": Column("%", Number("percent")),
        "interval": Column("95% limits, all looks", Interval("lower", "upper")),
        "expected": Column("Expected", Text("expected")),
        "signal": Column("Signal", Text("signal")),
    }
    waiting = sum(int(found.meta["waiting"]) for found in looks.values())
    notes = (
        "N: patients with the measurement, once its time has passed."
        + (f" Still waiting: {waiting}." if waiting else ""),
    )
    return Table(name, rows, columns, notes=notes)


def _last_look(words: str, found: Estimates) -> dict[str, object]:
    row = found.to_frame().iloc[-1]
    expected, first = found.meta.get("reference"), found.meta.get("first_signal")
    raised = "no" if first is None else f"yes, from look {first}"
    return {
        "sign": words, "n": row["n"], "N": row["N"], "percent": 100 * row["estimate"],
        "lower": 100 * row["lower"], "upper": 100 * row["upper"],
        "expected": "not declared" if expected is None else f"{100 * expected:g}%",
        "signal": "-" if expected is None else raised,
    }  # fmt: skip


def liver_table(signals: Estimates, *, name: str = "liver-signals") -> Table:
    """Return how many patients had signals of liver injury on treatment.

    Parameters
    ----------
    signals : Estimates
        From `outcomes.liver_signals`.
    """
    columns = {
        "term": Column("On treatment", Text("term")),
        "n": Column("Patients n/N", Ratio()),
        "percent": Column("%", Number("percent")),
        "interval": Column("95% interval", Interval("lower", "upper")),
    }
    notes = (f"{signals.method}.", *signals.notes)
    return Table(name, signals.to_frame(), columns, notes=notes)


def arms_table(compared: Estimates, *, by: str = "group", name: str = "arms") -> Table:
    """Return the difference of every arm from the reference arm.

    Parameters
    ----------
    compared : Estimates
        From `outcomes.compare_arms`, differences of `outcomes.incidence`.
    by : str
        The column that names the lines.
    """
    rows = compared.to_frame()
    rows["event"] = rows[by].astype("str").str.replace("_", " ")
    for column in ("estimate", "lower", "upper"):
        rows[f"{column}_points"] = 100 * rows[column]
    columns = {
        "event": Column("Event", Text("event")),
        "n": Column("n/N", Ratio()),
        "reference": Column("Reference n/N", Ratio("n_reference", "N_reference")),
        "difference": Column("Difference (points)", Number("estimate_points", sign=True)),
        "interval": Column("95% interval", Interval("lower_points", "upper_points")),
        "p": Column("P", PValue("p_value")),
        "adjusted": Column("Adjusted P", PValue("p_adjusted")),
    }
    if "p_value" not in rows:  # withheld: adjusted for all lines, it tells of those that are not shown
        del columns["p"], columns["adjusted"]
    return Table(name, rows, columns, notes=(f"{compared.method}.", *compared.notes), groups="contrast")
