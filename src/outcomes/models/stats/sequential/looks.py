"""From dated records to the cumulative counts of every look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, name_rows, plural
from outcomes.models.stats.input_frames import check_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["FEW", "check_cumulative", "cumulative_looks", "possible", "running"]

#: Under so many values a look has no interval of its own.
FEW = 5


def cumulative_looks(
    data: pd.DataFrame, *, time: str, value: str, exposure: str | None = None, every: str = "7D"
) -> pd.DataFrame:
    """Return what had been seen at each of a series of regular looks.

    Parameters
    ----------
    data : DataFrame
        One row per patient or session, in any order.
    time : str
        Column with the timestamp from which the row is known.
    value : str
        Column with 0 or 1, a count of events, or a measurement.
    exposure : str, optional
        Column with time at risk.
    every : str
        Time between looks, as pandas writes durations.

    Returns
    -------
    DataFrame
        One row per look: ``time`` (the look), ``N`` rows known, ``total`` and ``squares`` (sums of `value`
        and of its square), ``exposure`` when asked for. The last look is at or after the last row.

    Raises
    ------
    ArgumentError
        For a column that does not exist or not of its kind, and for `every` that is no duration above 0.
    DataError
        When a row has no time or no value: a look cannot tell whether it is to come or missing.

    Examples
    --------
    >>> on = pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-09"])
    >>> data = pd.DataFrame({"on": on, "y": [0, 1, 1]})
    >>> cumulative_looks(data, time="on", value="y")[["N", "total"]].to_numpy().tolist()
    [[1.0, 0.0], [2.0, 1.0], [3.0, 2.0]]
    """
    columns = [time, value, *([exposure] if exposure else [])]
    check_columns("data", data, columns, numbers=columns[1:])
    if not pd.api.types.is_datetime64_any_dtype(data[time]):
        raise ArgumentError(
            f"column {time!r} does not hold timestamps",
            got=str(data[time].dtype),
            hint="convert it with pandas.to_datetime first",
        )
    for column in columns:
        missing = np.flatnonzero(data[column].isna())
        if len(missing):
            what = plural(len(missing), "row has", "rows have")
            raise DataError(f"{what} no {column}", got=name_rows(missing))
    rows = data[columns].sort_values(time, kind="stable")
    looks = _schedule(rows[time], every)
    seen = np.searchsorted(rows[time].to_numpy(), pd.Series(looks).to_numpy(), side="right")
    values = rows[value].to_numpy(dtype=np.float64)
    summed = {"total": values, "squares": values**2}
    if exposure:
        summed["exposure"] = rows[exposure].to_numpy(dtype=np.float64)
    sums = {name: np.r_[0.0, np.cumsum(each)][seen] for name, each in summed.items()}
    return pd.DataFrame({"time": looks, "N": seen} | sums)


def _schedule(times: pd.Series, every: str) -> pd.DatetimeIndex:
    try:
        step = pd.Timedelta(every)
    except (TypeError, ValueError):
        step = pd.Timedelta(0)
    if not step > pd.Timedelta(0):
        raise ArgumentError("every is not a duration above 0", got=repr(every), allowed="for example '7D'")
    if len(times) == 0:
        return pd.DatetimeIndex([])
    first, last = times.iloc[0], times.iloc[-1]
    looks = int(np.ceil((last - first) / step)) + 1
    return pd.DatetimeIndex(first + step * np.arange(looks))


def check_cumulative(name: str, values: Floats) -> None:
    """Refuse cumulative values that fall from one look to the next."""
    falls = np.flatnonzero(np.diff(values, axis=-1).min(axis=tuple(range(values.ndim - 1)), initial=0) < 0)
    if len(falls):
        raise ArgumentError(
            f"{name} falls from one look to the next",
            got=f"after look {int(falls[0]) + 1}",
            allowed="cumulative values",
            hint="pass what had been seen up to each look, not the new part",
        )


def running(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Return the intersection of the limits up to each look: what was once excluded stays excluded."""
    return np.maximum.accumulate(lower, axis=-1), np.minimum.accumulate(upper, axis=-1)


def possible(lower: Floats, upper: Floats, bounds: tuple[float, float] | None) -> tuple[Floats, Floats]:
    """Return the limits, none where one of them is a value that cannot be."""
    low, high = bounds or (-np.inf, np.inf)
    beyond = (lower < low) | (upper > high)
    return np.where(beyond, np.nan, lower), np.where(beyond, np.nan, upper)
