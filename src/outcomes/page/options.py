"""What a report is asked to be besides a page; it decides the files of a report, so it is kept with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """Parts that are made on request.

    Parameters
    ----------
    pdf : bool, optional
        The PDF beside the page; by default as study.toml says.
    patients : bool
        The patient appendix on the page, for the clinic only.
    """

    pdf: bool | None = None
    patients: bool = False

    def or_configured(self, reporting: Mapping[str, Any]) -> Options:
        """Return them with what the part [report] of study.toml asks for where nothing was said.

        Examples
        --------
        >>> Options().or_configured({"pdf": True}).pdf, Options(pdf=False).or_configured({"pdf": True}).pdf
        (True, False)
        """
        return replace(self, pdf=bool(reporting.get("pdf", False)) if self.pdf is None else self.pdf)

    def facts(self) -> dict[str, bool | None]:
        """Return them as plain data."""
        return asdict(self)
