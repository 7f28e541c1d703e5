"""The everyday ways of a frame, for every result: rows, their number, the first of them, a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import fields, replace
from os import PathLike
from typing import Any

import pandas as pd

from outcomes.errors import ArgumentError, install_extra
from outcomes.results.ard import ard_rows

__all__ = ["Tabular", "also"]


def also(status: str, words: str) -> str:
    """Return a status that says the words too, once; "ok" has nothing to say beside them."""
    if words in status:
        return status
    return words if status == "ok" else f"{status}; {words}"


class Tabular(ABC):
    """A result that is a frame of rows; `to_frame` returns it.

    ``len(result)``, ``for row in result``, ``pd.DataFrame(result)``, ``result.head()``,
    ``result.to_csv("x.csv")`` and ``result.to_ard()`` do what they do for a frame. Packages that take Arrow
    (polars, duckdb, narwhals, pyarrow) take a result as it is: ``pl.DataFrame(result)``.
    """

    __slots__ = ()

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the frame."""

    def with_status(self, words: str) -> Any:
        """Return the same result with a status that also says the words, in all its parts."""
        own: Any = self  # every result is a dataclass
        parts = {field.name: getattr(own, field.name) for field in fields(own) if field.init}
        told = {name: value.with_status(words) for name, value in parts.items() if isinstance(value, Tabular)}
        if isinstance(parts.get("status"), str):
            told["status"] = also(parts["status"], words)
        return replace(own, **told)

    def __len__(self) -> int:
        return len(self.to_frame())

    def __iter__(self) -> Iterator[pd.Series]:
        """Yield each row as a Series: ``row["estimate"]``."""
        frame = self.to_frame()
        plain = frame.astype(object)
        return (plain.iloc[place] for place in range(len(plain)))

    def head(self, n: int = 5) -> pd.DataFrame:
        """Return the first n rows."""
        return self.to_frame().head(n)

    def to_csv(self, path: str | PathLike[str] | None = None, **options: Any) -> str | None:
        """Write the rows as `pandas.DataFrame.to_csv` does, without the row numbers unless asked."""
        written: str | None = self.to_frame().to_csv(path, **{"index": False, **options})
        return written

    def to_polars(self) -> Any:
        """Return the rows as a frame of polars.

        Returns
        -------
        polars.DataFrame

        Raises
        ------
        ArgumentError
            When polars is not installed.
        """
        try:
            import polars
        except ImportError:
            raise ArgumentError(
                "a frame of polars needs the package polars, which is not installed",
                hint=install_extra("polars"),
            ) from None
        return polars.DataFrame(self)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand the rows over by the Arrow PyCapsule interface."""
        return arrow_ready(self.to_frame()).__arrow_c_stream__(requested_schema)

    def to_ard(self) -> pd.DataFrame:
        """Return one row per statistic, in the layout of CDISC analysis results (R package cards).

        Returns
        -------
        DataFrame
            ``group1, group1_level`` (and ``group2`` ... where there are more), ``variable, variable_level,
            context, stat_name, stat_label, stat, warning``. ``context`` names the analysis; ``warning`` is
            the row's status where it is not "ok". ``method`` and ``conf_level`` are statistics of every
            estimate, as in cardx. Statistics without a value stay, as missing.

        References
        ----------
        CDISC Analysis Results Standard v1.0, 2024. https://www.cdisc.org/standards/foundational/analysis-results-standard
        """
        title = str(getattr(self, "title", type(self).__name__))
        method = getattr(self, "method", None) or getattr(self, "method_line", None)
        kind = getattr(self, "meta", {}).get("kind") or (method or title).split(";")[0]
        return ard_rows(
            self.to_frame(),
            title=title,
            context=str(kind),
            method=method,
            level=getattr(self, "level", None),
        )


def arrow_ready(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with texts where a column mixes kinds: a column of Arrow has one type."""
    kinds = {name: pd.api.types.infer_dtype(frame[name], skipna=True) for name in frame.columns}
    mixed = [name for name, kind in kinds.items() if kind.startswith("mixed")]
    return frame.assign(**{name: frame[name].astype("str").where(frame[name].notna()) for name in mixed})
