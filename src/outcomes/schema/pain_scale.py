"""The scale of the diary's pain: 0-10 by default, 0-3 as it stands, 0-100 in tenths."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError
from outcomes.schema.findings import Fault
from outcomes.schema.rules import Rules

__all__ = ["check_scale", "on_our_scale"]


def on_our_scale(diary: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the diary with a pain of 0-100 as tenths of it, so that one scale has one meaning."""
    return diary.assign(pain=diary["pain"] / 10) if rules.pain_scale == "0-100" else diary


def refuse_two_scales(rules: Rules, unit: str | None) -> None:
    """Refuse a unit of the diary's pain beside a rule on its scale: the numbers would be turned twice.

    Raises
    ------
    ArgumentError
        When both are declared.
    """
    if unit is not None and rules.pain_scale != "0-10":
        raise ArgumentError(
            "the scale of the diary's pain is declared twice",
            got=f'units.pain = "{unit}" and rules.pain_scale = "{rules.pain_scale}"',
            hint="keep one of them: units.pain for 0-100, rules.pain_scale for 0-3",
        )


def check_scale(diary: pd.DataFrame, rules: Rules) -> list[Fault]:
    """Return the pains above a scale of 0-3; those outside 0-10 are found by the contract's limits."""
    if rules.pain_scale != "0-3":
        return []
    rows = np.flatnonzero((diary["pain"] > 3) & (diary["pain"] <= 10))
    hint = "check the value, or rules.pain_scale"
    return [Fault("diary", "out_of_range", "pain is outside 0 to 3", rows, "pain", hint=hint)]
