"""Every plot with every grouped result, also with a level that is not recorded: it draws, or says why not."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import outcomes as oc
from outcomes import plots
from outcomes.errors import OutcomesError

#: What a plot needs beside its result.
ALSO = {"diary_calendar": {"patient": "P0001"}, "small_multiples": {"by": "cohort"}}
#: Plots of one result; those of two frames (events and their sessions) have no groups.
PLOTS = [
    name
    for name in plots.__all__
    if name not in ("Svg", "svg", "describe")
    and not {
        parameter.name
        for parameter in list(inspect.signature(getattr(plots, name)).parameters.values())[1:]
        if parameter.default is parameter.empty and parameter.kind is parameter.KEYWORD_ONLY
    }
    - set(ALSO.get(name, ()))
]
#: Points between a drawing and the edge of its Figure: the padding of 3, and what one measurement leaves.
MOST_ROOM = 9.0
LEVELS = ("inpatient", "outpatient", "not recorded")
#: Plot and result that must draw every level, the missing one too.
DRAWS = {
    ("trajectory", "means"),
    ("trajectory", "change"),
    ("change_by_period", "change"),
    ("forest", "change"),
    ("small_multiples", "means"),
    ("responder_ladder", "responders"),
    ("durability", "durability"),
    ("cumulative_incidence", "cumulative"),
}


@cache
def made(missing: bool) -> dict[str, Any]:
    """Return results by style of course, of one style for two patients and of none for another two."""
    study = oc.simulate(26, seed=5, months=2).study
    styles = {"inpatient": "inpatient", "emergency": "inpatient"}
    patients = study.patients.assign(cohort=study.patients["cohort"].map(styles).fillna("outpatient"))
    if missing:
        patients.loc[patients.index[:6], "cohort"] = None
    cohort = patients[["patient_id", "cohort"]]
    periods = oc.periods(study, baseline_as_row=True).drop(columns="cohort").merge(cohort, on="patient_id")
    events = oc.emergent(study)
    starts = study.sessions.groupby("patient_id")["start"].min().rename("start").reset_index()
    follow_up = starts.assign(end=starts["start"] + pd.Timedelta("50D")).merge(cohort)
    inside = events[events["emergent"]].merge(follow_up[["patient_id", "start", "end"]])
    inside = inside[inside["onset"].between(inside["start"], inside["end"])].drop(columns=["start", "end"])
    first = oc.first_events(inside, follow_up)
    known = patients.dropna(subset=["cohort"])  # arms of harm are compared: one that is unknown is refused
    seen = events[events["emergent"] & events["patient_id"].isin(known["patient_id"])]
    return {
        "means": oc.means(periods, by="cohort"),
        "change": oc.change(periods, by="cohort"),
        "responders": oc.responders(periods, by="cohort", goal=False),
        "durability": oc.durability(oc.days(study), periods, by="cohort", responders_only=False),
        "cumulative": oc.cumulative_incidence(first.dropna(subset=["cohort"]), arm="cohort"),
        "incidence": oc.incidence(seen, known, by="group", arm="cohort", unknown="note"),
        "periods": periods,
    }


def text_of(ax: Any) -> str:
    """Return every text of the figure and the words of the plot."""
    return " ".join([plots.describe(ax), *(text.get_text() for text in ax.figure.findobj(Text))])


def drawn(name: str, result: Any) -> tuple[str, OutcomesError | None]:
    """Return the texts of a drawing, or why there is none."""
    function = getattr(plots, name)
    can_group = "by" in inspect.signature(function).parameters
    try:
        ax = function(result, **ALSO.get(name, {}) | ({"by": "cohort"} if can_group else {}))
    except OutcomesError as error:
        return "", error
    return text_of(ax), None


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_draws_a_grouped_result_or_says_why_not(name: str, missing: bool) -> None:
    for kind, result in made(missing).items():
        said, error = drawn(name, result)
        assert "nan" not in said.lower().split(), (name, kind)
        if error is not None:
            assert error.what.strip(), (name, kind)
            assert error.hint or error.allowed or error.got, (name, kind)
        if (name, kind) in DRAWS:
            # Time-to-event results leave patients without a level out, and count them.
            levels = LEVELS if missing and kind not in ("cumulative", "durability") else LEVELS[:2]
            assert [level for level in levels if level not in said] == [], (name, kind, error)


@pytest.mark.parametrize(
    ("name", "widths"),
    [
        ("change_by_period", [None, 4.5]),
        ("cumulative_incidence", [None, 4.5]),
        ("forest", [None, 4.5]),
        ("responder_ladder", [None]),
        ("small_multiples", [None, 4.5]),
    ],
)
def test_a_drawing_just_fits_its_figure_however_narrow(name: str, widths: list[float | None]) -> None:
    """Margins are measured once: what that leaves is less than the padding around the drawing."""
    kind = next(kind for plot, kind in sorted(DRAWS) if plot == name)
    by = {"by": "cohort"} if name in ("responder_ladder", "small_multiples") else {}
    ax = getattr(plots, name)(made(False)[kind], **by)
    for width in widths:
        plots.svg(ax, width=width)
        whole, within = ax.figure.bbox, ax.get_tightbbox(for_layout_only=True)
        edges = np.array([within.x0, whole.x1 - within.x1, within.y0, whole.y1 - within.y1])
        assert (edges > 0).all(), (width, edges)
        assert (edges < MOST_ROOM).all(), (width, edges)


def test_points_stand_at_the_values_of_their_groups() -> None:
    means = made(True)["means"].to_frame()
    for by in (None, "cohort"):  # found by itself, and named
        drawn = [c for c in plots.trajectory(means, by=by).containers if len(c[0].get_xdata())]
        heights = np.concatenate([container[0].get_ydata() for container in drawn])
        assert sorted(heights) == sorted(means["mean"].dropna())
        assert [container.get_label() for container in drawn] == list(LEVELS)


def test_each_panel_has_the_rows_of_its_group_and_one_scale() -> None:
    means = made(True)["means"].to_frame()
    panels = plots.small_multiples(means, by="cohort", individuals=made(True)["periods"]).child_axes
    assert [panel.get_title(loc="left") for panel in panels] == list(LEVELS)
    for panel, (_, own) in zip(panels, means.groupby("cohort", dropna=False), strict=True):
        assert panel.containers[0][0].get_ydata().tolist() == own["mean"].dropna().tolist()
    assert len({panel.get_ylim() for panel in panels}) == 1


def test_rows_of_a_forest_are_named_by_period_and_group() -> None:
    labels = [label.get_text() for label in plots.forest(made(False)["change"]).get_yticklabels()]
    assert labels[:2] == ["days 1-28, inpatient", "days 29-56, inpatient"]
    assert len(set(labels)) == len(labels)


def test_a_period_twice_in_a_group_is_refused_with_what_to_name() -> None:
    twice = pd.concat([made(False)["means"].to_frame()] * 2)
    with pytest.raises(OutcomesError, match="one row per period and group"):
        plots.trajectory(twice, by="cohort")


def test_a_fit_is_drawn_by_group_with_n_of_its_rows() -> None:
    periods = made(False)["periods"].query("period_number > 0")
    fit = oc.mmrm("change ~ cohort*period", periods, subject="patient_id", visit="period")
    found = fit.visit_means("cohort")
    counted = periods.dropna(subset=["change"]).groupby(["cohort", "period"], observed=True).size()
    assert found.set_index(["cohort", "period"])["n"].to_dict() == counted.to_dict()
    assert "outpatient, days 29-56" in plots.describe(plots.trajectory(fit, by="cohort"))
    assert "does not say how many" in plots.describe(plots.trajectory(fit.emmeans("cohort", by="period")))
