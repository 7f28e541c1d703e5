"""What every analysis returns, its columns, and the ways out of it."""

from outcomes.results.ard import to_ard
from outcomes.results.digits import format_p
from outcomes.results.estimates import Estimates
from outcomes.results.glossary import COLUMNS
from outcomes.results.tabular import Tabular

__all__ = ["COLUMNS", "Estimates", "Tabular", "format_p", "to_ard"]
