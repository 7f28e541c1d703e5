"""A study of known truth: `simulate_tables` returns the tables and what is true behind them."""

from outcomes.simulate.disturbances import Calendar, Retreatment, Titration, Waves
from outcomes.simulate.estimand_truth import STRATEGIES, population_truth
from outcomes.simulate.parameters import (
    SCENARIOS,
    Beta,
    Compliance,
    Drift,
    Dropout,
    EventRates,
    Headache,
    Infusions,
    Parameters,
    People,
    Scenario,
    Vitals,
    scenario_parameters,
)
from outcomes.simulate.study_files import write_simulated
from outcomes.simulate.tables import simulate_tables
from outcomes.simulate.truth import Truth

__all__ = [
    "SCENARIOS",
    "STRATEGIES",
    "Beta",
    "Calendar",
    "Compliance",
    "Drift",
    "Dropout",
    "EventRates",
    "Headache",
    "Infusions",
    "Parameters",
    "People",
    "Retreatment",
    "Scenario",
    "Titration",
    "Truth",
    "Vitals",
    "Waves",
    "population_truth",
    "scenario_parameters",
    "simulate_tables",
    "write_simulated",
]
