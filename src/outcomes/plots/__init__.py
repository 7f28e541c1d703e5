"""Results as Axes: every function draws a result that is there already and fits nothing.

Each takes ``(result_or_frame, *, ax=None)``, draws on an Axes that is handed in or on a new Figure
(never on pyplot's current one) and returns the Axes. `describe` gives the same numbers as words,
`svg` the drawing as text that is the same bytes each time and follows a light or dark page.
"""

from outcomes.plots.describe import describe
from outcomes.plots.flow_diagram import flow_diagram
from outcomes.plots.incidence import incidence
from outcomes.plots.recording import recording
from outcomes.plots.svg import Svg, svg
from outcomes.plots.trajectory import trajectory

__all__ = ["Svg", "describe", "flow_diagram", "incidence", "recording", "svg", "trajectory"]
