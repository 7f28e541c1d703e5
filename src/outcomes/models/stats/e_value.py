"""The E-value: how strong an unmeasured confounder would have to be to explain a contrast away."""

from __future__ import annotations

import numpy as np

from outcomes.errors import ArgumentError

__all__ = ["e_value", "e_value_of_difference"]

#: A standardised difference d stands for a risk ratio of exp(0.91 d), half its interval for 1.78 errors.
PER_SD, LIMIT = 0.91, 1.78


def e_value(ratio: float) -> float:
    """Return the E-value of a risk ratio.

    Parameters
    ----------
    ratio : float
        Above 0; below 1 its inverse is taken.

    Raises
    ------
    ArgumentError
        For a ratio that is not above 0.

    Notes
    -----
    RR + sqrt(RR (RR - 1)) [1]_: with both treatment and outcome an unmeasured confounder would need to be
    associated by a risk ratio of at least this to explain the contrast away; weaker ones could not.

    References
    ----------
    .. [1] VanderWeele TJ, Ding P. Sensitivity analysis in observational research: introducing the E-value.
       Ann Intern Med 2017;167:268-274. https://doi.org/10.7326/M16-2607

    Examples
    --------
    >>> round(e_value(3.9), 2), e_value(1.0)
    (7.26, 1.0)
    """
    if not ratio > 0 or not np.isfinite(ratio):
        raise ArgumentError("ratio is not a risk ratio", got=str(ratio), allowed="above 0")
    larger = max(ratio, 1 / ratio)
    return float(larger + np.sqrt(larger * (larger - 1)))


def e_value_of_difference(difference: float, std_error: float, sd: float) -> tuple[float, float]:
    """Return the E-values of a difference of means, and of the limit of its 95% interval nearer to none.

    Parameters
    ----------
    difference, std_error : float
        Of the means, in one unit.
    sd : float
        Standard deviation of the outcome within arms, in the same unit.

    Notes
    -----
    The difference in standard deviations d stands for a risk ratio exp(0.91 d) with limits
    exp(0.91 d -+ 1.78 se) (the same paper). An interval that holds no difference has an E-value of 1.

    Examples
    --------
    >>> [round(value, 2) for value in e_value_of_difference(-3.0, 1.0, 6.0)]
    [2.53, 1.62]
    """
    d, error = abs(difference) / sd, std_error / sd
    nearer = PER_SD * d - LIMIT * error
    return e_value(float(np.exp(PER_SD * d))), e_value(float(np.exp(nearer))) if nearer > 0 else 1.0
