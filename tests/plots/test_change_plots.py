"""Waterfall, before and after, responder ladder: bars, lines and dots are the frame's numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from outcomes.errors import ArgumentError
from outcomes.plots import before_after, describe, responder_ladder, svg, waterfall


@pytest.fixture
def periods() -> pd.DataFrame:
    value = [10.0, 25.0, 20.0, None, 22.0]
    frame = pd.DataFrame(
        {
            "patient_id": [f"Smith-{i}" for i in range(5)],
            "period": "days 1-28",
            "baseline": [25.0, 20.0, 20.0, 24.0, None],
            "value": value,
        }
    )
    frame["change"] = frame["value"] - frame["baseline"]
    frame["percent_change"] = 100 * frame["change"] / frame["baseline"]
    later = frame.assign(period="days 29-56", value=None, change=None, percent_change=None)
    return pd.concat([frame.assign(period_number=1), later.assign(period_number=2)], ignore_index=True)


def words_on(ax) -> str:
    legend = ax.get_legend().get_texts() if ax.get_legend() else []
    ticks = [*ax.get_xticklabels(), *ax.get_yticklabels()]
    return " ".join(part.get_text() for part in (*ax.texts, *legend, *ticks, ax.xaxis.label, ax.yaxis.label))


def test_bars_are_the_percent_changes_from_rise_to_fall(periods):
    ax = waterfall(periods)
    bars = sorted((bar.get_x(), bar.get_height()) for bar in ax.patches)
    assert [height for _, height in bars] == [25.0, -60.0]
    no_change = next(line for line in ax.lines if line.get_label() == "no change")
    assert no_change.get_xdata().tolist() == [1]
    assert "Of 3 patients with a value 1 fell by at least 50%, 0 fell by less" in describe(ax)


def test_a_patient_without_a_value_is_a_cross_and_never_a_bar(periods):
    ax = waterfall(periods)
    crosses = next(line for line in ax.lines if line.get_label() == "no value")
    assert len(crosses.get_xdata()) == 2
    assert min(crosses.get_xdata()) > 2
    assert "n = 3; 2 without a value" in ax.get_xlabel()
    assert describe(ax).endswith("2 patients have no value.")


def test_changes_in_days_keep_the_threshold_in_percent(periods):
    ax = waterfall(periods, quantity="change")
    assert sorted(bar.get_height() for bar in ax.patches) == [-15.0, 5.0]
    assert "days per 28 days" in ax.get_ylabel()


def test_a_rise_beyond_the_axis_is_cut_with_an_arrow_and_said_in_full(periods):
    periods.loc[1, "percent_change"] = 900.0
    ax = waterfall(periods)
    assert max(bar.get_height() for bar in ax.patches) == 100
    arrow = next(line for line in ax.lines if line.get_label() == "rise over 100%")
    assert arrow.get_xdata().tolist() == [0]
    assert "to 900.0%" in describe(ax)


def test_lines_join_baseline_and_value_of_those_with_both(periods):
    ax = before_after(periods)
    lines = [
        s[:, 1].tolist() for c in ax.collections if isinstance(c, LineCollection) for s in c.get_segments()
    ]
    assert sorted(lines) == [[20.0, 20.0], [20.0, 25.0], [25.0, 10.0]]
    alone = next(line for line in ax.lines if line.get_label() == "no later value (1)")
    assert alone.get_ydata().tolist() == [24.0]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["baseline\nn = 4", "days 1-28\nn = 3"]


def test_the_mean_is_the_row_that_was_given(periods):
    mean = pd.DataFrame({"period": ["days 1-28"], "baseline_mean": [21.67], "value_mean": [18.33],
                         "estimate": [-3.33], "lower": [-28.4], "upper": [21.7]})  # fmt: skip
    ax = before_after(periods, mean=mean)
    drawn = next(line for line in ax.lines if line.get_label() == "mean")
    assert list(drawn.get_ydata()) == [21.67, 18.33]
    assert "a change of −3.3 (−28.4 to 21.7)" in describe(ax)
    with pytest.raises(ArgumentError, match="mean does not have exactly one row"):
        before_after(periods, mean=mean.iloc[:0])


@pytest.mark.parametrize("plot", [waterfall, before_after])
def test_no_patient_is_named(plot, periods):
    ax = plot(periods)
    assert "Smith" not in words_on(ax) + describe(ax)


@pytest.mark.parametrize("plot", [waterfall, before_after])
def test_several_rows_a_patient_are_refused(plot, periods):
    with pytest.raises(ArgumentError, match="needs one row per patient"):
        plot(pd.concat([periods, periods]))


@pytest.mark.parametrize("plot", [waterfall, before_after])
def test_nothing_to_draw_is_said(plot, periods):
    with pytest.raises(ArgumentError, match="no period to draw"):
        plot(periods.iloc[:0])
    with pytest.raises(ArgumentError, match="did you mean 'days 1-28'"):
        plot(periods, period="days 1-29")


def test_a_period_without_values_has_no_waterfall(periods):
    with pytest.raises(ArgumentError, match="waterfall has nothing to draw"):
        waterfall(periods, period="days 29-56")


def test_one_patient_is_drawn(periods):
    assert len(waterfall(periods.iloc[:1]).patches) == 1
    assert "Of 1 patient with both 1 fell" in describe(before_after(periods.iloc[:1]))


@pytest.fixture
def counted() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": "days 1-28",
            "term": ["responder_30", "responder_30", "responder_100", "responder_100"],
            "missing": ["non_responder", "observed"] * 2,
            "n": [9, 9, 0, 0],
            "N": [20, 18, 20, 18],
            "percent": [45.0, 50.0, 0.0, 0.0],
            "lower": [25.8, 29.0, 0.0, 0.0],
            "upper": [65.8, 71.0, 16.1, 17.6],
        }
    )


def test_the_ladder_has_both_ways_of_missing_at_their_percents(counted):
    ax = responder_ladder(counted)
    dots = {c.get_label(): c for c in ax.collections if not isinstance(c, LineCollection)}
    assert dots["missing = not responded"].get_offsets()[:, 0].tolist() == [45.0, 0.0]
    assert dots["observed only"].get_offsets()[:, 0].tolist() == [50.0, 0.0]
    assert dots["observed only"].get_facecolor()[0].tolist() == [1, 1, 1, 1]
    ends = [
        s[:, 0].tolist() for c in ax.collections if isinstance(c, LineCollection) for s in c.get_segments()
    ]
    assert ends == [[25.8, 65.8], [0.0, 16.1], [29.0, 71.0], [0.0, 17.6]]
    assert [text.get_text() for text in ax.texts] == ["9/20", "0/20", "9/18", "0/18"]
    assert "Free of it (100%): 0 of 18, 0.0% (0.0 to 17.6), observed only." in describe(ax)


def test_arms_are_told_apart_and_mixed_rows_are_refused(counted):
    both = pd.concat([counted.assign(arm="active"), counted.assign(arm="placebo", percent=10.0)])
    with pytest.raises(ArgumentError, match="name the column of the groups with by="):
        responder_ladder(both)
    labels = [text.get_text() for text in responder_ladder(both, by="arm").get_legend().get_texts()]
    assert labels[0] == "active, missing = not responded"
    assert len(labels) == 4


def test_a_row_without_a_denominator_is_left_out(counted):
    counted.loc[0, "percent"] = np.nan
    assert "9 of 20" not in describe(responder_ladder(counted))
    with pytest.raises(ArgumentError, match="nothing to draw"):
        responder_ladder(counted.assign(percent=np.nan))


def test_more_patients_than_bars_can_be_told_apart_are_the_same_numbers_in_few_bytes():
    size = 500
    change = np.round(np.linspace(-20, 8, size))
    frame = pd.DataFrame({"patient_id": np.arange(size).astype(str), "period": "days 1-28"})
    frame = frame.assign(period_number=1, baseline=24.0, value=24.0 + change, change=change)
    frame["percent_change"] = 100 * change / 24
    ax = waterfall(frame, quantity="change")
    drawn = np.vstack([patch.get_data().values for patch in ax.patches])
    assert (np.isfinite(drawn).sum(axis=0) == (np.sort(change)[::-1] != 0)).all()
    assert np.nan_to_num(drawn).sum(axis=0).tolist() == np.sort(change)[::-1].tolist()
    same = next(line for line in ax.lines if line.get_label() == "no change")
    assert np.ptp(same.get_xdata()) == (change == 0).sum()
    assert len(svg(ax)) < 15_000, "a bar a patient weighs 130,000"


def test_of_more_patients_than_a_screen_has_lines_some_are_drawn_and_all_are_counted():
    size = 9_000
    change = np.round(np.linspace(-20, 8, size))
    frame = pd.DataFrame({"patient_id": np.arange(size).astype(str), "period": "days 1-28"})
    frame = frame.assign(change=change, percent_change=100 * change / 24)
    ax = waterfall(frame, quantity="change")
    assert max(len(patch.get_data().values) for patch in ax.patches) == 2_000
    rise = next(patch for patch in ax.patches if "rise" in patch.get_label()).get_data()
    shown = np.flatnonzero(np.isfinite(rise.values))
    assert abs(rise.edges[shown[-1] + 1] - (change > 0).sum()) < 10  # bars stand at their ranks
    assert len(svg(ax)) < 60_000
    words = describe(ax)
    assert f"{(change > 0).sum()} rose" in words.replace(",", "")
    assert words.endswith("2,000 of them are drawn, evenly by rank.")


def test_more_patients_without_a_value_than_bars_are_a_number_and_leave_the_bars_their_room(periods):
    many = pd.concat([periods.iloc[:5], *(periods.iloc[3:4].assign(patient_id=f"n{i}") for i in range(20))])
    ax = waterfall(many)
    assert [part.get_text().strip() for part in ax.texts] == ["22 without a value"]
    assert "no value" not in [line.get_label() for line in ax.lines]
    assert describe(ax).endswith("22 patients have no value.")
