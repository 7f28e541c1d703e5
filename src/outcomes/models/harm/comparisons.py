"""Arms side by side: difference or ratio of every level, exact P values and their adjustment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.models.harm.stratified_arms import STRATIFIED, stratified_contrast
from outcomes.models.stats.intervals import difference, odds_ratio, rate_difference, rate_ratio, ratio
from outcomes.models.stats.kernels.fisher import fisher_p
from outcomes.results import Estimates

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["compare_arms"]

#: Measure -> its interval, the methods of that interval in order of preference, and the contrast's sign.
MEASURES: dict[str, tuple[Callable[..., tuple[Any, Any]], tuple[str, ...], str]] = {
    "difference": (difference, ("miettinen-nurminen", "newcombe", "newcombe-cc", "mee"), "-"),
    "ratio": (ratio, ("miettinen-nurminen", "koopman"), "/"),
    "odds_ratio": (odds_ratio, ("exact", "miettinen-nurminen", "score"), "/"),
    "rate_ratio": (rate_ratio, ("exact", "mid-p"), "/"),
    "rate_difference": (rate_difference, ("score", "wald"), "-"),
}
#: What a result says of itself (``meta["kind"]``) -> the function that made it.
KINDS = {"incidence": "incidence", "eaer": "rates", "eair": "rates"}
#: Adjustments for the number of comparisons -> how statsmodels calls them.
ADJUSTMENTS = {"benjamini-hochberg": "fdr_bh", "benjamini-yekutieli": "fdr_by", "holm": "holm", "none": ""}


def compare_arms(
    result: Estimates,
    *,
    reference: str,
    measure: str | None = None,
    method: str | None = None,
    adjust: str = "benjamini-hochberg",
    level: float = 0.95,
) -> Estimates:
    """Compare every arm with a reference arm, level by level.

    Parameters
    ----------
    result : Estimates
        What `incidence` (patients) or `rates` returned, with an arm.
    reference : str
        The arm that the others are compared with.
    measure : {"difference", "ratio", "odds_ratio", "rate_ratio", "rate_difference"}, optional
        Default: the difference of proportions for `incidence`, ``rate_ratio`` for `rates`. A difference of
        rates is per as many units of exposure as the rates.
    method : str, optional
        Interval of the measure; default Miettinen-Nurminen, and exact for the odds and rate ratio. Within
        strata: ``miettinen-nurminen``, ``newcombe``, ``sato`` for the difference, else the Mantel-Haenszel
        estimate with the limits of Greenland and Robins, or Robins, Breslow and Greenland (odds).
    adjust : {"benjamini-hochberg", "benjamini-yekutieli", "holm", "none"}
        Adjustment of the P values over the levels of one contrast.
    level : float
        Confidence level of the intervals, which are not adjusted.

    Returns
    -------
    Estimates
        One row per level and contrast ``A - B`` (or ``A / B``) with the counts of both arms, ``estimate,
        lower, upper, p_value, p_adjusted, status``. A level without an event in either arm has no P value
        and takes no part in the adjustment. Where a flag of `where` is not recorded for any event there is no
        number at all.

    Raises
    ------
    ArgumentError
        For a result without arms, an unknown arm, a measure that the counts do not give, and for sessions:
        those of one patient are not independent, and these tests would take them to be.

    Notes
    -----
    A result with ``strata`` is compared within them (Mantel-Haenszel weights), over the strata that have both
    arms; P is then that of the Cochran-Mantel-Haenszel test, or of its person-time form.

    The odds ratio is that of the counts, x1 (n2 - x2) / (x2 (n1 - x1)). P values: Fisher's exact test,
    two-sided, for proportions; for rates the exact binomial test of x1 of x1 + x2 with probability
    t1 / (t1 + t2), x being all events (``kind="eaer"``) or the patients with one (``eair``). Events are taken
    as independent: where those of a patient cluster, intervals of EAERs are too short.

    References
    ----------
    Benjamini Y, Hochberg Y. Controlling the false discovery rate. J R Stat Soc B 1995;57:289-300.
    doi:10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.models.harm.incidence import incidence
    >>> patients = pd.DataFrame({"patient_id": range(20), "arm": ["active", "placebo"] * 10})
    >>> events = pd.DataFrame({"patient_id": [0, 2, 4, 6, 8, 1]})
    >>> compared = compare_arms(incidence(events, patients, arm="arm"), reference="placebo")
    >>> compared[["contrast", "estimate", "p_value"]].round(4)
               contrast  estimate  p_value
    0  active - placebo       0.4   0.1409
    """
    instance_of("result", result, Estimates, hint="give what incidence(arm=...) or rates(arm=...) returned")
    kind = _kind(result)
    measure = measure or ("rate_ratio" if kind == "rates" else "difference")
    one_of("measure", measure, [m for m in MEASURES if m.startswith("rate_") == (kind == "rates")])
    _, methods, sign = MEASURES[measure]
    strata = result.meta.get("strata")
    methods = tuple(STRATIFIED[measure]) if strata else methods
    method = one_of("method", method or methods[0], methods)
    one_of("adjust", adjust, ADJUSTMENTS)
    arms = _arms(result, reference)
    contrast = stratified_contrast if strata else _contrast
    blocks = [contrast(result, arm, reference, measure, method, level) for arm in arms]
    blocks = [_with_adjusted(block, result, adjust) for block in blocks]
    frame = pd.concat(blocks, ignore_index=True) if blocks else result.frame.iloc[:0]
    tests = "exact binomial" if kind == "rates" else "Fisher exact"
    tests = f"within {strata}; Mantel-Haenszel" if strata else tests
    words = "not adjusted" if adjust == "none" else f"adjusted by {adjust} over the levels of each contrast"
    return Estimates(
        frame,
        title=f"{result.title}: {measure.replace('_', ' ')} (A {sign} B)",
        method=f"{method} interval; {tests} P values, two-sided, {words}",
        level=level,
        notes=result.notes,
        meta={**result.meta, "reference": reference, "measure": measure, "adjust": adjust},
    )


def _kind(result: Estimates) -> str:
    if result.meta.get("arm") is None:
        raise ArgumentError("the result has no arms to compare", hint="pass arm= to incidence or rates")
    if result.meta.get("unit") == "session":
        raise ArgumentError(
            "sessions of one patient are not independent: arms of sessions cannot be compared by exact tests",
            hint="compare patients, or fit event_sessions, which clusters by patient",
        )
    kind = result.meta.get("kind")
    if kind not in KINDS:
        raise ArgumentError(
            "the result does not count events",
            got=result.title,
            allowed="what incidence(arm=...) or rates(arm=...) returned",
        )
    return KINDS[kind]


def _arms(result: Estimates, reference: str) -> list[Any]:
    arms = list(pd.unique(result.frame[result.meta["arm"]]))
    if reference not in arms:
        one_of("reference", reference, [str(arm) for arm in arms])
    return [arm for arm in arms if arm != reference]


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Counts of both arms, one entry per level: events or patients x, their denominators n."""

    x1: Floats
    n1: Floats
    x2: Floats
    n2: Floats

    def each(self) -> NDArray[np.float64]:
        return np.stack([self.x1, self.n1, self.x2, self.n2], axis=1)


def _contrast(
    result: Estimates, arm: Any, reference: str, measure: str, method: str, level: float
) -> pd.DataFrame:
    arm_column = result.meta["arm"]
    rows = result.frame[result.frame["status"].ne("exposure unknown")]
    top = rows[rows[arm_column] == arm].reset_index(drop=True)
    base = rows[rows[arm_column] == reference].reset_index(drop=True)
    hits = "n" if result.meta.get("kind") == "eair" else "events"
    of_time = measure.startswith("rate_")
    counts = (hits, "exposure") if of_time else ("n", "N")
    first = [c for c in top.columns[: list(top.columns).index("n")] if c != arm_column]
    function, _, sign = MEASURES[measure]
    numbers = (
        *(top[c].to_numpy(dtype=float, na_value=0.0) for c in counts),
        *(base[c].to_numpy(dtype=float, na_value=0.0) for c in counts),
    )
    pair = _Pair(*numbers)
    frame = top[first].copy()
    frame["contrast"] = f"{arm} {sign} {reference}"
    shown = ("n", "N", "events", "exposure") if of_time else ("n", "N")
    for column in shown:
        frame[column] = top[column]
    for column in shown:
        frame[f"{column}_reference"] = base[column]
    scale = float(result.meta["per"]) if measure == "rate_difference" else 1.0
    frame["estimate"] = scale * _estimate(pair, measure)
    lower, upper = function(*numbers, method=method, level=level)
    frame["lower"], frame["upper"] = scale * lower, scale * upper
    frame["p_value"] = _p_values(pair, measure)
    frame["status"] = _status(pair, measure)
    return frame


def _with_adjusted(frame: pd.DataFrame, result: Estimates, adjust: str) -> pd.DataFrame:
    """Add the adjusted P of one contrast; where a flag is not recorded there is no number at all."""
    place = list(frame.columns).index("p_value") + 1
    frame.insert(place, "p_adjusted", _adjusted(frame["p_value"].to_numpy(dtype=np.float64), adjust))
    if absent := result.meta.get("flags_not_recorded"):
        # No event has an answer: equal arms would be a guess.
        frame[["estimate", "lower", "upper", "p_value", "p_adjusted"]] = np.nan
        frame["status"] = f"{absent} is not recorded"
    return frame


def _estimate(pair: _Pair, measure: str) -> Floats:
    known = (pair.n1 > 0) & (pair.n2 > 0)
    if measure == "odds_ratio":
        for_one, against = pair.x1 * (pair.n2 - pair.x2), pair.x2 * (pair.n1 - pair.x1)
        odds = np.where(against > 0, for_one / np.where(against > 0, against, 1.0), np.inf)
        return np.where(known & ((for_one > 0) | (against > 0)), odds, np.nan)
    first = np.where(known, pair.x1 / np.where(known, pair.n1, 1.0), np.nan)
    second = np.where(known, pair.x2 / np.where(known, pair.n2, 1.0), np.nan)
    if measure in ("difference", "rate_difference"):
        return first - second
    divided = first / np.where(second > 0, second, np.nan)
    return np.where((second == 0) & (first > 0), np.inf, divided)


def _p_values(pair: _Pair, measure: str) -> Floats:
    """Return the exact P of each level; equal tables are computed once."""
    known = (pair.n1 > 0) & (pair.n2 > 0) & (pair.x1 + pair.x2 > 0)
    p = np.full(len(known), np.nan)
    if not known.any():
        return p
    tables, back = np.unique(pair.each()[known], axis=0, return_inverse=True)
    test = _binomial if measure.startswith("rate_") else _fisher
    p[known] = np.array([test(*table) for table in tables])[back.ravel()]
    return p


def _fisher(x1: float, n1: float, x2: float, n2: float) -> float:
    return fisher_p(int(x1), int(n1), int(x2), int(n2))


def _binomial(x1: float, t1: float, x2: float, t2: float) -> float:
    from scipy.stats import binomtest  # a second of every start otherwise

    return float(binomtest(int(x1), int(x1 + x2), t1 / (t1 + t2)).pvalue)


def _adjusted(p: Floats, adjust: str) -> Floats:
    known = ~np.isnan(p)
    adjusted = p.copy()
    if adjust != "none" and known.any():
        from statsmodels.stats.multitest import multipletests  # a second of every start otherwise

        adjusted[known] = multipletests(p[known], method=ADJUSTMENTS[adjust])[1]
    return adjusted


def _status(pair: _Pair, measure: str) -> NDArray[np.object_]:
    nobody = (pair.n1 == 0) | (pair.n2 == 0)
    none = pair.x1 + pair.x2 == 0
    everybody = (pair.x1 == pair.n1) & (pair.x2 == pair.n2) & (measure == "odds_ratio")
    words = ["nobody at risk", "no event in either arm", "everybody has the event in both arms"]
    return np.select([nobody, none, everybody], words, default="ok").astype(object)
