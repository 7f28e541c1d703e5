"""What several functions derive from one study is derived once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from outcomes.schema.study_data import StudyData

__all__ = ["from_each_part", "from_parts", "in_parts", "once", "patient_by_patient", "together"]

T = TypeVar("T")


def once(study: StudyData, name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return a frame that `make` derives from a study, made when it is first asked for.

    A `Study` never changes and has a place for such frames; any other object with the shape of a study may
    change, so what it holds is derived each time. The frame is a copy on write: the caller may change it.
    """
    made: dict[str, pd.DataFrame] | None = getattr(study, "_made", None)
    if made is None:
        return make()
    if name not in made:
        made[name] = make()
    return made[name].copy(deep=False)


def in_parts(study: StudyData) -> bool:
    """Return whether the rows of a study lie in partitions."""
    return hasattr(study, "from_each_part")


def from_parts(study: StudyData, name: str, **options: Any) -> Any:
    """Return the frame, or the cross products, of all partitions of a study; None for any other study."""
    make = getattr(study, "from_parts", None)
    return None if make is None else make(name, **options)


def from_each_part(study: StudyData, make: Callable[..., T], **options: Any) -> list[T] | None:
    """Return what a function makes of each partition of a study; None for a study that is in one place.

    Parameters
    ----------
    study : Study
        A checked study.
    make : callable
        A function of a module, so that it can be sent to where the rows are: study, options -> what adds up.
    **options
        Its options: values that can be hashed.
    """
    ask = getattr(study, "from_each_part", None)
    return None if ask is None else ask(make, **options)


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all parts; a part without rows costs as much as one with some, and is left out."""
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def patient_by_patient(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all parts by patient, those of one patient in the order that they have.

    Examples
    --------
    >>> one, other = (pd.DataFrame({"patient_id": list(ids), "row": range(3)}) for ids in ("aac", "bbd"))
    >>> "".join(patient_by_patient([one, other])["patient_id"])
    'aabbcd'
    """
    rows = together(parts)
    who = rows["patient_id"].array
    # most rows repeat the patient of the row before: few texts are sorted, and numbers for the rest
    begins = np.flatnonzero(np.append(True, np.asarray(who[1:] != who[:-1], dtype=bool))[: len(who)])
    order = who[begins].argsort(kind="stable")
    if (np.diff(order) == 1).all():
        return rows
    sizes = np.diff(np.append(begins, len(who)))[order]
    first = np.cumsum(sizes) - sizes
    return rows.take(np.repeat(begins[order] - first, sizes) + np.arange(len(who))).reset_index(drop=True)
