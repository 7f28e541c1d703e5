"""The titration log: what was infused, as an integral of the pump rate over time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.local_time import utc_times

__all__ = ["infused"]


def infused(titration: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Integrate the pump rate of each session that has a log.

    A rate holds until the next row of its session. After a row `stop` it is 0; a log that does not
    end with `stop` holds its last rate until the session's end.

    Parameters
    ----------
    titration : DataFrame
        Checked titration rows: session_id, time, rate (mg/kg/h), action.
    sessions : DataFrame
        session_id and end.

    Returns
    -------
    DataFrame
        Indexed by session_id: infused (mg/kg, without bolus), logged_hours (h), peak_rate and
        mean_rate (mg/kg/h; time-weighted from the first row of the log to its end), bolus_logged.
        A missing rate makes the integral and the mean missing.
    """
    log = titration.sort_values(["session_id", "time"], kind="stable", ignore_index=True)
    log = log[log["session_id"].isin(sessions["session_id"])].reset_index(drop=True)
    code, ids = pd.factorize(log["session_id"])
    stop = log["action"].eq("stop").to_numpy(dtype=bool, na_value=False)
    rate = np.where(stop, 0.0, log["rate"].to_numpy(dtype=float))
    ends = utc_times(sessions.set_index("session_id")["end"].reindex(ids))
    hours = _hours_held(utc_times(log["time"]), code, ends, stop)
    total, logged = (np.bincount(code, weights=w, minlength=len(ids)) for w in (rate * hours, hours))
    bolus = np.bincount(
        code, weights=log["action"].eq("bolus").to_numpy(dtype=float, na_value=0.0), minlength=len(ids)
    )
    peak = pd.Series(rate).groupby(code).max().to_numpy(dtype=float) if len(ids) else np.empty(0)
    mean = np.divide(total, logged, out=np.full(len(ids), np.nan), where=logged > 0)
    columns = {
        "infused": total,
        "logged_hours": logged,
        "peak_rate": peak,
        "mean_rate": mean,
        "bolus_logged": bolus > 0,
    }
    return pd.DataFrame(columns, index=pd.Index(ids, name="session_id"))


def _hours_held(
    time: NDArray[np.datetime64],
    code: NDArray[np.int64],
    ends: NDArray[np.datetime64],
    stop: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return the hours for which each row's rate held."""
    last = np.append(code[1:] != code[:-1], True)[: len(code)]
    following = np.append(time[1:], np.datetime64("NaT", "us"))[: len(time)]
    until = np.where(last, ends[code], following) if len(code) else following
    hours = (until - time) / np.timedelta64(3_600_000_000, "us")
    hours = np.where(last & stop, 0.0, hours)
    return np.asarray(np.where(last, np.maximum(hours, 0.0), hours), dtype=np.float64)
