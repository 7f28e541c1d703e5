"""A fitted model as the rest of the room sees it: the arrays, their names and what must be said of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError
from outcomes.models.mmrm.fit import Fitted
from outcomes.models.mmrm.fixed_effects import INTERCEPT, Design
from outcomes.models.mmrm.frame_columns import Roles
from outcomes.models.mmrm.inference import Inference
from outcomes.models.mmrm.levels import level_label
from outcomes.models.mmrm.margins import MarginGrid
from outcomes.models.mmrm.options import STRUCTURE_NAMES, Options
from outcomes.models.mmrm.patterns import Layout
from outcomes.models.mmrm.table_rows import Table
from outcomes.results import Estimates

__all__ = ["Model"]

Array = NDArray[np.float64]

#: Below this number of subjects the choice of degrees of freedom can decide what a test says.
FEW_SUBJECTS = 30
#: L is estimable when it agrees on the aliased columns to this share of its size.
ESTIMABLE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything behind a result.

    Parameters
    ----------
    formula : str
        As it was given.
    options : Options
        How it was fitted.
    roles : Roles
        Columns beside the formula.
    table, layout, design
        The data.
    inference : Inference
        The fit with its tests.
    grid : MarginGrid
        For marginal means.
    """

    formula: str
    options: Options
    roles: Roles
    table: Table
    layout: Layout
    design: Design
    inference: Inference
    grid: MarginGrid

    @property
    def fitted(self) -> Fitted:
        """The optimum."""
        return self.inference.fitted

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the estimated columns."""
        return tuple(self.design.names[i] for i in self.fitted.basis.kept)

    @property
    def aliased(self) -> tuple[str, ...]:
        """Names of the columns that the estimated ones determine."""
        return tuple(self.design.names[i] for i in self.fitted.basis.aliased)

    @property
    def theta(self) -> Array:
        """Covariance parameters."""
        return self.fitted.optimum.state.theta

    def matrices(self) -> Array:
        """Return the groups' covariance matrices over the visits."""
        return self.fitted.likelihood.covariance.matrices(self.theta)

    def estimable(self, rows: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Return rows over all columns as L over the estimated ones, and which the data can estimate."""
        basis = self.fitted.basis
        kept, aliased = rows[:, basis.kept], rows[:, basis.aliased]
        gap = np.abs(kept @ basis.alias_of - aliased)
        return kept, (gap <= ESTIMABLE * (1 + np.abs(rows).max(initial=0.0))).all(1)

    def need_rows(self, what: str) -> None:
        """Refuse what is made of rows when there are only sums of them.

        Raises
        ------
        ArgumentError
            When the fit was made of cross products.
        """
        if not self.table.has_rows:
            raise ArgumentError(
                f"the rows of the data are needed for {what}",
                got="a fit of cross products, which hold sums only",
                hint="ask for it from a fit of the rows, where they are kept",
            )

    def design_root(self) -> Array:
        """Return R (p, p) with R'R the products X'X of the estimated columns, each row of the data once."""
        transform = self.fitted.basis.transform
        size = np.linalg.norm(transform, axis=1)  # the columns' units
        inverse = np.asarray(np.linalg.inv(transform / size[:, None]) / size)
        if self.table.weights is None:
            return inverse
        self.need_rows("a Type II test of a weighted fit")
        kept, total = self.fitted.basis.kept, np.zeros((len(self.terms), len(self.terms)))
        for low in range(0, len(self.table.response), 200_000):
            x = self.design.rows(slice(low, low + 200_000))[:, kept] @ transform
            total += x.T @ x
        upper = np.asarray(np.linalg.cholesky(total).T)
        return np.asarray(upper @ inverse)

    def constant(self) -> Array | None:
        """Return the coefficients of the estimated columns that give one everywhere, when there are such."""
        levels = self.design.levels
        if INTERCEPT in self.terms:
            return np.asarray(np.eye(len(self.terms))[self.terms.index(INTERCEPT)])
        for name in levels:  # a factor that is coded in full adds up to one
            columns = [i for i, c in enumerate(self.fitted.basis.kept) if c in self._full_columns(name)]
            if len(columns) == len(levels[name]):
                return np.asarray(np.isin(np.arange(len(self.terms)), columns), dtype=np.float64)
        return None

    def _full_columns(self, name: str) -> tuple[int, ...]:
        return self.design.term_columns.get(name, ())

    def first_level(self, name: str) -> str:
        """Return the first level of a factor as text."""
        return level_label(self.design.levels[name][0])

    def standard_deviations(self) -> Array:
        """Return the standard deviation of each row of the table."""
        place = (
            self.table.visit if self.table.visit_levels else np.zeros(len(self.table.visit), dtype=np.intp)
        )
        variance = self.matrices()[self.table.group, place, place]
        weights = self.table.weights
        return np.asarray(np.sqrt(variance if weights is None else variance / weights))

    @property
    def status(self) -> str:
        """Say "ok", or which structure took the place of the one asked for."""
        failed = [f"{a.covariance}: {a.problem}" for a in self.fitted.attempts if not a.converged]
        parts = [f"fallback to {self.fitted.structure} ({'; '.join(failed)})"] if failed else []
        parts += [self.inference.remark] if self.inference.remark else []
        return "; ".join(parts) or "ok"

    @property
    def method_line(self) -> str:
        """Method in one line, as it stands under every table."""
        groups = len(self.table.group_levels)
        of_groups = f" for {groups} groups" if groups > 1 else ""
        parts = [
            f"MMRM by {self.options.method.upper()}",
            f"{STRUCTURE_NAMES[self.fitted.structure]} covariance{of_groups}",
            f"{self.inference.method} degrees of freedom",
        ]
        if self.options.vcov != "model":
            parts.append(f"{self.options.vcov} covariance of the coefficients")
        if self.roles.weights:
            parts.append(f"weights {self.roles.weights}")
        return ", ".join(parts)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: exclusions, dropped columns, fallbacks."""
        table = self.table
        out = [f"{n} of {table.received} rows left out: {why}" for why, n in table.excluded.items()]
        out += table.notes
        if self.aliased:
            out.append(f"columns left out because others determine them: {', '.join(self.aliased)}")
        if self.status != "ok":
            out.append(self.status)
        if self.fitted.optimum.frozen.any():
            out.append(
                "the correlation between times is estimated as zero, the end of its range: the "
                "rows of a subject are treated as unrelated"
            )
        if table.n_subjects < FEW_SUBJECTS:
            out.append(
                f"{table.n_subjects} subjects: the choice of degrees of freedom can decide a test; "
                "show a second method alongside this one"
            )
        return tuple(out)

    def wrap(self, frame: pd.DataFrame, title: str, level: float | None, *notes: str) -> Estimates:
        """Return a frame with the model's method, notes and status beside it."""
        return Estimates(
            frame,
            title,
            self.method_line,
            level=level,
            notes=(*notes, *self.notes),
            status=self.status,
            meta={
                "n_subjects": self.table.n_subjects,
                "nobs": self.table.n_obs,
                "formula": self.formula,
                "covariance": self.fitted.structure,
                "df_method": self.inference.method,
            },
        )
