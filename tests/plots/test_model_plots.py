"""Covariance, residuals, tipping point, signal and dose: the artists hold the results' numbers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from outcomes.errors import ArgumentError
from outcomes.plots import covariance, describe, dose_response, residuals, signal_chart, tipping_point
from outcomes.results import Estimates

VISITS = ["days 1-28", "days 29-56", "days 57-84"]


@pytest.fixture
def matrix() -> pd.DataFrame:
    values = [[4.0, -3.0, 1.0], [-3.0, 9.0, 2.0], [1.0, 2.0, 16.0]]
    return pd.DataFrame(values, index=VISITS, columns=VISITS)


def test_cells_hold_covariances_and_the_diagonal_standard_deviations(matrix):
    ax = covariance(SimpleNamespace(covariance=matrix))
    at = {text.get_position(): text.get_text() for text in ax.texts}
    assert at == {(0, 0): "SD 2", (0, 1): "−3", (1, 1): "SD 3", (0, 2): "1", (1, 2): "2", (2, 2): "SD 4"}
    shade = ax.images[0].get_array()
    assert shade[1, 0] == pytest.approx(-0.5)
    assert shade.mask[0, 1]
    assert "Correlations from −0.50 to 0.17." in describe(ax)


def test_numbers_stand_out_on_every_shade_of_a_cell():
    def light(colour) -> float:
        parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(colour)]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    for correlation in (-0.99, -0.7, 0.0, 0.56, 0.9, 0.95):
        values = [[1.0, correlation], [correlation, 1.0]]
        ax = covariance(pd.DataFrame(values, index=VISITS[:2], columns=VISITS[:2]))
        for text in ax.texts:
            column, row = map(int, text.get_position())
            cell = ax.images[0].to_rgba(ax.images[0].get_array())[row, column]
            low, high = sorted((light(text.get_color()), light(cell[:3])))
            assert (high + 0.05) / (low + 0.05) > 4.4, (correlation, text.get_text())


def test_correlations_on_request_and_groups_by_name(matrix):
    ax = covariance(SimpleNamespace(covariance={"a": matrix}), group="a", numbers="correlation")
    assert "−0.5" in [text.get_text() for text in ax.texts]
    with pytest.raises(ArgumentError, match="the fit has several groups"):
        covariance(SimpleNamespace(covariance={"a": matrix}))


def test_what_is_no_covariance_is_refused(matrix):
    for wrong in (
        matrix.iloc[:2],
        matrix.iloc[:0, :0],
        matrix * 0,
        matrix.assign(**{VISITS[0]: 5.0}),
        matrix * np.nan,
    ):
        with pytest.raises(ArgumentError, match="covariance draws"):
            covariance(wrong)


def test_one_visit_has_no_correlation(matrix):
    assert (
        describe(covariance(matrix.iloc[:1, :1]))
        == "Covariance over 1 visit. Standard deviations: days 1-28 2.0."
    )


def test_residuals_stand_over_fitted_values_and_normal_quantiles():
    rows = pd.DataFrame({"fitted": [1.0, 2.0, 3.0, 4.0], "resid": [0.5, -3.5, 0.0, np.nan]})
    ax = residuals(rows)
    left, right = ax.child_axes
    assert left.lines[0].get_xydata().tolist() == [[1.0, 0.5], [3.0, 0.0]]
    assert left.lines[1].get_xydata().tolist() == [[2.0, -3.5]], "far ones have their own look"
    middle = right.lines[0].get_xydata()
    assert middle[0].tolist() == [0.0, 0.0], "the middle of three is at the middle of the normal"
    # the normal quantile at 5/6, from tables: .967
    assert middle[1][0] == pytest.approx(0.967422, abs=1e-6)
    assert describe(ax).endswith("1 of them beyond 3 standard deviations. 1 row without a residual.")


def test_a_fit_gives_its_normalised_residuals():
    fit = SimpleNamespace(
        fittedvalues=pd.Series([1.0]), resid=lambda kind: pd.Series([{"normalized": 0.25}[kind]])
    )
    assert residuals(fit).child_axes[0].lines[0].get_xydata().tolist() == [[1.0, 0.25]]
    with pytest.raises(ArgumentError, match="residuals has nothing to draw"):
        residuals(pd.DataFrame({"fitted": [], "resid": []}))


@pytest.fixture
def shifts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["shift", "shift", "tipping point"],
            "delta": [0.0, 4.0, 6.0],
            "estimate": [-3.0, -2.0, -1.5],
            "lower": [-5.0, -4.0, -3.0],
            "upper": [-1.0, -0.2, 0.0],
            "event_share": [0.8, 1.0, 1.1],
        }
    )


def test_the_curve_is_the_estimates_and_the_tip_is_marked(shifts):
    ax = tipping_point(shifts)
    assert ax.lines[0].get_xydata().tolist() == [[0, -3], [4, -2], [6, -1.5]]
    assert [text.get_text() for text in ax.texts] == ["tips at 6.00"]
    assert "when 110% of the shifted days had the event: −1.5 (−3.0 to 0.0)" in describe(ax)


def test_shifts_that_no_diary_can_hold_are_hatched_from_where_all_days_are_used(shifts):
    hatched = [patch for patch in tipping_point(shifts).patches if patch.get_hatch()]
    assert len(hatched) == 1
    assert hatched[0].get_x() == pytest.approx(4.0)
    assert hatched[0].get_x() + hatched[0].get_width() == pytest.approx(6.0)


def test_no_tip_is_said_and_nothing_to_draw_is_refused(shifts):
    assert describe(tipping_point(shifts.iloc[:2])).endswith("No shift that is drawn changes the conclusion.")
    assert len(tipping_point(shifts.iloc[:1]).lines[0].get_xydata()) == 1
    with pytest.raises(ArgumentError, match="tipping_point has nothing to draw"):
        tipping_point(shifts.assign(estimate=np.nan))


@pytest.fixture
def looks() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "look": [1, 2, 3],
            "N": [0, 20, 40],
            "estimate": [np.nan, 0.10, 0.30],
            "lower": [0.0, 0.01, 0.12],
            "upper": [1.0, 0.40, 0.40],
            "lower_single": [np.nan, 0.02, 0.18],
            "upper_single": [np.nan, 0.3, 0.45],
            "reference": 0.1,
            "signal": [False, False, True],
        }
    )


def test_the_first_signal_is_marked_at_its_look(looks):
    ax = signal_chart(looks)
    diamond = next(line for line in ax.lines if line.get_marker() == "D")
    assert diamond.get_xydata().tolist() == [[3.0, 0.3]]
    assert "Reference 0.100: signal from look 3 on. 1 look without an estimate not drawn." in describe(ax)
    assert "N = 20 at the first, N = 40 at the last" in ax.get_xlabel()


def test_the_band_is_the_sequence_and_the_dotted_lines_one_look(looks):
    ax = signal_chart(looks)
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert set(np.round(band, 3)) == {0.01, 0.12, 0.4}
    dotted = [line.get_ydata().tolist() for line in ax.lines if line.get_linestyle() == ":"]
    assert dotted == [[0.02, 0.18], [0.3, 0.45]]


def test_a_sequence_of_means_may_be_unbounded_and_without_reference(looks):
    means = looks.drop(columns=["reference", "signal"]).assign(estimate=-4.0, lower=[-np.inf, -8.0, -6.0],
                                                               upper=[np.inf, 0.0, -2.0])  # fmt: skip
    ax = signal_chart(Estimates(means, "Mean at every look", "normal mixture", meta={"kind": "mean"}))
    assert ax.get_ylabel() == "Mean at every look"
    assert ax.get_ylim()[0] < -8
    assert "Reference" not in describe(ax)
    with pytest.raises(ArgumentError, match="signal_chart has nothing to draw"):
        signal_chart(looks.iloc[:1])


def test_quarters_stand_over_their_doses_against_the_lowest():
    rows = pd.DataFrame({"term": ["2 to 4 mg/kg", "4 to 8 mg/kg"], "estimate": [-1.0, -2.0],
                         "lower": [-3.0, -4.0], "upper": [1.0, 0.0]})  # fmt: skip
    rows["contrast"] = rows["term"] + " - 1 to 2 mg/kg"
    ax = dose_response(rows, doses=pd.Series([1.0, 3.0, None]))
    assert ax.lines[0].get_xydata().tolist() == [[3, -1], [6, -2]]
    assert ax.lines[1].get_xydata().tolist() == [[1.5, 0]]
    assert "dose (mg/kg); ticks: 2 doses" in ax.get_xlabel()
    assert describe(ax).endswith("a description, not the effect of a higher dose.")


def test_a_slope_is_a_line_through_no_difference_at_the_mean_dose():
    rows = pd.DataFrame(
        {"term": ["per mg/kg"], "contrast": [""], "estimate": [-1.0], "lower": [-2.0], "upper": [0.5]}
    )
    ax = dose_response(rows, doses=pd.Series([2.0, 4.0]))
    line = ax.lines[0].get_xydata()
    assert line[0].tolist() == [2.0, 1.0]
    assert line[-1].tolist() == [4.0, -1.0]
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == -2.0
    assert band[:, 1].max() == 2.0
    with pytest.raises(ArgumentError, match="a slope needs the doses"):
        dose_response(rows)


def test_a_slope_of_odds_multiplies():
    rows = pd.DataFrame(
        {"term": ["per mg/kg"], "contrast": [""], "estimate": [2.0], "lower": [1.0], "upper": [4.0]}
    )
    ax = dose_response(rows, doses=pd.Series([1.0, 3.0]), log=True)
    assert ax.get_yscale() == "log"
    assert ax.lines[0].get_ydata()[[0, -1]].tolist() == pytest.approx([0.5, 2.0])


def test_a_spline_goes_through_its_reference_and_its_test_is_not_a_point():
    rows = pd.DataFrame({"term": ["1 mg/kg", "3 mg/kg", "non-linearity"], "estimate": [1.0, -1.0, np.nan],
                         "contrast": ["1 - 2 mg/kg", "3 - 2 mg/kg", ""], "lower": [0.0, -2.0, np.nan],
                         "upper": [2.0, 0.0, np.nan]})  # fmt: skip
    assert dose_response(rows).lines[0].get_xydata().tolist() == [[1, 1], [2, 0], [3, -1]]
    with pytest.raises(ArgumentError, match="dose_response has nothing to draw"):
        dose_response(rows.iloc[2:])


def test_doses_far_apart_have_a_log_axis():
    rows = pd.DataFrame({"term": ["2 to 90 mg/kg"], "contrast": ["2 to 90 mg/kg - 0.5 to 2 mg/kg"],
                         "estimate": [-1.0], "lower": [-3.0], "upper": [1.0]})  # fmt: skip
    assert dose_response(rows).get_xscale() == "log"
