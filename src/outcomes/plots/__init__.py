"""Results as Axes: every function draws a result that is there already and fits nothing.

Each takes ``(result_or_frame, *, ax=None)``, draws on an Axes that is handed in or on a new Figure
(never on pyplot's current one) and returns the Axes. `describe` gives the same numbers as words,
`svg` the drawing as text that is the same bytes each time and follows a light or dark page.
"""

from outcomes.plots.before_after import before_after
from outcomes.plots.better_same_worse import better_same_worse
from outcomes.plots.change_by_period import change_by_period
from outcomes.plots.covariance import covariance
from outcomes.plots.cumulative_incidence import cumulative_incidence
from outcomes.plots.describe import describe
from outcomes.plots.diary_calendar import diary_calendar
from outcomes.plots.dose_events import dose_events
from outcomes.plots.dose_response import dose_response
from outcomes.plots.durability import durability
from outcomes.plots.edish import edish
from outcomes.plots.event_heat_map import event_heat_map
from outcomes.plots.flow_diagram import flow_diagram
from outcomes.plots.forest import forest
from outcomes.plots.incidence import incidence
from outcomes.plots.incidence_difference import incidence_difference
from outcomes.plots.recording import recording
from outcomes.plots.residuals import residuals
from outcomes.plots.responder_ladder import responder_ladder
from outcomes.plots.session_numbers import session_numbers
from outcomes.plots.severity import severity
from outcomes.plots.signal_chart import signal_chart
from outcomes.plots.small_multiples import small_multiples
from outcomes.plots.speed import speed
from outcomes.plots.still_better import still_better
from outcomes.plots.subgroups import subgroups
from outcomes.plots.svg import Svg, svg
from outcomes.plots.tipping_point import tipping_point
from outcomes.plots.tipping_surface import tipping_surface
from outcomes.plots.titration import titration
from outcomes.plots.trajectory import trajectory
from outcomes.plots.volcano import volcano
from outcomes.plots.waterfall import waterfall
from outcomes.plots.within_infusion import within_infusion

__all__ = [
    "Svg",
    "before_after",
    "better_same_worse",
    "change_by_period",
    "covariance",
    "cumulative_incidence",
    "describe",
    "diary_calendar",
    "dose_events",
    "dose_response",
    "durability",
    "edish",
    "event_heat_map",
    "flow_diagram",
    "forest",
    "incidence",
    "incidence_difference",
    "recording",
    "residuals",
    "responder_ladder",
    "session_numbers",
    "severity",
    "signal_chart",
    "small_multiples",
    "speed",
    "still_better",
    "subgroups",
    "svg",
    "tipping_point",
    "tipping_surface",
    "titration",
    "trajectory",
    "volcano",
    "waterfall",
    "within_infusion",
]
