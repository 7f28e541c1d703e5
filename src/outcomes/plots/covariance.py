"""The covariance over the visits as a map with its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from outcomes.errors import ArgumentError, one_of
from outcomes.plots.describe import remember
from outcomes.plots.style import BLUE, VERMILION, axes_or_new, calm
from outcomes.plots.words import amount, plural

__all__ = ["covariance"]

_HINT = "give a fit of oc.mmrm, or its covariance"
#: Correlations from -1 over 0 to 1: two hues that both get darker away from 0; the sign stands in the cell.
_COLOURS = LinearSegmentedColormap.from_list("correlation", [VERMILION, "#ffffff", BLUE])
#: Above this correlation white stands out more on the cell than black.
_DARK = 0.93
#: Share of the diagonal below which an asymmetry is rounding.
_SYMMETRIC = 1e-8


def covariance(
    result: Any,
    *,
    ax: Axes | None = None,
    group: str | None = None,
    numbers: str = "covariance",
) -> Axes:
    """Draw a cell for each pair of visits: the shade is the correlation, the number what is asked for.

    Parameters
    ----------
    result : MMRMResult or DataFrame
        A fit, or a square frame whose rows and columns are the visits.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    group : str, optional
        Which group's, when the fit has a covariance for each.
    numbers : {"covariance", "correlation"}
        What is written in the cells below the diagonal. The diagonal shows the standard deviation.

    Returns
    -------
    Axes
        An image with numbers in its cells, the upper half left blank.

    Raises
    ------
    ArgumentError
        When there is no square, symmetric matrix with positive variances.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> matrix = pd.DataFrame([[4.0, 3.0], [3.0, 9.0]], index=["days 1-28", "days 29-56"],
    ...                       columns=["days 1-28", "days 29-56"])
    >>> plots.describe(plots.covariance(matrix))
    'Covariance over 2 visits. Standard deviations: days 1-28 2.0, days 29-56 3.0. Correlations \
from 0.50 to 0.50.'
    """
    one_of("numbers", numbers, ("covariance", "correlation"))
    matrix = _matrix(result, group)
    values = matrix.to_numpy(float)
    sd = np.sqrt(np.diag(values))
    correlation = values / np.outer(sd, sd)
    names = [str(name) for name in matrix.index]
    ax = axes_or_new(ax, height=1.1 + 0.5 * len(names), width=max(3.2, 1.8 + 0.66 * len(names)))
    upper = np.triu(np.ones_like(values, dtype=bool), 1)
    ax.imshow(np.ma.array(correlation, mask=upper), cmap=_COLOURS, vmin=-1, vmax=1, aspect="auto")
    for row, column in zip(*np.tril_indices(len(names)), strict=True):
        shown = values[row, column] if numbers == "covariance" else correlation[row, column]
        text = f"SD {sd[row]:.3g}" if row == column else f"{shown:.3g}".replace("-", "\N{MINUS SIGN}")
        ink = "white" if correlation[row, column] > _DARK else "black"
        ax.text(float(column), float(row), text, ha="center", va="center", fontsize=8, color=ink)
    calm(ax, grid=None, x=f"shade: correlation, white = 0\nbelow the diagonal: {numbers}")
    ax.set_xticks(range(len(names)), names, rotation=30 if len(names) > 3 else 0,
                  ha="right" if len(names) > 3 else "center", fontsize=8)  # fmt: skip
    ax.set_yticks(range(len(names)), names, fontsize=8)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return remember(ax, _words(names, sd, correlation, upper))


def _matrix(result: Any, group: str | None) -> pd.DataFrame:
    """Return the one square frame, checked."""
    found = result if isinstance(result, pd.DataFrame) else getattr(result, "covariance", None)
    if isinstance(found, dict):
        if group is None:
            raise ArgumentError(
                "the fit has several groups", got="no group", allowed=", ".join(map(str, found))
            )
        found = found[one_of("group", group, [str(name) for name in found])]
    if not isinstance(found, pd.DataFrame) or found.shape[0] != found.shape[1] or found.empty:
        got = str(found.shape) if isinstance(found, pd.DataFrame) else type(result).__name__
        raise ArgumentError("covariance draws a square matrix", got=got, hint=_HINT)
    values = found.to_numpy(float)
    wrong = not np.isfinite(values).all() or (np.diag(values) <= 0).any()
    if wrong or np.abs(values - values.T).max() > _SYMMETRIC * np.diag(values).max():
        raise ArgumentError(
            "covariance draws a symmetric matrix with variances above 0", got="another one", hint=_HINT
        )
    return found


def _words(names: list[str], sd: np.ndarray, correlation: np.ndarray, upper: np.ndarray) -> str:
    spreads = ", ".join(f"{name} {amount(value)}" for name, value in zip(names, sd, strict=True))
    said = f"Covariance over {plural(len(names), 'visit')}. Standard deviations: {spreads}."
    if upper.any():
        apart = correlation[upper]
        said += f" Correlations from {amount(apart.min(), 2)} to {amount(apart.max(), 2)}."
    return said
