"""What the page asks of each partition of a study: all in one pass over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from outcomes.derive.period_numbers import numbers_of_part
from outcomes.page.part_sums import sums_of_part
from outcomes.page.people import digests_of_part
from outcomes.questions.scores import headache_changes
from outcomes.study import Study

__all__ = ["asked_of_parts"]


def asked_of_parts(
    study: Study, key: str | None, *, inside: bool
) -> list[tuple[Callable[..., Any], dict[str, Any]]]:
    """Return functions and their options.

    With a key also who adds what, which reports are held against; for the clinic the numbers of each patient.
    """
    asked: list[tuple[Callable[..., Any], dict[str, Any]]] = [(sums_of_part, {})]
    if "assessments" in study.given:
        asked.append((headache_changes, {}))
    if inside:
        asked.append((numbers_of_part, {}))
    if key is not None:
        asked.append((digests_of_part, {"key": key}))
    return asked
