"""Cross products of a model's rows: sums that add up over sites and partitions, and give the exact fit.

For subjects with the same visits a fit needs the data only through the sums ``sum_i z_ij z_ik'`` over rows
``z = (x, y)`` at visits j and k. `products` makes them where the rows are, ``a + b`` adds those of another
part of the data, and `Products.fit` fits the whole: no row leaves its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, named_path
from outcomes.models.mmrm.addable_parts import refuse_other_parts
from outcomes.models.mmrm.apart import crossed_numbers
from outcomes.models.mmrm.centring import refuse_far
from outcomes.models.mmrm.fixed_effects import PlainDesign, make_design
from outcomes.models.mmrm.formula import parse
from outcomes.models.mmrm.frame_columns import Roles
from outcomes.models.mmrm.intake import read_table
from outcomes.models.mmrm.levels import level_label
from outcomes.models.mmrm.moments import Source, pattern_sums
from outcomes.models.mmrm.pattern_facts import PatternFacts, facts_of_rows
from outcomes.models.mmrm.patterns import Layout, lay_out
from outcomes.models.mmrm.table_rows import Table

__all__ = ["Products", "products"]

Array = NDArray[np.float64]
#: Covariance group, and which visits are there.
Pattern = tuple[int, tuple[bool, ...]]
FIT_OPTIONS = ("covariance", "method", "df", "fallback")


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
    parts : frozenset of str
        A random name of each part that was added up; its file has it too. No part is added twice.
    """

    formula: str
    roles: Roles
    levels: Mapping[str, tuple[str, ...]]
    visits: tuple[str, ...]
    groups: tuple[str, ...]
    counts: Mapping[Pattern, float]
    sums: Mapping[Pattern, Array]
    facts: Mapping[Pattern, PatternFacts]
    n_obs: int
    n_subjects: int
    received: int
    subjects_received: int
    excluded: Mapping[str, int]
    largest_response: float
    parts: frozenset[str] = frozenset()

    def __add__(self, other: Products) -> Products:
        """Return the sums of both parts, which hold different subjects.

        Raises
        ------
        ArgumentError
            When the parts are of another model, or of other levels.
        """
        instance_of("other", other, Products, hint="make it with oc.mmrm.products")
        refuse_other_parts(self, other)
        return replace(
            self,
            counts=_added(self.counts, other.counts),
            sums=_added(self.sums, other.sums),
            facts=_added(self.facts, other.facts),
            n_obs=self.n_obs + other.n_obs,
            n_subjects=self.n_subjects + other.n_subjects,
            received=self.received + other.received,
            subjects_received=self.subjects_received + other.subjects_received,
            excluded=_added(self.excluded, other.excluded),
            largest_response=max(self.largest_response, other.largest_response),
            parts=self.parts | other.parts,
        )

    def __radd__(self, other: object) -> Products:
        """Let ``sum([a, b, c])`` start from zero."""
        if other == 0:
            return self
        raise ArgumentError("cross products add up with cross products", got=type(other).__name__)

    @property
    def together(self) -> PatternFacts:
        """The facts of all patterns."""
        every = list(self.facts.values())
        return sum(every[1:], every[0])

    def protect(self, fewest: int = 5) -> Products:
        """Return the sums that may leave a site: without patterns that few subjects have.

        The sums of one subject are its row, and so are those of the only subject with a level, or with a
        number that stands out (1 where all others have 0; a hundred times as far out as the others). So a
        pattern of visits is withheld when it has fewer subjects than `fewest`, or when any combination of
        levels in it has some and fewer, or when some and fewer stand out at any visit: in a numeric column,
        the response or the weights, in a product of the formula, or in what two columns differ by. Its rows
        are counted as left out ("pattern withheld"); nothing of them is left in any sum. The fit is then
        that of the others.

        Raises
        ------
        ArgumentError
            For a `fewest` below 2, and when nothing is left.
        """
        if not (isinstance(fewest, int) and fewest > 1):
            raise ArgumentError("fewest is a number of subjects", got=repr(fewest), allowed="2, 3, ...")
        kept = {
            pattern
            for pattern, count in self.counts.items()
            if count >= fewest and self.facts[pattern].fewest >= fewest
        }
        if not kept:
            raise ArgumentError(
                "every pattern of visits has too few subjects: nothing may leave the site",
                got=f"{self.n_subjects} subjects",
                allowed=f"{fewest} or more with each combination of levels, and with numbers that stand out",
            )
        rows = {p: int(count) * sum(p[1]) for p, count in self.counts.items()}
        lost = sum(rows[pattern] for pattern in rows if pattern not in kept)
        return replace(
            self,
            largest_response=_root_mean_square({p: self.sums[p] for p in kept}, self.n_obs - lost),
            facts={p: facts for p, facts in self.facts.items() if p in kept},
            counts={p: count for p, count in self.counts.items() if p in kept},
            sums={p: values for p, values in self.sums.items() if p in kept},
            n_obs=self.n_obs - lost,
            n_subjects=int(sum(self.counts[p] for p in kept)),
            excluded=_added(self.excluded, {"pattern withheld": lost} if lost else {}),
        )

    def write(self, path: str | Path, *, fewest: int = 5) -> Path:
        """Write what may leave the site, `protect(fewest)`, as a file of JSON; nothing else is ever written.

        Parameters
        ----------
        path : str or Path
            The file.
        fewest : int
            As in `protect`.
        """
        from outcomes.models.mmrm.products_file import write_products

        return write_products(self.protect(fewest), named_path("path", path))

    @staticmethod
    def read(path: str | Path) -> Products:
        """Read the sums that a site has written with `write`.

        Raises
        ------
        DataError
            When the file holds something else.
        """
        from outcomes.models.mmrm.products_file import read_products

        return Products(**read_products(named_path("path", path)))

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

        unknown = [name for name in options if name not in FIT_OPTIONS]
        if unknown:
            raise ArgumentError(
                "a fit of sums has no such option",
                got=", ".join(unknown),
                allowed=", ".join(FIT_OPTIONS),
                hint="the empirical covariances need the rows: oc.mmrm",
            )
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
        Sums without any row; ``a + b`` adds them up, ``.fit()`` fits them. Of data without a complete row
        they are zero.

    Raises
    ------
    ArgumentError
        For a formula with expressions, whose columns depend on the whole of the data.
    DataError
        For a number too far from zero for its spread.

    Notes
    -----
    The fit of added parts is that of all rows to about ten digits. A number far from zero for its spread (a
    calendar year) leaves fewer, and the fit says so; it is better centred by the same constant in every part.
    One whose mean is more than 100,000 of its standard deviations is refused.

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
    if table.n_obs:
        refuse_far(table)
    by_visit = visit in table.factors
    counts, sums, facts = _by_pattern(table, design, by_visit=by_visit) if table.n_obs else ({}, {}, {})
    return Products(
        formula=formula,
        roles=roles,
        levels={name: factor.labels for name, factor in table.factors.items()},
        visits=tuple(map(level_label, table.visit_levels)),
        groups=tuple(map(level_label, table.group_levels)),
        counts=counts,
        sums=sums,
        facts=facts,
        n_obs=table.n_obs,
        n_subjects=table.n_subjects,
        received=table.received,
        subjects_received=table.subjects_received,
        excluded=dict(table.excluded),
        largest_response=table.largest_response,
        parts=frozenset([uuid4().hex]),
    )


def _by_pattern(
    table: Table, design: PlainDesign, *, by_visit: bool
) -> tuple[dict[Pattern, float], dict[Pattern, Array], dict[Pattern, PatternFacts]]:
    """Return subjects, sums and facts of each pattern of visits."""
    layout = lay_out(table)
    patterns = layout.patterns
    keys = [
        (int(g), tuple(map(bool, present)))
        for g, present in zip(patterns.group, patterns.present, strict=True)
    ]
    sums = pattern_sums(Source.of(table, design, layout))
    return (
        dict(zip(keys, patterns.count.tolist(), strict=True)),
        dict(zip(keys, sums, strict=True)),
        _facts(table, design, layout, keys, by_visit=by_visit),
    )


def _facts(
    table: Table, design: PlainDesign, layout: Layout, keys: list[Pattern], *, by_visit: bool
) -> dict[Pattern, PatternFacts]:
    """Return the facts of each pattern, from the rows of its subjects."""
    of_row = np.repeat(layout.pattern, np.diff(layout.subject_start))
    crossed = crossed_numbers(design)
    return {
        key: facts_of_rows(table, layout.order[of_row == number], crossed, by_visit=by_visit)
        for number, key in enumerate(keys)
    }


def _root_mean_square(sums: Mapping[Pattern, Array], rows: int) -> float:
    """Return the size of the responses: of one of them nothing may be told."""
    total = 0.0
    for values in sums.values():
        width = int((np.sqrt(8 * len(values) + 1) - 1) / 2)
        j, k = np.triu_indices(width)
        total += float(values[j == k][:, -1].sum())
    return float(np.sqrt(total / rows))


def _added(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return both mappings; what both have is added."""
    out = dict(one)
    for key, value in other.items():
        out[key] = out[key] + value if key in out else value
    return out
