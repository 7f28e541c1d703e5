"""Rows of an estimand's answer: the contrast of arms, the interval over all looks, and the sentence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from outcomes.models.headache.period_rows import month_days
from outcomes.models.stats.few_patients import FEW
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.mean_interval import difference_span, highest
from outcomes.models.stats.reference_arm import reference_arm
from outcomes.models.stats.sequential import bounded_mean_sequence, cumulative_looks

__all__ = ["contrast", "looks", "sentence"]

#: Prorated values differ from whole ones by this share at most.
ROUNDING = 1e-12
#: Looks are a week apart, as reports are.
EVERY = "7D"


def contrast(
    frame: pd.DataFrame, arm: str, level: float, patients: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the difference of every arm from the reference arm in front of the arms (Welch).

    Parameters
    ----------
    frame : DataFrame
        One row per arm.
    arm : str
        Its column.
    level : float
        Confidence level.
    patients : DataFrame, optional
        Those whose changes the arms' means are of: the limits are held to what a difference of these can be.

    Notes
    -----
    ``se = sqrt(se_a^2 + se_b^2)``, df by Welch and Satterthwaite from the df of both arms. An arm whose own
    interval is not a t interval enters with ``sd / sqrt(n)`` and ``n - 1``.
    """
    if "sd" in frame.columns:
        usable = frame["sd"].gt(0) & frame["n"].ge(FEW)
        own = (frame["sd"] / np.sqrt(frame["n"])).where(usable)
        whole = frame.assign(std_error=own, df=(frame["n"] - 1.0).where(usable))
    else:
        whole = frame
    rows = []
    reference = whole[arm].astype("str") == reference_arm(whole[arm])
    b = whole[reference].iloc[0]
    for _, a in whole[~reference].iterrows():
        error = np.hypot(a["std_error"], b["std_error"])
        parts = a["std_error"] ** 4 / a["df"] + b["std_error"] ** 4 / b["df"]
        known = bool(error > 0 and parts > 0)
        df = error**4 / parts if known else np.nan
        estimate = a["estimate"] - b["estimate"]
        half = float(interval_factor(level, df)) * error if known else np.nan
        p_value = float(two_sided_p(estimate / error, df)) if known else np.nan
        least, most = _ends(patients, arm, str(a[arm]), str(b[arm]))
        numbers = {
            "estimate": estimate,
            "std_error": error if known else np.nan,
            "df": df,
            "p_value": p_value,
        }
        counted = {
            "n": a["n"] + b["n"],
            "N": a["N"] + b["N"],
            "lower": np.fmax(estimate - half, least) if known else np.nan,
            "upper": np.fmin(estimate + half, most) if known else np.nan,
        }
        status = "ok" if known else "an arm has no interval: no contrast"
        named = {"contrast": f"{a[arm]} - {b[arm]}", "period": a["period"]}
        rows.append({**named, **numbers, **counted, "status": status})
    return pd.concat([pd.DataFrame(rows), frame], ignore_index=True)


def _ends(patients: pd.DataFrame | None, arm: str, one: str, other: str) -> tuple[float, float]:
    """Return what the difference of two arms' mean changes can be, where that is known."""
    if patients is None:
        return np.nan, np.nan
    label = patients[arm].astype("str")
    own = patients[label.isin([one, other]) & patients["change"].notna()]
    first = (own[arm].astype("str") == one).to_numpy(dtype=bool)
    return difference_span(own, first, month_days(own["period"].unique()))


def looks(rows: pd.DataFrame, level: float) -> dict[str, float]:
    """Return the limits that hold over all weekly looks; each patient enters on the last day of the period.

    The change of a value between 0 and its highest lies within minus and plus the highest, whatever its
    distribution: the betting sequence of a bounded mean then holds for every n.
    """
    known = rows[(rows["period_number"] > 0) & rows["change"].notna()].sort_values("end_date", kind="stable")
    none = {"lower_all_looks": np.nan, "upper_all_looks": np.nan}
    if len(known) < FEW:
        return none
    endpoint = known["endpoint"] if "endpoint" in known.columns else None
    limit = float(highest(endpoint, month_days(known["period"]), known.index).iloc[0])
    seen = cumulative_looks(known, time="end_date", value="change", every=EVERY)["N"]
    values = known["change"].to_numpy(dtype=float)
    # from every day to none: prorated values can leave the range by the last digit
    whole = np.isclose(np.abs(values), limit, rtol=ROUNDING, atol=0.0)
    found = bounded_mean_sequence(
        np.where(whole, np.copysign(limit, values), values),
        seen[seen > 0],
        low=-limit,
        high=limit,
        level=level,
    )
    last = found.to_frame().iloc[-1]
    return {"lower_all_looks": float(last["lower"]), "upper_all_looks": float(last["upper"])}


def sentence(frame: pd.DataFrame, *, arms: str | None, treated: int, words: Mapping[str, str]) -> str:
    """Return what was estimated, of how many, and the number, as one sentence; a missing n is not told."""
    row = frame.iloc[0]
    if pd.isna(row["estimate"]):
        return f"There is no number for {words['period']}, {words['strategy']}: {row['status']}."
    mean = words["summary"] == "mean_change"
    drawn = pd.notna(row.get("drawn_share"))  # then everybody is in the mean, with days that nobody saw
    counts = _counted(frame, arms, mean)["n" if mean and not drawn else "N"]
    counted = "the" if counts.isna().any() else f"{int(counts.sum())} of {treated}"
    who = (
        f"In {counted} treated patients with {words['population']}, {words['period']} after the "
        f"first course, {words['strategy']},"
    )
    if arms is not None and mean:
        return f"{who} {_contrasts(frame, words)}."
    if mean:
        return f"{who} the mean change in {words['unit']} was {_number(row, words)}."
    fall = words["summary"].removeprefix("responder_")
    shares = [
        f"{one['estimate']:.0f}%{_limits(one, words).replace(' to ', '% to ').replace(')', '%)')}"
        + (f" of arm {one[arms]}" if arms is not None else "")
        for _, one in (frame if arms is not None else frame.iloc[:1]).iterrows()
        if pd.notna(one["estimate"])
    ]
    return f"{who} {_listed(shares)} had at least {fall}% fewer {words['unit']}."


def _counted(frame: pd.DataFrame, arms: str | None, mean: bool) -> pd.DataFrame:
    """Return the rows of all whom the sentence is about: of several contrasts the arms behind them."""
    if arms is None or (mean and frame["contrast"].notna().sum() == 1):
        return frame.iloc[:1]
    return frame[frame["contrast"].isna()] if mean else frame


def _contrasts(frame: pd.DataFrame, words: Mapping[str, str]) -> str:
    """Say every difference from the reference arm."""
    rows = frame[frame["contrast"].notna() & frame["estimate"].notna()]
    what = f"the difference in mean change of {words['unit']}"
    if len(rows) == 1:
        row = rows.iloc[0]
        return f"{what} ({row['contrast']}) was {_number(row, words)}"
    each = [f"{_number(row, words)} for {row['contrast']}" for _, row in rows.iterrows()]
    return f"{what} was {_listed(each)}"


def _number(row: pd.Series, words: Mapping[str, str]) -> str:
    return f"{row['estimate']:+z.1f}{_limits(row, words)}"


def _limits(row: pd.Series, words: Mapping[str, str]) -> str:
    if pd.isna(row["lower"]):
        return ""
    return f" ({words['level']} interval {row['lower']:z.1f} to {row['upper']:z.1f})"


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
