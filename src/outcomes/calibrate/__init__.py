"""How right the estimators are: studies of known truth in worlds that no model here assumes."""

from __future__ import annotations

from outcomes.calibrate.bands import summarise, write_summary
from outcomes.calibrate.run_cells import FULL, QUICK, Grid, run_grid

__all__ = ["FULL", "QUICK", "Grid", "run_grid", "summarise", "write_summary"]
