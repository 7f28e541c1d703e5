"""Chance alone from one window: a law of patients and days, given the rule by which they were taken.

How much of a patient's level is lasting and how much a wave of some weeks cannot be learnt from 28 days.
So the expectation is given for no wave and for the largest one, and its interval covers both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, one_of, plural
from outcomes.models.headache.chance.span import Model, Span
from outcomes.models.stats.kernels import entered_chain as chain
from outcomes.models.stats.kernels import markov_beta as law

__all__ = ["Entry", "EntryBy", "one_window"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
EntryBy = Literal["diary", "calendar"]

#: Fewer patients do not carry a law with three parameters.
SMALLEST = 10
#: Without a rule there is no number, so no law is fitted.
NO_RULE = (
    "no two windows before treatment and no declared entry rule: declare rules.entry_days (the fewest "
    "headache days with which patients were accepted), or record 56 days before treatment"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """How patients were taken, and the window that it looked at.

    Parameters
    ----------
    days : float, days per month, optional
        The entry rule: patients were accepted with at least this many baseline days with the event.
    by : {"diary", "calendar"}
        Which days the rule looked at: the recorded ones, prorated; or all of the window, including those
        that the patient did not write down (what was told at the visit). It matters when days are missing.
    window : int
        Length of the baseline window that `baseline` was counted in (rule ``baseline_days``).
    min_days : int
        Fewest recorded days of a window.

    Raises
    ------
    ArgumentError
        For a value out of range.

    Examples
    --------
    >>> Entry(22, by="calendar")
    Entry(days=22, by='calendar', window=28, min_days=14)
    """

    days: float | None = None
    by: EntryBy = "diary"
    window: int = 28
    min_days: int = 14

    def __post_init__(self) -> None:
        instance_of("entry", self.days, Real | None, hint="give days per month, for example 8")
        one_of("by", self.by, ("diary", "calendar"))
        for name in ("window", "min_days"):
            instance_of(name, getattr(self, name), Integral, hint="give a number of days")
        if not 1 <= self.min_days <= self.window:
            raise ArgumentError(
                "min_days does not fit", got=str(self.min_days), allowed=f"1 to {self.window}"
            )


def one_window(recorded: pd.DataFrame, entry: Entry, span: Span) -> tuple[Model, Model]:
    """Return the model if every level lasts, and the days per month that a wandering level moves.

    The second model's `expected` is that movement for a variance of 2 of its logit: `wandering` scales it.
    """
    rows = recorded[recorded["day"].between(-span.baseline, -1)]
    rows = rows[rows.groupby("patient_id")["event"].transform("size") >= span.min_days]
    count = rows.groupby("patient_id")["event"].agg(["sum", "size"])
    at_least, below = _rule(count, entry, span)
    notes: tuple[str, ...] = (_below(int(below.sum())),) if below.any() else ()
    kept = count.index[~below]
    rows = rows[rows["patient_id"].isin(kept)]
    method = f"beta distribution of patients, Markov chain of days, maximum likelihood{_words(entry, span)}"
    nothing = np.full((len(kept), 3), np.nan)
    facts: dict[str, object] = {"patients_in_law": len(kept)}
    model = Model(method, kept, nothing[:, 0], nothing, nothing, facts, notes, patients=len(kept))
    reason = _why_no_law(rows, len(kept)) or ("" if entry.days is not None else NO_RULE)
    if reason:
        none = replace(model, reason=reason)
        return none, none
    fit = _fit(rows, at_least[~below], entry, span)
    facts |= {
        "a": fit.shapes[0], "b": fit.shapes[1], "carry_over": fit.carry_over, "llf": fit.log_likelihood,
        "converged": fit.converged,
    }  # fmt: skip
    if not fit.converged:
        none = replace(model, reason="the model of days did not converge")
        return none, none
    if fit.at_bound:
        notes += ("the distribution of patients is at its limit: its interval may be too short",)
    influence = fit.scores @ fit.inverse_information
    lasting = replace(
        model, expected=span.month * fit.expected, gradient=span.month * fit.slopes, influence=influence,
        notes=notes,
    )  # fmt: skip
    moving = replace(lasting, expected=span.month * fit.drift, gradient=span.month * fit.drift_slopes)
    return lasting, moving


def _fit(rows: pd.DataFrame, at_least: NDArray[np.intp], entry: Entry, span: Span) -> law.MarkovBeta:
    codes, ids = pd.factorize(rows["patient_id"], sort=True)
    codes = codes.astype(np.intp)
    day, event = rows["day"].to_numpy(np.intp), rows["event"].to_numpy()
    data = chain.sequences(codes, day, event, len(ids))
    rule = None
    if at_least.any() and entry.by == "calendar":
        rule = chain.calendar_rule(data, codes, day + span.baseline, event, int(at_least[0]), span.baseline)
    elif at_least.any():
        rule = chain.Entered(at_least, data.length)
    return law.fit_markov_beta(data, rule)


def _rule(count: pd.DataFrame, entry: Entry, span: Span) -> tuple[NDArray[np.intp], Flags]:
    """Return the fewest events with which each patient was taken, and who cannot have been."""
    size, events = count["size"].to_numpy(), count["sum"].to_numpy()
    looked_at = np.full(len(count), span.baseline) if entry.by == "calendar" else size
    at_least = np.ceil((entry.days or 0.0) * looked_at / span.month - 1e-9).astype(np.intp)
    return at_least, np.asarray(events + looked_at - size < at_least)


def _below(patients: int) -> str:
    who = plural(patients, "patient below the entry rule is", "patients below the entry rule are")
    return f"{who} not in the model"


def _words(entry: Entry, span: Span) -> str:
    days = "all days of the window" if entry.by == "calendar" else "the recorded days"
    if entry.days is None:
        return ", no entry rule declared"
    return f", given entry with at least {entry.days:g} of {span.month} days, by {days}"


def _why_no_law(rows: pd.DataFrame, patients: int) -> str:
    if patients < SMALLEST:
        return f"fewer than {SMALLEST} patients with a baseline"
    if rows["event"].all():
        return "every baseline day has the event: day-to-day variation is unknown"
    if not rows["event"].any():
        return "no baseline day has the event: day-to-day variation is unknown"
    return ""
