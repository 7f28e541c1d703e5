"""Cumulative incidence with competing events (Aalen-Johansen), with everybody at risk counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from outcomes.errors import ArgumentError, DataError, name_rows, plural, suggest
from outcomes.models.stats.input_frames import check_columns, names
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.aalen_johansen import RiskTable, incidence, incidence_variance, risk_table
from outcomes.models.stats.reserved import check_reserved
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["cumulative_incidence"]

#: Columns of `first_events`, and what its status says of those observed without any event.
TIME, STATUS, CENSORED = "time", "status", "censored"
ROUNDING = 1e-9


def cumulative_incidence(
    data: pd.DataFrame,
    *,
    event: str | Sequence[str] = "event",
    competing: str | Sequence[str] = (),
    arm: str | None = None,
    at: Sequence[float] | None = None,
    level: float = 0.95,
) -> Estimates:
    """Estimate the probability of a first event by each time, in the presence of competing events.

    Parameters
    ----------
    data : DataFrame
        One row per patient, as `first_events` makes it: ``time`` to the first of event, competing event, end
        of observation; ``status``, which it was, ``censored`` for those observed without any of them.
    event : str or sequence of str
        Values of ``status`` that are events of interest, each estimated beside the others.
    competing : str or sequence of str
        Values of ``status`` after which the event can no longer happen: death, next course. Named explicitly:
        a value that is named nowhere is refused.
    arm : str, optional
        Column of `data`; one curve each.
    at : sequence of float, optional
        Times at which the estimate is wanted; default: every time at which something happened.
    level : float
        Confidence level of the pointwise limits.

    Returns
    -------
    Estimates
        One row per arm, event and time: ``term`` (the event), ``time``, ``N`` still at risk just before,
        ``n`` with the event so far, ``estimate``, ``std_error``, ``lower``, ``upper``, ``status``.

    Raises
    ------
    ArgumentError
        For a column or option that does not exist.
    DataError
        For a time that is missing or negative, a missing arm, and a status that is neither event, competing
        nor censored.

    Notes
    -----
    ``F_k(t) = sum over t_j <= t of S(t_j -) d_kj / n_j`` with S the Kaplan-Meier curve of all events.
    One minus Kaplan-Meier, which takes competing events for censoring, is larger. Variance: Marubini and
    Valsecchi's (the delta method); limits on the scale log(-log F). Where no event was seen
    the upper limit is the exact one of 0 events among those still at risk.

    References
    ----------
    Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations. Scand J Stat 1978;5:141-150.

    Stegherr R, Schmoor C, Beyersmann J, et al. Survival analysis for AdVerse events with VarYing follow-up
    times (SAVVY). Trials 2021;22:420. doi:10.1186/s13063-021-05354-x

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"time": [1, 2, 3, 4], "status": ["event", "death", "event", "censored"]})
    >>> result = cumulative_incidence(data, competing="death", at=[2, 4])
    >>> result[["term", "time", "N", "n", "estimate"]]
        term  time  N  n  estimate
    0  event   2.0  3  1      0.25
    1  event   4.0  1  2      0.50
    """
    check_level(level)
    check_reserved([arm], own=("term", "time"))
    events, others = names(event, "event"), names(competing, "competing")
    check_columns("data", data, [TIME, STATUS, *([arm] if arm else [])])
    if arm is not None and (absent := np.flatnonzero(data[arm].isna())).size:
        raise DataError(
            f"{plural(len(absent), 'row has', 'rows have')} no {arm}",
            got=name_rows(absent),
            hint="complete the column",
        )
    asked = None if at is None else _asked(at)
    codes = _codes(data[STATUS], events, others)
    times = _times(data)
    arms = pd.unique(data[arm]) if arm else [None]
    blocks = []
    for value in sorted(arms, key=str) if arm else arms:
        rows = np.ones(len(data), dtype=bool) if arm is None else (data[arm] == value).to_numpy(dtype=bool)
        block = _curves(times[rows], codes[rows], events, asked, level)
        blocks.append(block if arm is None else block.assign(**{arm: value}))
    if not blocks:
        blocks = [_curves(times, codes, events, asked, level).iloc[:0].assign(**{str(arm): None})]
    frame = pd.concat(blocks, ignore_index=True)
    return Estimates(
        frame[[*([arm] if arm else []), *(c for c in frame.columns if c != arm)]],
        title=f"Cumulative incidence of {', '.join(events)}",
        method=f"Aalen-Johansen; competing: {', '.join(others) or 'none'}; limits on the scale log(-log F)",
        level=level,
        notes=_undated(data),
        status="ok" if len(data) else "nobody at risk",
        meta={"N": len(data), "arm": arm, "competing": ", ".join(others)},
    )


def _codes(status: pd.Series, events: list[str], others: list[str]) -> Codes:
    """Return 0 for censored, 1.. for the events, then for the competing events."""
    known = [*events, *others]
    if len({*known, CENSORED}) <= len(known):
        raise ArgumentError("a status has two meanings", got=", ".join(map(repr, [*known, CENSORED])))
    codes = np.full(len(status), -1, dtype=np.int64)
    for code, value in enumerate([CENSORED, *known]):
        codes[(status == value).fillna(False).to_numpy(dtype=bool)] = code
    if (codes < 0).any():
        got = sorted({str(value) for value in status[codes < 0].unique()})
        raise DataError(
            f"{plural(int((codes < 0).sum()), 'row has', 'rows have')} a status that is neither event, "
            "competing nor censored",
            got=f"{', '.join(got[:5])}; {name_rows(np.flatnonzero(codes < 0))}",
            allowed=", ".join([*known, CENSORED]),
            hint=suggest(got[0], known) or "name it in competing=, or make it the censored one",
        )
    return codes


def _times(data: pd.DataFrame) -> Floats:
    if not pd.api.types.is_numeric_dtype(data[TIME]):
        raise ArgumentError(f"column {TIME!r} is not a number", got=str(data[TIME].dtype))
    times: Floats = data[TIME].to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero(~(times >= 0))
    if len(wrong):
        whose = plural(len(wrong), "row has", "rows have")
        raise DataError(f"{whose} a {TIME} that is missing or negative", got=name_rows(wrong))
    return times


def _asked(at: Sequence[float]) -> Floats:
    """Return the requested times."""
    try:
        times = np.atleast_1d(np.asarray(at, dtype=np.float64))
    except (TypeError, ValueError):
        times = np.array([np.nan])
    if times.ndim != 1 or not (times >= 0).all():
        raise ArgumentError(
            "at is not a time, or several", got=type(at).__name__, allowed="numbers of 0 or more"
        )
    return times


def _undated(data: pd.DataFrame) -> tuple[str, ...]:
    notes = []
    for column, words in (
        (
            "events_undated",
            ("event without an onset", "events without an onset", "could not be placed in time"),
        ),
        ("events_after_end", ("event", "events", "began after the end of observation: not counted")),
    ):
        if column in data.columns and (count := int(data[column].sum())):
            notes.append(f"{plural(count, *words[:2])} {words[2]}")
    return tuple(notes)


def _curves(times: Floats, codes: Codes, events: list[str], at: Floats | None, level: float) -> pd.DataFrame:
    table = risk_table(times, codes, len(events))
    wanted = table.time[table.any_event] if at is None else at
    position = np.searchsorted(table.time, wanted, side="right") - 1
    blocks = [_curve(table, k, name, wanted, position, level) for k, name in enumerate(events)]
    return pd.concat(blocks, ignore_index=True)


def _curve(
    table: RiskTable, k: int, name: str, wanted: Floats, position: Codes, level: float
) -> pd.DataFrame:
    curve = incidence(table, k)
    # A sum of shares that is 1 may end a rounding error below it; no curve of patients comes so near to 1.
    curve = np.where(curve > 1 - ROUNDING, 1.0, curve)
    before = np.r_[0.0, curve][position + 1]
    error = np.sqrt(np.r_[0.0, incidence_variance(table, k, curve)][position + 1])
    left = table.total - np.searchsorted(table.ordered, wanted, side="left")
    events = np.r_[0.0, np.cumsum(table.by_cause[:, k])][position + 1].astype(np.int64)
    lower, upper = _limits(before, error, left, level)
    late = wanted > (table.time[-1] if len(table.time) else -np.inf)
    # At 1 the scale of the limits ends: everybody still observed has had the event.
    certain = before >= 1
    status = np.select(
        [late, certain], ["nobody observed so long", "everybody has had it: no lower limit"], default="ok"
    )
    numbers = {"estimate": before, "std_error": error, "lower": lower, "upper": upper}
    return pd.DataFrame(
        {"term": name, "time": wanted, "N": left, "n": events}
        | {column: np.where(late, np.nan, values) for column, values in numbers.items()}
        | {"status": status}
    )


def _limits(estimate: Floats, error: Floats, left: Codes, level: float) -> tuple[Floats, Floats]:
    z = float(-ndtri((1 - level) / 2))
    inside = (estimate > 0) & (estimate < 1)
    f = np.where(inside, estimate, 0.5)
    spread = np.exp(z * error / (f * np.abs(np.log(f))))
    lower, upper = f**spread, f ** (1 / spread)
    none = 1 - ((1 - level) / 2) ** (1 / np.maximum(left, 1))
    lower = np.where(inside, lower, np.where(estimate == 0, 0.0, np.nan))
    return lower, np.where(inside, upper, np.where(estimate == 0, np.where(left > 0, none, 1.0), 1.0))
