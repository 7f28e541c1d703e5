"""How right the estimators are: studies of known truth in worlds that no model here assumes."""

from __future__ import annotations

from outcomes.calibrate.grid import FULL, QUICK, Grid, run_grid
from outcomes.calibrate.summary import summarise, write_summary

__all__ = ["FULL", "QUICK", "Grid", "run_grid", "summarise", "write_summary"]
