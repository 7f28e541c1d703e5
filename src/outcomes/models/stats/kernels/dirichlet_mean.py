"""The distribution of a mean with uniform random weights, by its characteristic function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["quantile", "share_below"]

Array = NDArray[np.float64]
#: A place, and the share below it less the share that is looked for.
Point = tuple[float, float]

#: The trapezoidal rule on the log scale begins and ends where the integrand is below exp(-this).
NOTHING = 34.0
#: Step of the rule times (values + 40): its error falls as exp(-2 pi / step) and grows as 1.9^values.
STEP_TIMES = 4.0


def share_below(values: Array, at: float) -> float:
    """Return P(sum D_i c_i <= at) for D uniform on the simplex (Dirichlet with ones), c = values.

    With E_i independent standard exponentials it is P(sum E_i (c_i - at) <= 0), and by Imhof's inversion
    1/2 - 1/pi int_0^inf sin(sum arctan(a_i u)) / (u prod (1 + a_i^2 u^2)^(1/2)) du, a_i = c_i - at.

    References
    ----------
    Imhof JP. Computing the distribution of quadratic forms in normal variables.
    Biometrika 1961;48:419-426. doi:10.1093/biomet/48.3-4.419
    """
    away = values - at
    if (away <= 0).all() or (away > 0).all():
        return float((away <= 0).all())
    step = STEP_TIMES / (len(values) + 40)
    away = away[away != 0] / np.abs(away).max()
    end = (NOTHING - np.log(np.abs(away)).sum()) / len(away)
    scaled = np.outer(np.exp(np.arange(-NOTHING, end + step, step)), away)
    angle = np.arctan(scaled).sum(axis=1)
    size = np.exp(-0.5 * np.log1p(scaled**2).sum(axis=1))
    return float(np.clip(0.5 - step / np.pi * (np.sin(angle) * size).sum(), 0.0, 1.0))


def quantile(values: Array, p: float, *, precise: float) -> float:
    """Return c with P(sum D_i c_i <= c) = p, to within `precise`, for values that are not all alike.

    Chandrupatla's method: inverse quadratic steps where they are safe, else halves. `scipy.optimize` has it
    too, but loads for a quarter of a second, and the first number of a study needs nothing else of it.

    References
    ----------
    Chandrupatla TR. A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
    without using derivatives. Adv Eng Softw 1997;28:145-149. doi:10.1016/S0965-9978(96)00051-8
    """
    here, there = (float(values.max()), 1 - p), (float(values.min()), -p)
    precise = max(precise, 4 * float(np.spacing(np.abs(values).max())))  # a float holds no less
    step = 0.5
    while True:
        at = here[0] + step * (there[0] - here[0])
        new = (at, share_below(values, at) - p)
        last, there = (here, there) if (new[1] > 0) == (here[1] > 0) else (there, here)
        here = new
        near = min(here, there, key=lambda point: abs(point[1]))
        least = precise / abs(there[0] - here[0])
        if least > 0.5 or near[1] == 0:
            return near[0]
        step = min(max(_step(here, there, last), least), 1 - least)


def _step(here: Point, there: Point, last: Point) -> float:
    """Return how far to go from here to there: to the zero of a parabola through three points, or half."""
    (a, at_a), (b, at_b), (c, at_c) = here, there, last
    along, up = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
    if not (up**2 < along and (1 - up) ** 2 < 1 - along):
        return 0.5
    first = at_a / (at_b - at_a) * at_c / (at_b - at_c)
    return first + (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
