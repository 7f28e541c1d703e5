"""How a report was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from outcomes.page.options import Options

__all__ = ["Request"]


@dataclass(frozen=True, slots=True)
class Request:
    """How a run was asked for.

    Parameters
    ----------
    as_of : str, optional
        Use nothing after this local date.
    if_changed : bool
        Publish only when data, configuration or versions are not those of the last report.
    dry_run : bool
        Do everything but write.
    force : bool
        Publish although nothing changed, or although the data are stale or fewer.
    audience : str, optional
        ``external`` or ``clinic``; by default what study.toml says.
    smallest_count : int, optional
        The smallest count that readers outside see; by default what study.toml says.
    options : Options
        What is made besides the page.
    """

    as_of: str | None = None
    if_changed: bool = False
    dry_run: bool = False
    force: bool = False
    audience: str | None = None
    smallest_count: int | None = None
    options: Options = field(default_factory=Options)
