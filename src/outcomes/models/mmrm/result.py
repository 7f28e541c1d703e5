"""The result of a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, suggest
from outcomes.models.mmrm.columns import level_label
from outcomes.models.mmrm.contrasts import contrast_matrix
from outcomes.models.mmrm.design import Design
from outcomes.models.mmrm.fit import Attempt, Fitted
from outcomes.models.mmrm.inference import Inference, Tested
from outcomes.models.mmrm.intake import Roles, Table
from outcomes.models.mmrm.margins import MarginGrid, Margins, marginal_rows
from outcomes.models.mmrm.options import STRUCTURE_NAMES, Options
from outcomes.models.mmrm.patterns import Layout
from outcomes.models.mmrm.predict import predict_frame
from outcomes.models.mmrm.robust import fitted_values, normalised_residuals
from outcomes.results import Estimates

__all__ = ["MMRMResult"]

Array = NDArray[np.float64]

_NUMBERS = ("estimate", "std_error", "df", "statistic", "p_value", "lower", "upper")
RESIDUALS = ("response", "pearson", "normalized")
#: Below this number of subjects the choice of degrees of freedom can decide what a test says.
FEW_SUBJECTS = 30


@dataclass(frozen=True, slots=True, eq=False)
class MMRMResult:
    """A fitted mixed model for repeated measures; made by `mmrm`.

    Attributes
    ----------
    params, bse, df, tvalues, pvalues : Series
        Coefficients by name of the design's column, with standard error, degrees of freedom, t and
        two-sided P.
    covariance : DataFrame or dict of DataFrame
        Covariance over the visits; by group when there are groups; of two times one unit apart for
        ``sp_exp``.
    llf, aic, aicc, bic : float
        (Restricted) log likelihood and criteria; only covariance parameters are counted, BIC takes the
        log of the number of subjects, as the R package mmrm and SAS PROC MIXED do under REML.
    converged : bool
        Always true: a fit that does not converge raises `ModelError`.
    status : str
        "ok", or which structure was fitted instead of the one asked for and why.
    nobs, n_subjects : int
        Rows and subjects used.
    aliased : tuple of str
        Columns left out because others determine them.
    """

    formula: str
    options: Options
    _roles: Roles
    _table: Table
    _layout: Layout
    _design: Design
    _inference: Inference
    _grid: MarginGrid
    _tested: Tested = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tested", self._inference.rows(np.eye(len(self._inference.beta))))

    # --- coefficients ------------------------------------------------------------------------------

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the estimated columns."""
        return tuple(self._design.names[i] for i in self._fitted.basis.kept)

    @property
    def aliased(self) -> tuple[str, ...]:
        """Names of the columns that the estimated ones determine."""
        return tuple(self._design.names[i] for i in self._fitted.basis.aliased)

    @property
    def factor_levels(self) -> dict[str, tuple[Any, ...]]:
        """Factors of the formula with their levels in order."""
        return dict(self._design.levels)

    @property
    def params(self) -> pd.Series:
        """Coefficients."""
        return self._series(self._tested.estimate, "estimate")

    @property
    def bse(self) -> pd.Series:
        """Standard errors."""
        return self._series(self._tested.std_error, "std_error")

    @property
    def df(self) -> pd.Series:
        """Degrees of freedom of each coefficient's t."""
        return self._series(self._tested.df, "df")

    @property
    def tvalues(self) -> pd.Series:
        """T statistics."""
        return self._series(self._tested.statistic, "statistic")

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided P values."""
        return self._series(self._tested.p_value, "p_value")

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Return confidence limits of the coefficients, columns lower and upper."""
        lower, upper = self._tested.limits(1 - _share("alpha", alpha))
        return pd.DataFrame({"lower": lower, "upper": upper}, index=pd.Index(self.terms, name="term"))

    def cov_params(self) -> pd.DataFrame:
        """Return the covariance of the coefficients that the tests use."""
        return self._square(self._inference.vcov)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a coefficient: term, estimate, std_error, df, statistic, p_value, limits."""
        return pd.DataFrame({"term": self.terms} | _columns(self._tested, 0.95))

    # --- the fit -----------------------------------------------------------------------------------

    @property
    def covariance(self) -> Any:
        """Covariance over the visits, a frame, or a frame by group."""
        labels = [level_label(v) for v in self._table.visit_levels] or ["0", "1"]
        index = pd.Index(labels, name=self._roles.visit)
        matrices = self._fitted.likelihood.covariance.matrices(self.theta)
        frames = [pd.DataFrame(matrix, index=index, columns=index) for matrix in matrices]
        if self._roles.group is None:
            return frames[0]
        names = [level_label(v) for v in self._table.group_levels]
        return dict(zip(names, frames, strict=True))

    @property
    def theta(self) -> Array:
        """Covariance parameters as the R package mmrm defines them."""
        return self._fitted.optimum.state.theta.copy()

    @property
    def theta_vcov(self) -> Array:
        """Inverse of the observed information of theta."""
        return self._fitted.theta_vcov

    @property
    def llf(self) -> float:
        """(Restricted) log likelihood."""
        return -0.5 * self._fitted.minus2_log_lik

    @property
    def aic(self) -> float:
        """Akaike criterion with the covariance parameters counted."""
        return self._fitted.minus2_log_lik + 2.0 * len(self.theta)

    @property
    def aicc(self) -> float:
        """Corrected Akaike criterion."""
        k = len(self.theta)
        m = max(k + 2, self.nobs - len(self._inference.beta))
        return self._fitted.minus2_log_lik + 2.0 * k * m / (m - k - 1)

    @property
    def bic(self) -> float:
        """Bayesian criterion with the log of the number of subjects."""
        return self._fitted.minus2_log_lik + len(self.theta) * float(np.log(self.n_subjects))

    @property
    def converged(self) -> bool:
        """Small gradient and positive definite information."""
        return self._fitted.optimum.converged

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every covariance structure that was tried, in order."""
        return self._fitted.attempts

    @property
    def covariance_type(self) -> str:
        """Structure that was fitted."""
        return self._fitted.structure

    @property
    def df_method(self) -> str:
        """Method of the degrees of freedom."""
        return self._inference.method

    @property
    def status(self) -> str:
        """Say "ok", or which structure took the place of the one asked for."""
        failed = [f"{a.covariance}: {a.problem}" for a in self.attempts if not a.converged]
        parts = [f"fallback to {self.covariance_type} ({'; '.join(failed)})"] if failed else []
        parts += [self._inference.remark] if self._inference.remark else []
        return "; ".join(parts) or "ok"

    @property
    def nobs(self) -> int:
        """Rows used."""
        return len(self._table.response)

    @property
    def n_subjects(self) -> int:
        """Subjects with a row used."""
        return self._table.n_subjects

    @property
    def rows(self) -> dict[str, int]:
        """Rows received, used, and left out by reason."""
        return {"received": self._table.received, "used": self.nobs} | self._table.excluded

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: exclusions, dropped columns, fallbacks."""
        table = self._table
        out = [f"{n} of {table.received} rows left out: {why}" for why, n in table.excluded.items()]
        out += table.notes
        if self.aliased:
            out.append(f"columns left out because others determine them: {', '.join(self.aliased)}")
        if self.status != "ok":
            out.append(self.status)
        if self.n_subjects < FEW_SUBJECTS:
            out.append(
                f"{self.n_subjects} subjects: the choice of degrees of freedom can decide a test; "
                "show a second method beside this one"
            )
        return tuple(out)

    def glance(self) -> pd.DataFrame:
        """Return one row about the fit."""
        facts = {
            "formula": self.formula,
            "covariance": self.covariance_type,
            "method": self.options.method,
            "df_method": self.df_method,
            "vcov": self.options.vcov,
            "nobs": self.nobs,
            "n_subjects": self.n_subjects,
            "n_visits": len(self._table.visit_levels) or self._layout.patterns.present.shape[1],
            "n_groups": len(self._table.group_levels),
            "n_theta": len(self.theta),
            "llf": self.llf,
            "aic": self.aic,
            "aicc": self.aicc,
            "bic": self.bic,
            "converged": self.converged,
            "status": self.status,
        }
        return pd.DataFrame([facts])

    # --- marginal means and tests --------------------------------------------------------------------

    def emmeans(
        self,
        factor: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        weights: str = "equal",
        *,
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
    ) -> Estimates:
        """Return marginal (least squares) means.

        Parameters
        ----------
        factor : str or sequence of str
            Factors whose means are asked for.
        by : str or sequence of str, optional
            Factors within whose levels they are.
        weights : {"equal", "proportional"}
            How the other factors are averaged over: every level alike, or by the share of rows.
        at : mapping, optional
            Covariate to value (else its mean over the rows used); factor to the levels to keep.
        level : float
            Confidence level.

        Returns
        -------
        Estimates
            Levels, estimate, std_error, df, statistic, p_value, lower, upper.
        """
        margins = marginal_rows(self._grid, factor, by, weights, at)
        axes = (*margins.by, *margins.factors)
        combos = margins.combinations(axes)
        named = {name: [combo[i] for combo in combos] for i, (name, _) in enumerate(axes)}
        order = [name for name, _ in margins.factors] + [name for name, _ in margins.by]
        return self._estimates(
            {name: named[name] for name in order},
            margins.matrix,
            f"Marginal means of {_response_name(self.formula)}",
            margins,
            weights,
            level,
        )

    def contrasts(
        self,
        factor: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        method: str | None = None,
        ref: Any = None,
        *,
        coefs: Mapping[str, Any] | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
    ) -> Estimates:
        """Return contrasts of marginal means.

        Parameters
        ----------
        factor : str or sequence of str
            Factors whose levels are compared.
        by : str or sequence of str, optional
            Factors within whose levels they are. Without it the other factors, the visit too, are
            averaged over: the mean over the periods.
        method : {"pairwise", "reference", "consecutive", "custom"}
            Every pair (later level minus earlier, or minus `ref`), each level minus `ref`, each minus the
            one before, or `coefs`. Default: reference with `ref`, custom with `coefs`, else pairwise.
        ref : optional
            Level to compare with.
        coefs : mapping, optional
            Label to coefficients, a mapping of levels or one number a level.
        weights, at, level
            As in `emmeans`.

        Returns
        -------
        Estimates
            contrast ("active - placebo"), by-levels, estimate, std_error, df, statistic, p_value, limits.
        """
        if method is None:
            method = "custom" if coefs is not None else "pairwise" if ref is None else "reference"
        margins = marginal_rows(self._grid, factor, by, weights, at)
        labels, matrix = contrast_matrix(margins, method, ref, coefs)
        outer = margins.combinations(margins.by)
        blocks = margins.matrix.reshape(len(outer), matrix.shape[1], -1)
        rows = (matrix @ blocks).reshape(-1, margins.matrix.shape[1])
        named: dict[str, list[Any]] = {"contrast": labels * len(outer)}
        for i, (name, _) in enumerate(margins.by):
            named[name] = [combo[i] for combo in outer for _ in labels]
        title = f"Differences of marginal means of {_response_name(self.formula)}"
        return self._estimates(named, rows, title, margins, weights, level)

    def test(self, matrix: Any, *, labels: Sequence[str] | None = None, level: float = 0.95) -> Estimates:
        """Test rows of L one by one.

        Parameters
        ----------
        matrix : array_like or DataFrame
            One column a coefficient in the order of `terms`; a frame's columns are matched by name.
        labels : sequence of str, optional
            Names of the rows.
        level : float
            Confidence level.
        """
        full = self._read_matrix(matrix)
        names = list(labels) if labels is not None else [f"L{i + 1}" for i in range(len(full))]
        if len(names) != len(full):
            raise ArgumentError("labels= needs one name a row", got=f"{len(names)} for {len(full)} rows")
        tested = self._inference.rows(full)
        frame = pd.DataFrame({"contrast": names} | _columns(tested, _share("level", level)))
        return self._wrap(frame, "Linear combinations of coefficients", level, ())

    def joint_test(self, what: Any) -> Estimates:
        """Test several coefficients or linear combinations together by F.

        Parameters
        ----------
        what : str, sequence of str, array_like or DataFrame
            Terms of the formula ("arm:visit"), names of coefficients, or L with one column a coefficient.

        Returns
        -------
        Estimates
            term, num_df, df (denominator), statistic (F), p_value.
        """
        if isinstance(what, str) or (
            not isinstance(what, (pd.DataFrame, np.ndarray)) and all(isinstance(w, str) for w in what)
        ):
            names = [what] if isinstance(what, str) else list(what)
            matrix = self._select(names)
            label = ", ".join(names)
        else:
            matrix, label = self._read_matrix(what), "L"
        joint = self._inference.joint(matrix)
        row = {
            "term": label,
            "num_df": float(joint.num_df),
            "df": joint.df,
            "statistic": joint.statistic,
            "p_value": joint.p_value,
        }
        return self._wrap(pd.DataFrame([row]), "Joint F test", None, ())

    # --- rows ----------------------------------------------------------------------------------------

    @property
    def fittedvalues(self) -> pd.Series:
        """Fitted means of the rows used, by the labels of the data."""
        values = fitted_values(self._design, self._table, self._inference.beta, self._fitted.basis.kept)
        return pd.Series(values, index=self._table.index[self._table.used], name="fitted")

    def resid(self, kind: str = "response") -> pd.Series:
        """Return residuals of the rows used.

        Parameters
        ----------
        kind : {"response", "pearson", "normalized"}
            Raw; divided by the visit's standard deviation; whitened within the subject by the Cholesky
            factor of its covariance (independent with variance one when the model holds).
        """
        from outcomes.errors import one_of

        one_of("kind", kind, RESIDUALS)
        values = self._table.response - self.fittedvalues.to_numpy()
        if kind == "normalized":
            values = normalised_residuals(self._table, self._layout, self._fitted, values)
        elif kind == "pearson":
            values = values / self._standard_deviations()
        return pd.Series(values, index=self._table.index[self._table.used], name="resid")

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        *,
        interval: str = "confidence",
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Predict rows of new patients, given what is seen of them so far.

        Parameters
        ----------
        newdata : DataFrame, optional
            Rows with subject, visit and covariates. Where the response is there it is taken as seen, and
            the patient's other rows are predicted given it. Default: fitted means of the rows used.
        interval : {"confidence", "prediction"}
            Standard error and limits of the (conditional) mean, or of a new observation.
        level : float
            Level of the limits, from the normal distribution.

        Returns
        -------
        DataFrame
            subject, visit, estimate, std_error, lower, upper, status ("observed" or "predicted"), with the
            labels of `newdata`. The covariance parameters are taken as known.
        """
        if newdata is None:
            return self.fittedvalues.to_frame("estimate")
        return predict_frame(
            newdata,
            self.formula,
            self._roles,
            self._table,
            self._design,
            self._inference,
            interval,
            _share("level", level),
        )

    # --- text ----------------------------------------------------------------------------------------

    def summary(self) -> str:
        """Return the fit as text for a terminal."""
        from outcomes.models.mmrm.text import summary_text

        return summary_text(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return (
            f"<MMRMResult {self.formula!r}, {self.covariance_type}, {self.nobs} rows, "
            f"{self.n_subjects} subjects, status: {self.status}>"
        )

    def _repr_html_(self) -> str:
        """Return the coefficients as a table; all text is escaped."""
        frame = self.to_frame()
        return self._wrap(frame, f"Mixed model for repeated measures: {self.formula}", 0.95, ())._repr_html_()

    # --- inside --------------------------------------------------------------------------------------

    @property
    def _fitted(self) -> Fitted:
        return self._inference.fitted

    @property
    def method_line(self) -> str:
        """Method in one line, as it stands under every table."""
        groups = len(self._table.group_levels)
        parts = [
            f"MMRM by {self.options.method.upper()}",
            f"{STRUCTURE_NAMES[self.covariance_type]} covariance"
            + (f" for {groups} groups" if groups > 1 else ""),
            f"{self.df_method} degrees of freedom",
        ]
        if self.options.vcov != "model":
            parts.append(f"{self.options.vcov} covariance of the coefficients")
        if self._roles.weights:
            parts.append(f"weights {self._roles.weights}")
        return ", ".join(parts)

    def _series(self, values: Array, name: str) -> pd.Series:
        return pd.Series(values, index=pd.Index(self.terms, name="term"), name=name)

    def _square(self, matrix: Array) -> pd.DataFrame:
        index = pd.Index(self.terms, name="term")
        return pd.DataFrame(matrix.copy(), index=index, columns=list(self.terms))

    def _standard_deviations(self) -> Array:
        table = self._table
        matrices = self._fitted.likelihood.covariance.matrices(self.theta)
        place = table.visit if table.visit_levels else np.zeros(self.nobs, dtype=np.intp)
        variance = matrices[table.group, place, place]
        return np.asarray(np.sqrt(variance if table.weights is None else variance / table.weights))

    def _estimates(
        self,
        named: Mapping[str, Sequence[Any]],
        rows: Array,
        title: str,
        margins: Margins,
        weights: str,
        level: float,
    ) -> Estimates:
        kept, possible = self._estimable(rows)
        tested = self._inference.rows(kept)
        frame = pd.DataFrame(dict(named) | _columns(tested, _share("level", level)))
        notes = (
            [f"averaged over {', '.join(margins.averaged)} ({weights} weights)"] if margins.averaged else []
        )
        if margins.held:
            held = ", ".join(f"{name} = {value:.6g}" for name, value in margins.held.items())
            notes.append(f"covariates held at: {held}")
        if not possible.all():
            frame.loc[~possible, list(_NUMBERS)] = np.nan
            frame["status"] = np.where(possible, "ok", "not estimable")
            notes.append(f"{int((~possible).sum())} row(s) are not estimable: no data speak of them")
        return self._wrap(frame, title, level, tuple(notes))

    def _estimable(self, rows: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Return L over the estimated columns, and which rows the data can estimate."""
        basis = self._fitted.basis
        kept, aliased = rows[:, basis.kept], rows[:, basis.aliased]
        gap = np.abs(kept @ basis.alias_of - aliased)
        return kept, (gap <= 1e-8 * (1 + np.abs(rows).max())).all(1)

    def _wrap(
        self, frame: pd.DataFrame, title: str, level: float | None, notes: tuple[str, ...]
    ) -> Estimates:
        return Estimates(
            frame,
            title,
            self.method_line,
            level=level,
            notes=(*notes, *self.notes),
            status=self.status,
            meta={"n_subjects": self.n_subjects, "nobs": self.nobs, "formula": self.formula},
        )

    def _select(self, names: Sequence[str]) -> Array:
        columns: list[int] = []
        known, terms = list(self._design.names), self._design.term_columns
        for name in names:
            if name in terms:
                columns += terms[name]
            elif name in known:
                columns.append(known.index(name))
            else:
                raise ArgumentError(
                    "the formula has no such term or coefficient",
                    got=repr(name),
                    allowed=", ".join([*terms, *self.terms][:60]),
                    hint=suggest(name, [*terms, *self.terms]),
                )
        kept = [i for i, column in enumerate(self._fitted.basis.kept) if column in columns]
        if not kept:
            raise ArgumentError("none of the columns could be estimated", got=", ".join(names))
        return np.eye(len(self._inference.beta))[kept]

    def _read_matrix(self, matrix: Any) -> Array:
        if isinstance(matrix, pd.DataFrame):
            unknown = [str(c) for c in matrix.columns if c not in self.terms]
            if unknown:
                raise ArgumentError(
                    "L has columns that are no coefficient",
                    got=", ".join(unknown),
                    allowed=", ".join(self.terms),
                )
            matrix = matrix.reindex(columns=list(self.terms), fill_value=0.0)
        try:
            full = np.atleast_2d(np.asarray(matrix, dtype=np.float64))
        except (TypeError, ValueError) as error:
            raise ArgumentError("L is not a matrix of numbers", got=type(matrix).__name__) from error
        if full.ndim != 2 or full.shape[1] != len(self._inference.beta) or not np.isfinite(full).all():
            raise ArgumentError(
                "L needs one finite number for each coefficient",
                got=f"shape {full.shape}",
                allowed=f"{len(self._inference.beta)} columns: {', '.join(self.terms)}",
            )
        if not full.any(1).all():
            raise ArgumentError("L has a row of zeros")
        return full


def _columns(tested: Tested, level: float) -> dict[str, Array]:
    lower, upper = tested.limits(level)
    return {
        "estimate": tested.estimate,
        "std_error": tested.std_error,
        "df": tested.df,
        "statistic": tested.statistic,
        "p_value": tested.p_value,
        "lower": lower,
        "upper": upper,
    }


def _share(name: str, value: float) -> float:
    if isinstance(value, (int, float)) and 0 < value < 1:
        return float(value)
    raise ArgumentError(f"{name} is a share", got=repr(value), allowed="above 0 and below 1")


def _response_name(formula: str) -> str:
    return formula.split("~", 1)[0].strip()
