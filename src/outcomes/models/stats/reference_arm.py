"""The arm that the others are compared with."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["arms_of", "reference_arm"]

#: Words for an arm without the treatment.
CONTROLS = ("placebo", "control", "comparator", "usual care", "standard care")


def reference_arm(names: Iterable[str]) -> str:
    """Return the arm without the treatment where one is named so, else the first by name.

    Examples
    --------
    >>> reference_arm(["active", "Placebo"]), reference_arm(["B", "A"])
    ('Placebo', 'A')
    """
    arms = sorted(map(str, names))
    return next((arm for arm in arms if arm.casefold() in CONTROLS), arms[0])


def arms_of(contrast: str, reference: str) -> tuple[str, str]:
    """Return both arms of a contrast with the reference arm; a name may hold the sign itself.

    Examples
    --------
    >>> arms_of("ketamine - high - ketamine - low", "ketamine - low")
    ('ketamine - high', 'ketamine - low')
    """
    return contrast.removesuffix(f" - {reference}"), reference
