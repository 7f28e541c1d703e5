"""Responders of two arms side by side: difference, ratio or odds ratio of their shares."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.models.stats.few_patients import FEW, without_interval
from outcomes.models.stats.intervals import difference, odds_ratio, ratio
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.fisher import fisher_p
from outcomes.results import Estimates

__all__ = ["compare_responders"]

Array = NDArray[np.float64]
Measure = Literal["difference", "ratio", "odds_ratio"]

#: Measure -> interval function, its method, the sign of the contrast, what it is called.
MEASURES: dict[str, tuple[Any, str, str, str]] = {
    "difference": (difference, "miettinen-nurminen", "-", "difference of shares, Miettinen-Nurminen"),
    "ratio": (ratio, "miettinen-nurminen", "/", "ratio of shares, Miettinen-Nurminen"),
    "odds_ratio": (odds_ratio, "exact", "/", "odds ratio, exact conditional limits"),
}


def compare_responders(
    result: Estimates, *, arm: str, reference: str, measure: Measure = "difference", level: float = 0.95
) -> Estimates:
    """Compare the shares of responders of every arm with those of a reference arm.

    Parameters
    ----------
    result : Estimates
        From `outcomes.responders` with the arm in `by`.
    arm : str
        Column of the arm.
    reference : str
        The arm that the others are compared with.
    measure : {"difference", "ratio", "odds_ratio"}
        What is estimated; shares are proportions, not percent.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row per period, term, way of counting the missing and contrast ``A - B`` (``A / B``): n, N of
        both arms, estimate, lower, upper, p_value (Fisher's exact test), status.

    Raises
    ------
    ArgumentError
        For a result without the arm, an unknown arm or measure.

    Notes
    -----
    A ratio with no responder in the reference arm is infinite, with its lower limit. P values are not
    adjusted: terms and periods are looks at the same patients.

    References
    ----------
    .. [1] Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226.
       https://doi.org/10.1002/sim.4780040211

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.models.headache.responders import responders
    >>> rows = pd.DataFrame({
    ...     "patient_id": range(20), "arm": ["active"] * 10 + ["placebo"] * 10, "period": "days 1-28",
    ...     "period_number": 1, "baseline": 20.0, "baseline_eligible": True, "value": 10.0, "cut_by": "",
    ...     "percent_change": [-60.0] * 7 + [-10.0] * 3 + [-60.0] * 2 + [-10.0] * 8})
    >>> both = responders(rows, by="arm", thresholds=[50], goal=False, missing=["observed"])
    >>> compare_responders(both, arm="arm", reference="placebo")["estimate"].round(3).tolist()
    [0.5]
    """
    check_level(level)
    one_of("measure", measure, MEASURES)
    instance_of("result", result, Estimates, hint="give what responders(by=...) returned")
    reference = str(reference)
    frame = result.to_frame()
    if arm not in frame.columns:
        raise ArgumentError(
            "the result has no such arm column", got=repr(arm), hint=f"call responders(by={arm!r})"
        )
    arms = [name for name in pd.unique(frame[arm]) if pd.notna(name)]
    one_of("reference", reference, [str(name) for name in arms])
    keys = [name for name in frame.columns[: list(frame.columns).index("n")] if name != arm]
    base = frame[frame[arm].astype(str) == reference].set_index(keys)[["n", "N"]]
    others = frame[frame[arm].notna() & (frame[arm].astype(str) != reference)]
    paired = others[[*keys, arm, "n", "N"]].merge(
        base.add_suffix("_reference").reset_index(), on=keys, how="left", validate="many_to_one"
    )
    paired = paired.astype({"n_reference": "Float64", "N_reference": "Float64"}).fillna(
        {"n_reference": 0, "N_reference": 0}
    )
    function, method, sign, words = MEASURES[measure]
    numbers = [paired[name].to_numpy(dtype=np.float64) for name in ("n", "N", "n_reference", "N_reference")]
    lower, upper = (
        function(*numbers, method=method, level=level) if len(paired) else (np.empty(0), np.empty(0))
    )
    shown = paired.astype({"n_reference": "int64", "N_reference": "int64"}).assign(
        contrast=[f"{name} {sign} {reference}" for name in paired[arm]],
        estimate=_estimate(numbers, measure),
        lower=lower,
        upper=upper,
        p_value=_fisher(numbers),
        status=_status(numbers, measure),
    )
    shown = without_interval(shown, np.minimum(numbers[1], numbers[3]) < FEW)
    return Estimates(
        frame=shown.drop(columns=arm),
        title=f"Responders of the arms compared: {words}",
        method=f"{words}; Fisher's exact test",
        level=level,
        notes=(*result.notes, "P values are not adjusted for the number of rows."),
        status="ok" if len(shown) and (shown["status"] == "ok").any() else "no two arms to compare",
        meta={"reference": reference, "measure": measure},
    )


def _estimate(numbers: list[Array], measure: str) -> Array:
    x1, n1, x2, n2 = numbers
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "difference":
            return np.asarray(x1 / n1 - x2 / n2)
        if measure == "ratio":
            return np.asarray((x1 / n1) / (x2 / n2))
        return np.asarray(x1 * (n2 - x2) / (x2 * (n1 - x1)))


def _status(numbers: list[Array], measure: str) -> NDArray[np.object_]:
    """Say which rows have no number: 0/0 is undefined, not 1."""
    x1, n1, x2, n2 = numbers
    nobody = (n1 == 0) | (n2 == 0)
    none, all_of_them = x1 + x2 == 0, (x1 == n1) & (x2 == n2)
    cases = [nobody, none & (measure != "difference"), all_of_them & (measure == "odds_ratio")]
    words = [
        "an arm has nobody to count",
        "no responder in either arm: undefined",
        "everybody responded in both arms: undefined",
    ]
    return np.asarray(np.select(cases, words, default="ok"), dtype=object)


def _fisher(numbers: list[Array]) -> Array:
    """Return the exact P of each table; equal tables are computed once."""
    tables = np.column_stack(numbers).astype(np.int64)
    if not len(tables):
        return np.empty(0)
    distinct, where = np.unique(tables, axis=0, return_inverse=True)
    p = [fisher_p(*map(int, table)) if table[1] and table[3] else np.nan for table in distinct]
    return np.asarray(p)[where.reshape(-1)]
