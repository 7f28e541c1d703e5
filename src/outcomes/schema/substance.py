"""Which ketamine a dose is of: racemate and esketamine are one scale only where the study declares it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.findings import Fault, Received

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules

__all__ = ["check_substance", "dose_factors", "dose_substance", "substances_of"]

RACEMATE, ESKETAMINE = "racemic_ketamine", "esketamine"


def substances_of(received: Mapping[str, Received]) -> frozenset[str]:
    """Return every substance that the received sessions name."""
    if "sessions" not in received:
        return frozenset()
    return frozenset(received["sessions"].frame["substance"].dropna().unique()) & {RACEMATE, ESKETAMINE}


def dose_substance(named: frozenset[str], rules: Rules) -> str:
    """Return the substance in whose milligrams doses are given; empty where no session names one.

    Esketamine, where no session names another and nothing is declared; else the racemate.
    """
    if not named:
        return ""
    own = named == {ESKETAMINE} and rules.esketamine_as_racemic is None
    return ESKETAMINE if own else RACEMATE


def dose_factors(substance: pd.Series, named: frozenset[str], rules: Rules) -> NDArray[np.float64]:
    """Return what a milligram of each session counts as in `dose_substance`; missing where nobody knows."""
    target = dose_substance(named, rules)
    if not target:
        return np.ones(len(substance))
    known = {ESKETAMINE: rules.esketamine_as_racemic or np.nan, target: 1.0}
    return np.asarray(substance.map(known).to_numpy(dtype=np.float64, na_value=np.nan))


def check_substance(sessions: pd.DataFrame, named: frozenset[str], rules: Rules) -> list[Fault]:
    """Return the sessions whose dose stands in no comparison, because of their substance."""
    unknown = sessions["substance"].isna() if named else pd.Series(False, index=sessions.index)
    apart = np.isnan(dose_factors(sessions["substance"], named, rules)) & ~unknown.to_numpy()
    found = {
        "no_dose_equivalence": (
            apart,
            "the session is of esketamine and others are of racemic ketamine, and no equivalence is "
            "declared: its dose and rates are not used",
            "under [rules] of study.toml declare esketamine_as_racemic (mg of racemic ketamine that 1 mg of "
            "esketamine counts as) and equivalence_source",
        ),
        "substance_not_known": (
            unknown.to_numpy(),
            "substance is empty and other sessions name theirs: the dose and rates are not used",
            "name the substance in the source: racemic_ketamine or esketamine",
        ),
    }
    return [
        Fault("sessions", rule, text, np.flatnonzero(rows), "substance", "warning", hint)
        for rule, (rows, text, hint) in found.items()
    ]
