"""Two reports for readers outside: who has both can subtract, so few patients must not be what differs.

The folder of all reports keeps, of the last report for readers outside, a keyed digest of what each patient
adds to each kind of number. It is written before the report is published, stays in the clinic, and holds no
value.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcomes.errors import InPartitionsError
from outcomes.publish.disk import refused, replace_file
from outcomes.publish.gates import Gate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from outcomes.page.last_report import Memory
    from outcomes.publish.plan import Plan

__all__ = ["STATE", "Told", "note_told", "told_before"]

STATE = ".told-outside"
#: Of each kind of number at least so many times the smallest count of patients must differ, or none.
GROUP = 2
NOT_HELD = (
    "this report is made from partitions and is not held against the last one for readers outside: "
    "few patients may be what differs"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a report for readers outside is made from.

    Parameters
    ----------
    title : str
        The study's name.
    people : dict of str to ndarray of uint64
        Of `outcomes.page.people`.
    """

    title: str
    people: dict[str, NDArray[np.uint64]]


def told_before(planned: Plan, out: Path, memory: Memory, *, force: bool) -> Told | None:
    """Hold a report for readers outside against the last one; warn when few patients differ.

    Returns
    -------
    Told or None
        None for the clinic.

    Raises
    ------
    Gate
        When few patients differ, the rule is `fail` and it is not forced.
    """
    from outcomes.page.people import few_changed, people

    if planned.readers.inside:
        return None
    study, smallest = planned.study, GROUP * planned.readers.smallest_count
    try:
        now = people(study, memory.key)
    except InPartitionsError:
        planned.warnings.append(NOT_HELD)
        return Told(study.title, {})
    found = few_changed(_earlier(out, study.title), now, smallest=smallest)
    if found and planned.reporting["few_changed"] == "fail" and not force:
        raise Gate(
            f"the report was not made: {_words(found, smallest)}",
            hint="the report before it stands; wait until more patients differ, or publish all the same "
            "with --force for readers who have none before",
        )
    planned.warnings.extend([_words(found, smallest)] if found else [])
    return Told(study.title, now)


def _words(kinds: list[str], smallest: int) -> str:
    return (
        f"fewer than {smallest} patients differ from the last report for readers outside in: "
        f"{', '.join(kinds)}; who has both reports can work out what is new about them"
    )


def _earlier(out: Path, title: str) -> dict[str, NDArray[np.uint64]]:
    """Return the digests of the last report outside of the same study; one that was edited counts as none."""
    from outcomes.page.summary import unpacked

    try:
        content: dict[str, Any] = json.loads((out / STATE).read_bytes())
        same = content["title"] == title
        return {kind: unpacked(text) for kind, text in content["people"].items()} if same else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def note_told(out: Path, told: Told) -> None:
    """Write down what is told, before it is: a report that nobody saw holds back more, never less.

    Raises
    ------
    ReportError
        When it cannot be written: then nothing is told.
    """
    from outcomes.page.json_bytes import as_json
    from outcomes.page.summary import packed

    content = {"title": told.title, "people": {kind: packed(part) for kind, part in told.people.items()}}
    try:
        replace_file(out / STATE, as_json(content))
    except OSError as error:
        raise refused(error, out) from None
