"""A study in a few lines: what it is, what is not used, and the answer to its primary question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outcomes.errors import OutcomesError
from outcomes.schema.losses import rows_lost

if TYPE_CHECKING:
    from outcomes.study.study import Study

__all__ = ["summary_lines"]


def summary_lines(study: Study) -> str:
    """Return the lines of `Study.summary`."""
    from outcomes.estimate import estimate  # the models are loaded when they are asked for

    try:
        answer = str(estimate(study).meta["text"])
    except OutcomesError as error:
        answer = f"There is no number for the primary question: {error.what}."
    until = "all data received" if study.cutoff is None else f"data up to {study.cutoff:%Y-%m-%d}"
    unused = rows_lost(study.flow).groupby("table", sort=False)["rows"].sum()
    rows = ", ".join(f"{n} of {str(table).replace('_', ' ')}" for table, n in unused.items() if n) or "none"
    wrong = [f"{words}." for words in study.declared_wrongly]
    caution = "A change in one group of patients is not an effect of the treatment."
    return "\n".join([study.title, f"{until}; rows not used: {rows}", *wrong, answer, caution])
