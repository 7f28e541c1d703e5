"""How much worse missing days must have been to change the conclusion: along one shift, or over two."""

from outcomes.models.headache.tipping.point import MOST_DELTAS, read_deltas, tipping_point
from outcomes.models.headache.tipping.surface import tipping_surface

__all__ = ["MOST_DELTAS", "read_deltas", "tipping_point", "tipping_surface"]
