"""The worlds of the calibration: one disturbance at a time, and all of them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from outcomes.simulate import (
    Compliance,
    Dropout,
    Infusions,
    Parameters,
    Retreatment,
    Titration,
    Waves,
    scenario_parameters,
)

__all__ = ["ARMS", "MONTHS", "WORLDS"]

#: Periods of follow-up, and the arms of studies that have them.
MONTHS = 3
ARMS = ("placebo", "active")

Change = Callable[[Parameters], Parameters]
SERIES = Infusions(styles={"outpatient": 1.0})
AT_RANDOM = Compliance(free_odds_ratio=1.0)


def _waves(law: Parameters) -> Parameters:
    return replace(law, waves=Waves(sd=0.8, days=30.0))


def _treated_again(law: Parameters) -> Parameters:
    return replace(law, retreatment=Retreatment(rule="worsening", share=0.1, level=0.7))


def _recording(law: Parameters) -> Parameters:
    return replace(law, compliance=Compliance(free_odds_ratio=0.5, free_odds_ratio_after=0.8))


def _dropout(law: Parameters) -> Parameters:
    return replace(law, dropout=Dropout(share=0.25, log_odds_per_day=0.08))


def _titration(law: Parameters) -> Parameters:
    inpatient = Infusions(styles={"inpatient": 1.0})
    return replace(law, infusions=inpatient, titration=Titration(most_days=10))


DISTURBANCES: dict[str, Change] = {
    "waves": _waves,
    "treated again at worsening": _treated_again,
    "recording changes with treatment": _recording,
    "dropout after bad months": _dropout,
    "titration to response": _titration,
}


def _calm() -> Parameters:
    """Return a world of one course each, days missing at random, no dropout, and two windows before."""
    law = scenario_parameters("treated", compliance=AT_RANDOM, infusions=SERIES)
    return replace(law, dropout=Dropout(share=0.0), earlier_days=28)


def _all() -> Parameters:
    law = _calm()
    for change in DISTURBANCES.values():
        law = change(law)
    return law


#: Name -> the law.
WORLDS: dict[str, Parameters] = {
    "calm": _calm(),
    **{name: change(_calm()) for name, change in DISTURBANCES.items()},
    "all together": _all(),
}
