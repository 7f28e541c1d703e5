"""The call that analyses a partitioned data set; what it needs is loaded while processes start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from outcomes.errors import instance_of
from outcomes.scale.run import start_processes

if TYPE_CHECKING:
    import pandas as pd

    from outcomes.scale.results_of_parts import Analysis

__all__ = ["analyse"]


def analyse(
    dataset: str | Path,
    scheduler: str | None = None,
    *,
    as_of: str | date | pd.Timestamp | None = None,
    rules: Mapping[str, object] | None = None,
) -> Analysis:
    """Analyse a partitioned data set with the functions of one machine.

    Every partition is read, checked and derived by itself, where a worker is; sums, rows of periods, sessions
    and events come back, and are added up or put together. All results equal those of one machine.

    Parameters
    ----------
    dataset : str or Path
        Folder that `partition` wrote; a cluster's workers must see it under the same path.
    scheduler : str, optional
        ``threads`` (the default) or ``processes`` of this machine, or the address of a dask scheduler.
    as_of : str, date or Timestamp, optional
        Local date that replaces the cut-off of study.toml.
    rules : mapping, optional
        Rules that differ from those of study.toml.

    Returns
    -------
    Analysis
        ``study`` (checks, small tables), ``flow``, ``periods``, ``estimand``, ``means``, ``mixed``,
        ``incidence``, ``rates``, ``mean_cumulative``, and ``not_made``.

    Raises
    ------
    DataError
        When a file of the data set is missing, empty, changed or of other columns, or a patient is in two
        partitions; its name is said.
    ArgumentError
        For a scheduler that does not answer or has other versions, for rules that do not exist, and without
        dask.

    Examples
    --------
    >>> import tempfile
    >>> import outcomes as oc
    >>> from outcomes.study import example_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     manifest = oc.scale.partition(example_folder(), folder + "/parted", partitions=2)
    ...     found = analyse(manifest.parent)
    >>> found.estimand.meta["text"] == oc.estimate(oc.load_example()).meta["text"]
    True
    """
    instance_of("rules", rules, Mapping | None, hint='for example {"endpoint": "migraine_days"}')
    start_processes(scheduler)
    from outcomes.scale.results_of_parts import FIRST_PERIODS, Analysis, parted

    return Analysis(parted(dataset, scheduler, lambda _: FIRST_PERIODS, as_of=as_of, rules=rules))
