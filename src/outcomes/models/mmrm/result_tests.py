"""What a fit can be asked: means, contrasts, slopes, rows of L, terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from outcomes.models.mmrm.hypotheses import Comparison, contrasts_of, linear_tests, means_of
from outcomes.models.mmrm.margin_request import MeanOptions, read_mean_options
from outcomes.models.mmrm.margins import marginal_rows
from outcomes.models.mmrm.model import Model
from outcomes.models.mmrm.term_tests import anova_of, joint_of
from outcomes.results import Estimates

__all__ = ["Questions"]


class Questions:
    """Tests and estimates of combinations of coefficients; a part of `MMRMResult`."""

    __slots__ = ()
    _model: Model

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
        weights : {"equal", "proportional", "counterfactual"}
            How the other variables are averaged over: every level alike, or by the share of rows, with
            covariates at their mean; or everybody once at each level of the factors, with the covariates
            and other factors that each patient has (its standard error takes these as given). The three
            agree in balanced data.
        at : mapping, optional
            Covariate to value (else its mean over the rows used), or to several values: one mean for each;
            factor to the levels to keep.
        level : float
            Confidence level.

        Returns
        -------
        Estimates
            Levels, estimate, std_error, df, statistic, p_value, lower, upper.
        """
        return means_of(self._model, marginal_rows(self._model.grid, factor, by, weights, at), level)

    def contrasts(
        self,
        factor: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        method: str | None = None,
        ref: Any = None,
        *,
        coefs: Mapping[str, Any] | None = None,
        adjust: str = "none",
        family: str = "by",
        **options: Unpack[MeanOptions],
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
            Label to coefficients, a mapping of levels or one number per level.
        adjust : {"none", "bonferroni", "holm", "sidak", "tukey", "dunnett", "mvt"}
            Adjustment for the number of comparisons: `p_adjusted`, and limits that hold together. The last
            three are one computation, the multivariate t with the correlations and df of the fit: Tukey's
            for all pairs, Dunnett's for a reference, mvt for any comparisons.
        family : {"by", "all"}
            Adjust within the same levels of `by`, or for all comparisons of the table.
        **options
            weights, at, level: as in `emmeans`.

        Returns
        -------
        Estimates
            contrast ("active - placebo"), by-levels, estimate, std_error, df, statistic, p_value,
            p_adjusted when asked for, limits.
        """
        weights, at, level = read_mean_options(options)
        margins = marginal_rows(self._model.grid, factor, by, weights, at)
        ask = Comparison(_method(method, ref, coefs), ref, coefs, adjust, family)
        return contrasts_of(self._model, margins, ask, level)

    def emtrends(
        self,
        covariate: str,
        factor: str | Sequence[str] | None = None,
        by: str | Sequence[str] | None = None,
        *,
        method: str | None = None,
        ref: Any = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
    ) -> Estimates:
        """Return the slope of a covariate at each level, or the differences of slopes.

        Parameters
        ----------
        covariate : str
            A numeric variable of the formula. Where the formula bends it, the slope is that at its mean,
            or at the value in `at`.
        factor, by : str or sequence of str, optional
            Factors at whose levels the slopes are asked for. Default: one slope, averaged over all factors.
        method, ref : optional
            As in `contrasts`: compare the slopes.
        weights, at, level
            As in `emmeans`.

        Returns
        -------
        Estimates
            Levels or contrast, estimate (response per unit of the covariate), std_error, df, statistic,
            p_value, limits.
        """
        margins = marginal_rows(self._model.grid, factor, by, weights, at, slope=covariate)
        if method is None and ref is None:
            return means_of(self._model, margins, level, slope=covariate)
        ask = Comparison(_method(method, ref, None), ref)
        return contrasts_of(self._model, margins, ask, level, slope=covariate)

    def test(
        self,
        matrix: Any,
        *,
        labels: Sequence[str] | None = None,
        level: float = 0.95,
        adjust: str = "none",
    ) -> Estimates:
        """Test rows of L one by one.

        Parameters
        ----------
        matrix : array_like or DataFrame
            One column per coefficient in the order of `terms`; a frame's columns are matched by name.
        labels : sequence of str, optional
            Names of the rows.
        level : float
            Confidence level.
        adjust : str
            As in `contrasts`, for all rows together.
        """
        return linear_tests(self._model, matrix, labels, level, adjust)

    def joint_test(self, what: Any) -> Estimates:
        """Test several coefficients or linear combinations together by F.

        Parameters
        ----------
        what : str, sequence of str, array_like or DataFrame
            Terms of the formula ("arm:visit"), names of coefficients, or L with one column per coefficient.

        Returns
        -------
        Estimates
            term, num_df, df (denominator), statistic (F), p_value.
        """
        return joint_of(self._model, what)

    def anova(self, type: str = "III") -> Estimates:
        """Test every term of the formula by F.

        Parameters
        ----------
        type : {"III", "II"}
            III: the term over a balanced table of the levels, each cell counting the same, as SAS's and R
            mmrm's Type III. II: the term beside all terms that do not contain it, in the data at hand.

        Returns
        -------
        Estimates
            term, num_df, df (denominator), statistic (F), p_value, status. A term whose hypothesis the data
            cannot speak of has no number.

        Notes
        -----
        A factor that meets a covariate in an interaction is tested where the covariate is zero (a note says
        so), as in SAS. Satterthwaite's denominator is that of orthonormal rows of L.

        References
        ----------
        Fai AHT, Cornelius PL (1996). J Stat Comput Simul 54:363-378. doi:10.1080/00949659608811740
        """
        return anova_of(self._model, type)


def _method(method: str | None, ref: Any, coefs: Mapping[str, Any] | None) -> str:
    """Return the kind of contrasts: the one that is named, else what the other arguments say."""
    return method or ("custom" if coefs is not None else "pairwise" if ref is None else "reference")
