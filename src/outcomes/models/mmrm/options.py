"""Options of a fit, checked together: pairs that make no sense are refused here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from outcomes.errors import ArgumentError, instance_of, one_of

__all__ = [
    "COVARIANCES",
    "DF_METHODS",
    "FALLBACK",
    "KRONECKER",
    "SPATIAL",
    "STRUCTURE_NAMES",
    "VCOVS",
    "Options",
]

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
    "sp_gau": "spatial Gaussian",
    "us@cs": "unstructured endpoints by compound symmetric visits",
    "us@ar1": "unstructured endpoints by autoregressive visits",
}
COVARIANCES = tuple(STRUCTURE_NAMES)
#: Structures on a numeric time, with the exponent of the gap between two times.
SPATIAL = {"sp_exp": 1, "sp_gau": 2}
#: Structures of several endpoints a visit, on two columns.
KRONECKER = ("us@cs", "us@ar1")
DF_METHODS = ("kenward-roger", "kenward-roger-linear", "satterthwaite", "residual", "between-within")
VCOVS = ("model", "empirical", "empirical-bias-reduced", "empirical-jackknife")
METHODS = ("reml", "ml")

#: Names that SAS and R give to structures, and to methods of degrees of freedom.
COVARIANCE_HABITS = {
    "un": "us", "unstructured": "us", "ar(1)": "ar1", "arh(1)": "ar1h", "arh1": "ar1h", "arma": "ar1",
    "ante(1)": "adh", "ante": "adh", "toep(h)": "toeph", "sp(exp)": "sp_exp", "spatial": "sp_exp",
    "sp(pow)": "sp_exp", "sp(gau)": "sp_gau", "exchangeable": "cs", "compound": "cs", "hcs": "csh",
    "un@cs": "us@cs", "un@ar(1)": "us@ar1",
}  # fmt: skip
DF_HABITS = {
    "kr": "kenward-roger-linear", "kenwardroger": "kenward-roger-linear", "ddfm=kr": "kenward-roger-linear",
    "kr-linear": "kenward-roger-linear", "kenward-rogers": "kenward-roger-linear",
    "kr(firstorder)": "kenward-roger-linear", "sat": "satterthwaite", "satterth": "satterthwaite",
    "satterthwaites": "satterthwaite", "bw": "between-within", "betwithin": "between-within",
    "res": "residual", "resid": "residual",
}  # fmt: skip

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
    endpoints : int
        Number of endpoints a visit, for those of `KRONECKER`.
    """

    covariance: str = "us"
    method: str = "reml"
    df: str | None = None
    vcov: str = "model"
    fallback: tuple[str, ...] = FALLBACK
    endpoints: int = 0

    def __post_init__(self) -> None:
        _known("covariance", self.covariance, COVARIANCES, COVARIANCE_HABITS)
        one_of("method", self.method, METHODS)
        one_of("vcov", self.vcov, VCOVS)
        for name in self.fallback:
            _known(
                "fallback",
                name,
                [c for c in COVARIANCES if c not in (*SPATIAL, *KRONECKER)],
                COVARIANCE_HABITS,
            )
        if self.df is not None:
            _known("df", self.df, DF_METHODS, DF_HABITS)
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
        """Return the structures to try, the one asked for first; places and endpoints have no other."""
        if self.covariance in (*SPATIAL, *KRONECKER):
            return (self.covariance,)
        return (self.covariance, *(name for name in self.fallback if name != self.covariance))


def _known(name: str, got: str, allowed: Sequence[str], habits: Mapping[str, str]) -> None:
    """Refuse an unknown name; one that SAS or R gives is answered with ours."""
    key = str(got).lower().replace(" ", "").replace("_", "-")
    ours = next((one for one in (key, *habits.get(key, "").split()) if one in allowed), None)
    if got not in allowed and ours is not None:
        hint = f"what SAS or R calls {got} is {name}={ours!r} here"
        raise ArgumentError(f"{name} is not one of its options", got=repr(got), hint=hint)
    one_of(name, got, allowed)


def read_fallback(fallback: Sequence[str] | str | bool | None) -> tuple[str, ...]:
    """Return the fallback as a tuple: True is the usual ladder, False and None are none."""
    if fallback is True:
        return FALLBACK
    if fallback is None or fallback is False:
        return ()
    instance_of("fallback", fallback, Iterable, hint="give names of structures, for example ['toeph', 'cs']")
    return (fallback,) if isinstance(fallback, str) else tuple(fallback)
