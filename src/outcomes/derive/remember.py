"""What several functions derive from one study is derived once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from outcomes.schema.study_data import StudyData

__all__ = ["from_parts", "once"]


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


def from_parts(study: StudyData, name: str, **options: Any) -> pd.DataFrame | None:
    """Return the frame that a study makes in its partitions, where its days lie; None for any other study."""
    make = getattr(study, "from_parts", None)
    return None if make is None else make(name, **options)
