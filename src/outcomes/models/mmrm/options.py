"""Options of a fit, checked together: pairs that make no sense are refused here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outcomes.errors import ArgumentError, instance_of, one_of

__all__ = ["COVARIANCES", "DF_METHODS", "FALLBACK", "STRUCTURE_NAMES", "VCOVS", "Options"]

#: Covariance structures and what they are called in a summary.
STRUCTURE_NAMES = {
    "us": "unstructured",
    "toep": "Toeplitz",
    "toeph": "heterogeneous Toeplitz",
    "ar1": "autoregressive of order one",
    "ar1h": "heterogeneous autoregressive of order one",
    "cs": "compound symmetry",
    "csh": "heterogeneous compound symmetry",
    "ad": "ante-dependence",
    "adh": "heterogeneous ante-dependence",
    "sp_exp": "spatial exponential",
}
COVARIANCES = tuple(STRUCTURE_NAMES)
DF_METHODS = ("kenward-roger", "kenward-roger-linear", "satterthwaite", "residual", "between-within")
VCOVS = ("model", "empirical", "empirical-bias-reduced", "empirical-jackknife")
METHODS = ("reml", "ml")

#: Structures tried in this order when the one asked for does not converge.
FALLBACK = ("toeph", "ar1h", "csh", "toep", "ar1", "cs")


@dataclass(frozen=True, slots=True)
class Options:
    """How to fit and how to test.

    Parameters
    ----------
    covariance : str
        One of `COVARIANCES`.
    method : {"reml", "ml"}
        Likelihood.
    df : str or None
        One of `DF_METHODS`; None takes the default, which is the same for every structure.
    vcov : str
        One of `VCOVS`.
    fallback : tuple of str
        Structures to try, in order, when `covariance` does not converge.
    """

    covariance: str = "us"
    method: str = "reml"
    df: str | None = None
    vcov: str = "model"
    fallback: tuple[str, ...] = FALLBACK

    def __post_init__(self) -> None:
        one_of("covariance", self.covariance, COVARIANCES)
        one_of("method", self.method, METHODS)
        one_of("vcov", self.vcov, VCOVS)
        for name in self.fallback:
            one_of("fallback", name, [c for c in COVARIANCES if c != "sp_exp"])
        if self.df is not None:
            one_of("df", self.df, DF_METHODS)
            self._refuse_impossible(self.df)

    def _refuse_impossible(self, df: str) -> None:
        if not df.startswith("kenward-roger"):
            return
        if self.method == "ml":
            raise ArgumentError(
                f"df={df!r} needs the restricted likelihood",
                got="method='ml'",
                hint="take method='reml' or df='satterthwaite'",
            )
        if self.vcov != "model":
            raise ArgumentError(
                f"df={df!r} brings its own covariance of the coefficients",
                got=f"vcov={self.vcov!r}",
                hint="take vcov='model', or df='satterthwaite' with an empirical covariance",
            )

    @property
    def df_method(self) -> str:
        """The df method: the one asked for, else the default, whatever structure is fitted in the end."""
        if self.df is not None:
            return self.df
        return "satterthwaite" if self.method == "ml" or self.vcov != "model" else "kenward-roger-linear"

    def ladder(self) -> tuple[str, ...]:
        """Return the structures to try, the one asked for first; a numeric time has no other."""
        if self.covariance == "sp_exp":
            return ("sp_exp",)
        return (self.covariance, *(name for name in self.fallback if name != self.covariance))


def read_fallback(fallback: Sequence[str] | str | bool | None) -> tuple[str, ...]:
    """Return the fallback as a tuple: True is the usual ladder, False and None are none."""
    if fallback is True:
        return FALLBACK
    if fallback is None or fallback is False:
        return ()
    instance_of("fallback", fallback, Iterable, hint="give names of structures, for example ['toeph', 'cs']")
    return (fallback,) if isinstance(fallback, str) else tuple(fallback)
