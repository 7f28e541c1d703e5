"""Results in the layout of CDISC analysis results: one row per statistic.

The layout is that of the R package cards (group1, group1_level, variable, variable_level, context,
stat_name, stat_label, stat). Which column of a frame is a statistic is told by the glossary and the type,
never by what a user called it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.errors import instance_of
from outcomes.results.glossary import COLUMNS

if TYPE_CHECKING:
    from outcomes.results.tabular import Tabular

__all__ = ["ard_rows", "to_ard"]

#: Columns of words in the glossary, which say what a row is about.
WORDS = ("term", "contrast", "missing", "status")
#: Numbers of results that the glossary does not explain and that do not say what a row is about either.
COUNTED = ("at_risk", "relapses", "competing")
LAYOUT = ("variable", "variable_level", "context", "stat_name", "stat_label", "stat", "warning")


def ard_rows(
    frame: pd.DataFrame, *, title: str, context: str, method: str | None, level: float | None
) -> pd.DataFrame:
    """Return one row per statistic of a tidy frame; see `Tabular.to_ard`."""
    keys, statistics = _roles(frame)
    about = _about(frame, keys, title)
    groups = [name for name in about if name.startswith("group")]
    values = frame[statistics].astype(object)
    if method is not None:
        values["method"] = method
    if level is not None:
        values["conf_level"] = level
    long = about.assign(
        context=context,
        warning=frame["status"].where(frame["status"] != "ok", "").to_numpy() if "status" in frame else "",
    ).loc[np.repeat(np.arange(len(frame)), values.shape[1])]
    names = np.tile(values.columns.to_numpy(dtype=object), len(frame))
    labels = {name: COLUMNS.get(str(name), str(name).replace("_", " ")) for name in values.columns}
    long = long.assign(
        stat_name=names,
        stat_label=pd.Series(names, dtype=object).map(labels).to_numpy(),
        stat=pd.Series(values.to_numpy().ravel(), dtype=object).to_numpy(),
    )
    return long[[*groups, *LAYOUT]].reset_index(drop=True)


def to_ard(results: Mapping[str, Tabular]) -> pd.DataFrame:
    """Return the statistics of several results below each other, each with its name.

    Parameters
    ----------
    results : mapping of str to result
        Name of the analysis -> what it returned: all that a report shows, for example.

    Returns
    -------
    DataFrame
        ``analysis`` and the columns of `Tabular.to_ard`; results with fewer groups have empty ones.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.results import Estimates
    >>> frame = pd.DataFrame({"arm": ["a", "b"], "estimate": [1.5, 2.0], "n": [8, 9]})
    >>> table = to_ard({"change": Estimates(frame, "Mean change", "mean", None)})
    >>> table[["analysis", "group1", "group1_level", "stat_name", "stat"]].head(2).to_numpy().tolist()
    [['change', 'arm', 'a', 'estimate', 1.5], ['change', 'arm', 'a', 'n', 8]]
    """
    instance_of("results", results, Mapping, hint="give names with results: {'change': oc.change(periods)}")
    parts = [result.to_ard().assign(analysis=name) for name, result in results.items()]
    if not parts:
        return pd.DataFrame(columns=["analysis", "group1", "group1_level", *LAYOUT])
    whole = pd.concat(parts, ignore_index=True)
    groups = sorted((name for name in whole if name.startswith("group")), key=_group_order)
    return whole.assign(**{name: whole[name].fillna("") for name in groups})[["analysis", *groups, *LAYOUT]]


def _group_order(name: str) -> tuple[int, bool]:
    return int(name.removeprefix("group").removesuffix("_level")), name.endswith("_level")


def _roles(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the columns that say what a row is about, and the statistics.

    Numbers that stand before the first statistic of the glossary, such as a course or a look, are of the
    first kind.
    """
    number = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame]
    number = [
        is_number and not pd.api.types.is_bool_dtype(frame[name])
        for is_number, name in zip(number, frame, strict=True)
    ]
    known = [name in COLUMNS and name not in WORDS for name in frame]
    first = next((i for i, is_known in enumerate(known) if is_known), len(known))
    keys: list[str] = []
    statistics: list[str] = []
    for place, name in enumerate(frame):
        if name == "status":
            continue
        counted = number[place] and (place >= first or name in COUNTED)
        (statistics if known[place] or counted or name == "interval" else keys).append(name)
    return keys, statistics


def _about(frame: pd.DataFrame, keys: list[str], title: str) -> pd.DataFrame:
    """Return variable, variable_level and the groups of each row."""
    left = list(keys)
    variable = next((name for name in ("endpoint", "term") if name in left), None)
    left = [name for name in left if name != variable]
    level = next((name for name in ("contrast", "term") if name in left), None)
    left = [name for name in left if name != level]
    out = pd.DataFrame(index=range(len(frame)))
    for number, name in enumerate(left or [""], start=1):
        out[f"group{number}"] = name
        out[f"group{number}_level"] = frame[name].astype(object).to_numpy() if name else ""
    out["variable"] = frame[variable].astype(object).to_numpy() if variable else title
    out["variable_level"] = frame[level].astype(object).to_numpy() if level else ""
    return out
