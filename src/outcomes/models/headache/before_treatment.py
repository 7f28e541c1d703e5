"""The change before any treatment, as the pipeline would find it, and how much of it chance alone brings."""

from __future__ import annotations

import pandas as pd

from outcomes.models.headache.chance.one_window import Entry
from outcomes.models.headache.chance.span import Span, days_in_window, recorded_days
from outcomes.models.headache.regression_to_mean import NET, RAW, regression_to_mean
from outcomes.results import Estimates

__all__ = ["FALL", "NOTHING", "OPEN", "RISE", "before_treatment"]

#: What the column `found` says: whether the pipeline finds a change where nothing was given.
FALL, RISE, NOTHING, OPEN = "fall", "rise", "chance alone", "no number"


def before_treatment(
    first: pd.DataFrame, days: pd.DataFrame, *, entry: float | None, event: str, span: Span, level: float
) -> Estimates:
    """Return raw, chance alone and net of the change from the month before the baseline to the baseline.

    Parameters
    ----------
    first : DataFrame
        One row per patient with an eligible baseline: patient_id, period, period_number, baseline.
    days : DataFrame
        patient_id, day (0 = first infusion day) and the event; only days before treatment are used.
    entry : float, optional
        The declared entry rule; without it only `raw` has a number.

    Notes
    -----
    The law of one window says what is expected a month *after* the baseline by chance. A level that wanders
    without a trend looks the same forwards and backwards, so it is expected a month before it too.
    """
    before = days.loc[days["day"] < 0, ["patient_id", "day", event]]
    start = -span.baseline
    earlier = days_in_window(recorded_days(before, event), start - span.month, start - 1, span)
    back = first["patient_id"].map(earlier).astype("float64") - first["baseline"]
    found = regression_to_mean(
        first.assign(change=back),
        before,
        method="day-to-day",
        entry=Entry(entry, window=span.baseline, min_days=span.min_days),
        event=event,
        level=level,
    )
    return Estimates(
        frame=_forwards(found.to_frame()).assign(N=len(first)),
        title=f"Negative control: the {span.month} days before the baseline as if they were the baseline",
        method=found.method,
        level=level,
        notes=found.notes[:-1],
        status=found.status,
    )


def _forwards(back: pd.DataFrame) -> pd.DataFrame:
    """Turn changes from the baseline to the month before it into changes towards the baseline."""
    rows = back.assign(
        estimate=-back["estimate"], lower=-back["upper"], upper=-back["lower"], statistic=-back["statistic"]
    )
    judged = rows.set_index("term").loc[NET]
    raw = rows.set_index("term").loc[RAW]
    kept = ["term", "estimate", "std_error", "df", "statistic", "lower", "upper", "p_value", "n", "status"]
    return rows[kept].assign(found=_found(judged, raw))


def _found(net: pd.Series, raw: pd.Series) -> str:
    """Return what the control shows; a rise of the raw change alone may be how patients came."""
    if pd.notna(net["lower"]):
        return FALL if net["upper"] < 0 else RISE if net["lower"] > 0 else NOTHING
    return FALL if raw["upper"] < 0 else OPEN
