"""Cross products of a model's rows: sums that add up over sites and partitions, and give the exact fit.

For subjects with the same visits a fit needs the data only through the sums ``sum_i z_ij z_ik'`` over rows
``z = (x, y)`` at visits j and k. `products` makes them where the rows are, ``a + b`` adds those of another
part of the data, and `Products.fit` fits the whole: no row leaves its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, instance_of
from outcomes.models.mmrm.fixed_effects import PlainDesign, make_design
from outcomes.models.mmrm.formula import parse
from outcomes.models.mmrm.frame_columns import Roles
from outcomes.models.mmrm.intake import read_table
from outcomes.models.mmrm.levels import level_label
from outcomes.models.mmrm.moments import Source, pattern_sums
from outcomes.models.mmrm.patterns import lay_out
from outcomes.models.mmrm.table_rows import Table

__all__ = ["Products", "products"]

Array = NDArray[np.float64]
#: Covariance group, and which visits are there.
Pattern = tuple[int, tuple[bool, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """Sums of one part of the data; made by `products`, added with ``+``.

    Attributes
    ----------
    formula : str
        The model.
    levels : mapping
        Factors, visits and groups with their levels as text; the same in all parts.
    counts : mapping
        Pattern of visits (group, visits that are there) to its number of subjects.
    n_obs, n_subjects : int
        Rows and subjects in the sums.
    received, excluded : int, mapping
        Rows as given, and those left out by reason.
    """

    formula: str
    roles: Roles
    levels: Mapping[str, tuple[str, ...]]
    visits: tuple[str, ...]
    groups: tuple[str, ...]
    counts: Mapping[Pattern, float]
    sums: Mapping[Pattern, Array]
    moments: Mapping[str, tuple[float, float]]
    cells: Mapping[tuple[int, ...], float]
    n_obs: int
    n_subjects: int
    received: int
    subjects_received: int
    excluded: Mapping[str, int]
    log_weights: float
    largest_response: float

    def __add__(self, other: Products) -> Products:
        """Return the sums of both parts, which hold different subjects.

        Raises
        ------
        ArgumentError
            When the parts are of another model, or of other levels.
        """
        instance_of("other", other, Products, hint="make it with oc.mmrm.products")
        self._check_same(other)
        return replace(
            self,
            counts=_added(self.counts, other.counts),
            sums=_added(self.sums, other.sums),
            moments={n: (a[0] + b[0], a[1] + b[1]) for n, a, b in _pairs(self.moments, other.moments)},
            cells=_added(self.cells, other.cells),
            n_obs=self.n_obs + other.n_obs,
            n_subjects=self.n_subjects + other.n_subjects,
            received=self.received + other.received,
            subjects_received=self.subjects_received + other.subjects_received,
            excluded=_added(self.excluded, other.excluded),
            log_weights=self.log_weights + other.log_weights,
            largest_response=max(self.largest_response, other.largest_response),
        )

    def __radd__(self, other: object) -> Products:
        """Let ``sum([a, b, c])`` start from zero."""
        if other == 0:
            return self
        raise ArgumentError("cross products add up with cross products", got=type(other).__name__)

    def _check_same(self, other: Products) -> None:
        for what in ("formula", "roles"):
            if getattr(self, what) != getattr(other, what):
                raise ArgumentError(
                    f"the parts have another {what}", got=f"{getattr(self, what)!r}, {getattr(other, what)!r}"
                )
        mine, theirs = ({**p.levels, "visit": p.visits, "group": p.groups} for p in (self, other))
        for name, levels in mine.items():
            if levels != theirs.get(name):
                raise ArgumentError(
                    f"the parts have other levels of {name}",
                    got=f"{', '.join(levels)}; {', '.join(theirs.get(name, ()))}",
                    hint="declare the same levels in every part: pd.Categorical(..., categories=[...])",
                )

    def protect(self, fewest: int = 5) -> Products:
        """Return the sums without patterns of fewer subjects than this.

        The sums of one subject are its row: before sums leave a site, patterns of visits that few subjects
        have are withheld, and counted as left out ("pattern withheld"). The fit is then that of the others.
        """
        if not (isinstance(fewest, int) and fewest > 0):
            raise ArgumentError("fewest is a number of subjects", got=repr(fewest), allowed="1, 2, ...")
        kept = {pattern for pattern, count in self.counts.items() if count >= fewest}
        rows = {p: int(count) * sum(p[1]) for p, count in self.counts.items()}
        lost = sum(rows[pattern] for pattern in rows if pattern not in kept)
        if not lost:
            return self
        return replace(
            self,
            counts={p: count for p, count in self.counts.items() if p in kept},
            sums={p: values for p, values in self.sums.items() if p in kept},
            n_obs=self.n_obs - lost,
            n_subjects=int(sum(self.counts[p] for p in kept)),
            excluded=_added(self.excluded, {"pattern withheld": lost}),
        )

    def fit(self, **options: Any) -> Any:
        """Fit the model to the sums; see `outcomes.mmrm` for the options.

        Parameters
        ----------
        **options
            covariance, method, df, fallback: as in `outcomes.mmrm`. The empirical covariances and
            between-within need rows.

        Returns
        -------
        MMRMResult
            The fit of all rows together. What needs rows (fitted values, residuals, counterfactual means)
            is refused.
        """
        from outcomes.models.mmrm.summed_fit import fit_sums

        return fit_sums(self, **options)


def products(
    formula: str,
    data: pd.DataFrame | Iterable[pd.DataFrame],
    *,
    subject: str,
    visit: str,
    group: str | None = None,
    weights: str | None = None,
) -> Products:
    """Return the cross products of a model's rows, to be added to those of other parts and fitted.

    Parameters
    ----------
    formula : str
        As in `outcomes.mmrm`: columns and their products, each interaction with its margins.
    data : DataFrame or iterable of DataFrame
        All rows of some subjects. Columns of categories declare their levels, the same in every part.
    subject, visit, group, weights : str
        As in `outcomes.mmrm`.

    Returns
    -------
    Products
        Sums without any row; ``a + b`` adds them up, ``.fit()`` fits them.

    Raises
    ------
    ArgumentError
        For a formula with expressions, whose columns depend on the whole of the data.

    Notes
    -----
    The fit of added parts is that of all rows to about ten digits. A covariate far from zero for its spread
    (a calendar year) is better centred by the same constant in every part.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(7)
    >>> visits = ["month1", "month2", "month3"]
    >>> data = pd.DataFrame(
    ...     {"patient": np.repeat(np.arange(40), 3), "visit": pd.Categorical(visits * 40, visits),
    ...      "arm": pd.Categorical(np.repeat(["active", "placebo"], 60)), "change": rng.normal(0, 2, 120)}
    ... )
    >>> ask = {"subject": "patient", "visit": "visit"}
    >>> parts = [products("change ~ arm * visit", part, **ask) for part in (data[:57], data[57:])]
    >>> together = sum(parts).fit()
    >>> together.n_subjects, together.status
    (40, 'ok')
    """
    roles = Roles(subject, visit, group, weights, numeric_visit=False)
    parsed = parse(formula)
    table = read_table(parsed, data, roles, keep_levels=True)
    design = make_design(parsed, table) if parsed.plain else None
    if not isinstance(design, PlainDesign):
        raise ArgumentError(
            "cross products need a formula of columns, each interaction with its margins",
            got=repr(formula),
            hint="make columns of the expressions first, the same way in every part",
        )
    layout = lay_out(table)
    source = Source.of(table, design, layout)
    patterns = layout.patterns
    keys = [
        (int(g), tuple(map(bool, present)))
        for g, present in zip(patterns.group, patterns.present, strict=True)
    ]
    return Products(
        formula=formula,
        roles=roles,
        levels={name: factor.labels for name, factor in table.factors.items()},
        visits=tuple(map(level_label, table.visit_levels)),
        groups=tuple(map(level_label, table.group_levels)),
        counts=dict(zip(keys, patterns.count.tolist(), strict=True)),
        sums=dict(zip(keys, pattern_sums(source), strict=True)),
        moments={n: (float(v.sum()), float(v @ v)) for n, v in table.numbers.items()},
        cells=_cells(table),
        n_obs=table.n_obs,
        n_subjects=table.n_subjects,
        received=table.received,
        subjects_received=table.subjects_received,
        excluded=dict(table.excluded),
        log_weights=0.0 if table.weights is None else float(np.log(table.weights).sum()),
        largest_response=table.largest_response,
    )


def _cells(table: Table) -> dict[tuple[int, ...], float]:
    """Return the rows of each combination of levels."""
    codes = [factor.codes for factor in table.factors.values()]
    if not codes:
        return {(): float(table.n_obs)}
    found, count = np.unique(np.stack(codes, axis=1), axis=0, return_counts=True)
    return {tuple(cell): float(n) for cell, n in zip(found.tolist(), count, strict=True)}


def _pairs(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> list[tuple[Any, Any, Any]]:
    if set(one) != set(other):
        raise DataError("a column is numeric in one part and not in another")
    return [(name, one[name], other[name]) for name in one]


def _added(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return both mappings; what both have is added."""
    out = dict(one)
    for key, value in other.items():
        out[key] = out[key] + value if key in out else value
    return out
