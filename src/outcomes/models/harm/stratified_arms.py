"""Arms compared within strata, level by level: one number over all strata."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.models.stats.intervals import stratified as kernel
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["STRATIFIED", "stratified_contrast"]

#: Measure -> method -> function of counts by stratum; the first method is the default.
STRATIFIED: dict[str, dict[str, Callable[..., tuple[Any, Any, Any]]]] = {
    "difference": {
        "miettinen-nurminen": kernel.difference_score,
        "newcombe": kernel.difference_newcombe,
        "sato": kernel.difference_sato,
    },
    "ratio": {"greenland-robins": kernel.ratio_mantel_haenszel},
    "odds_ratio": {"robins-breslow-greenland": kernel.odds_ratio_mantel_haenszel},
    "rate_ratio": {"mantel-haenszel": kernel.rate_ratio_mantel_haenszel},
    "rate_difference": {"mantel-haenszel": kernel.rate_difference_mantel_haenszel},
}
#: Limits closer together than this share of the estimate differ by rounding only.
NO_WIDTH = 1e-6


def stratified_contrast(
    result: Estimates, arm: Any, reference: str, measure: str, method: str, level: float
) -> pd.DataFrame:
    """Return one row per level: sums of the counts over the strata used, the pooled estimate, and P.

    P: Cochran-Mantel-Haenszel for proportions, its person-time form for rates; both without correction.
    """
    column, strata = result.meta["arm"], result.meta["strata"]
    of_time = measure.startswith("rate")
    hits = "n" if result.meta.get("kind") in ("incidence", "eair") else "events"
    sizes = "exposure" if of_time else "N"
    rows = result.frame[result.frame["status"].ne("exposure unknown")]
    first = [c for c in rows.columns[: list(rows.columns).index("n")] if c not in (column, strata)]
    levels = rows[first].drop_duplicates().reset_index(drop=True) if first else pd.DataFrame(index=range(1))
    own = rows[[column, strata, hits, sizes]].assign(
        level=pd.MultiIndex.from_frame(levels[first]).get_indexer(pd.MultiIndex.from_frame(rows[first]))
        if first
        else 0
    )
    names = pd.unique(rows[strata])
    x1, n1, x2, n2 = (
        _by_stratum(own[own[column] == value], name, strata, len(levels), names)
        for value in (arm, reference)
        for name in (hits, sizes)
    )
    used = (n1 > 0) & (n2 > 0)
    sign = "-" if measure.endswith("difference") else "/"
    frame = levels.assign(contrast=f"{arm} {sign} {reference}")
    for end, x, n in (("", x1, n1), ("_reference", x2, n2)):
        frame["events" + end if of_time else "n" + end] = np.where(used, x, 0).sum(axis=1).astype(np.int64)
        total = np.where(used, n, 0).sum(axis=1)
        frame[sizes + end] = total if of_time else total.astype(np.int64)
    frame["strata"] = used.sum(axis=1)
    scale = float(result.meta.get("per", 1)) if measure == "rate_difference" else 1.0
    estimate, lower, upper = (
        np.asarray(values) for values in STRATIFIED[measure][method](x1, n1, x2, n2, level)
    )
    if measure == "difference":  # that of Sato can be wider than what there is
        lower, upper = np.maximum(lower, -1.0), np.minimum(upper, 1.0)
    frame["estimate"], frame["lower"], frame["upper"] = scale * estimate, scale * lower, scale * upper
    test = kernel.person_time_mantel_haenszel if of_time else kernel.cochran_mantel_haenszel
    frame["p_value"] = test(x1, n1, x2, n2)[1]
    none = np.where(used, x1 + x2, 0).sum(axis=1) == 0
    nothing = none | ~used.any(axis=1)
    frame.loc[nothing, ["lower", "upper", "p_value"]] = np.nan
    # Where nothing varies the pooled variance is 0: limits of no width would be a certainty that nobody has.
    flat = upper - lower <= NO_WIDTH * np.maximum(1.0, np.abs(estimate))
    frame.loc[flat, ["lower", "upper"]] = np.nan
    frame["status"] = np.select(
        [~used.any(axis=1), none, flat, np.isnan(estimate), np.isnan(lower)],
        [
            "no stratum has both arms",
            "no event in either arm",
            "every arm of every stratum has the event all or never: no interval",
            "everybody has the event in both arms",
            "no event in one arm: no interval",
        ],
        default="ok",
    ).astype(object)
    return frame


def _by_stratum(rows: pd.DataFrame, name: str, strata: str, levels: int, names: Any) -> Floats:
    """Return a column as levels x strata; 0 where the arm has nobody in the stratum."""
    found = np.zeros((levels, len(names)))
    place = pd.Index(names).get_indexer(rows[strata])
    found[rows["level"].to_numpy(dtype=np.int64), place] = rows[name].to_numpy(dtype=np.float64, na_value=0.0)
    return found
