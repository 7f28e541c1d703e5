"""Number needed to harm: how many patients have to be treated for one more to have the event."""

from __future__ import annotations

import numpy as np

from outcomes.errors import ArgumentError, instance_of
from outcomes.results import Estimates

__all__ = ["number_needed"]


def number_needed(compared: Estimates) -> Estimates:
    """Return the number needed to harm of each risk difference, with its interval.

    Parameters
    ----------
    compared : Estimates
        What `compare_arms` returned for ``measure="difference"``.

    Returns
    -------
    Estimates
        The rows of `compared` with ``kind`` (``harm`` where the first arm has more events, ``benefit``,
        ``none`` at a difference of 0), ``number`` (1 / difference), ``harm_from, harm_to`` and
        ``benefit_from, benefit_to``: the interval has a part on each side where the difference may be 0, and
        then both parts go to infinity.

    Raises
    ------
    ArgumentError
        For anything but a comparison of risks by their difference.

    Notes
    -----
    The limits are the reciprocals of those of the difference. Where these lie on both sides of 0 the interval
    runs from ``1 / upper`` (harm) through infinity to ``1 / -lower`` (benefit): never from one to the other
    through 0 (Altman 1998).

    References
    ----------
    Altman DG. Confidence intervals for the number needed to treat. BMJ 1998;317:1309-1312.
    doi:10.1136/bmj.317.7168.1309

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.models.harm.comparisons import compare_arms
    >>> from outcomes.models.harm.incidence import incidence
    >>> patients = pd.DataFrame({"patient_id": range(81), "arm": ["a"] * 40 + ["b"] * 41})
    >>> events = pd.DataFrame({"patient_id": [*range(5), *range(40, 44)]})
    >>> both = compare_arms(incidence(events, patients, arm="arm"), reference="b", method="newcombe")
    >>> number_needed(both)[["kind", "number", "harm_from", "harm_to", "benefit_from"]].round(1)
       kind  number  harm_from  harm_to  benefit_from
    0  harm    36.4        5.7      inf           8.4
    """
    instance_of("compared", compared, Estimates, hint="give what compare_arms(...) returned")
    if compared.meta.get("measure") != "difference":
        raise ArgumentError(
            "a number needed comes from a difference of risks",
            got=str(compared.meta.get("measure")),
            hint='give what compare_arms(result, reference=..., measure="difference") returned',
        )
    frame = compared.to_frame()
    d, low, high = (frame[c].to_numpy(dtype=np.float64) for c in ("estimate", "lower", "upper"))
    kind = np.select([np.isnan(d), d > 0, d < 0], ["", "harm", "benefit"], default="none")
    frame["kind"] = kind.astype(object)
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["number"] = np.where(d == 0, np.inf, 1 / np.abs(d))
        frame["harm_from"] = np.where(high > 0, 1 / high, np.nan)
        frame["harm_to"] = np.where(high > 0, np.where(low > 0, 1 / low, np.inf), np.nan)
        frame["benefit_from"] = np.where(low < 0, 1 / -low, np.nan)
        frame["benefit_to"] = np.where(low < 0, np.where(high < 0, 1 / -high, np.inf), np.nan)
    columns = [c for c in frame.columns if c not in ("estimate", "lower", "upper", "status")]
    return Estimates(
        frame[[*columns, "status"]],
        title="Number needed to harm",
        method=f"1 / risk difference; {compared.method}",
        level=compared.level,
        notes=compared.notes,
        meta={**compared.meta, "measure": "number_needed"},
    )
