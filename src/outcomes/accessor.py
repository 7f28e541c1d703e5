"""`df.outcomes`: the public functions that begin with a frame, on the frame itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd

from outcomes.errors import suggest

__all__ = ["OutcomesAccessor", "register"]

#: Public functions whose first argument is a frame.
FRAME_FIRST = (
    "change",
    "responders",
    "means",
    "ancova",
    "paired",
    "dose_response",
    "durability",
    "still_better",
    "later_periods",
    "later_courses",
    "regression_to_mean",
    "impute",
    "one_patient",
    "at_risk",
    "incidence",
    "rates",
    "first_events",
    "cumulative_incidence",
    "event_sessions",
    "event_counts",
    "mean_cumulative",
    "first_or_later",
    "dose_events",
    "within_infusion",
    "vital_signs",
    "session_signs",
    "vital_looks",
    "lab_grades",
    "lab_shift",
    "liver_signals",
    "liver_looks",
    "pain_responders",
    "from_adam",
)
#: Public functions whose first argument is a formula and whose second is a frame.
FORMULA_FIRST = ("mmrm", "counts", "daily")


class OutcomesAccessor:
    """The public functions that begin with a frame, on the frame itself.

    ``df.outcomes.change()`` is ``outcomes.change(df)`` and ``df.outcomes.mmrm(formula, ...)`` is
    ``outcomes.mmrm(formula, df, ...)``: the same functions with the same arguments and results.

    Parameters
    ----------
    frame : DataFrame
        The frame.

    Examples
    --------
    >>> import outcomes as oc
    >>> periods = oc.periods(oc.load_example())
    >>> periods.outcomes.change().frame["n"].equals(oc.change(periods).frame["n"])
    True
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a public function with the frame filled in."""
        if name not in (*FRAME_FIRST, *FORMULA_FIRST):
            hint = suggest(name, (*FRAME_FIRST, *FORMULA_FIRST))
            raise AttributeError(f"df.outcomes has no function {name!r}" + (f"; {hint}" if hint else ""))
        function, frame = getattr(sys.modules["outcomes"], name), self._frame

        @wraps(function)
        def bound(*args: Any, **options: Any) -> Any:
            if name in FORMULA_FIRST and args:
                return function(args[0], frame, *args[1:], **options)
            if name in FORMULA_FIRST:
                return function(data=frame, **options)
            return function(frame, *args, **options)

        return bound

    def __dir__(self) -> list[str]:
        return sorted((*FRAME_FIRST, *FORMULA_FIRST))


def register() -> None:
    """Make `df.outcomes` known to pandas; a second call changes nothing."""
    if getattr(pd.DataFrame, "outcomes", None) is not OutcomesAccessor:
        pd.api.extensions.register_dataframe_accessor("outcomes")(OutcomesAccessor)


register()
