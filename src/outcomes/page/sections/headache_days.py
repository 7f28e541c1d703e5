"""Headache days: means by period, change with interval and bounds, responders."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Drawing, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.wording import endpoint_words, per_month
from outcomes.plots.svg import svg
from outcomes.plots.trajectory import trajectory
from outcomes.results import Estimates
from outcomes.tables.headache import change_table, responder_table

__all__ = ["headache_days"]


def headache_days(material: Material) -> Section:
    """Return the section on the endpoint."""
    rules = material.study.rules
    title = endpoint_words(rules.endpoint).capitalize()
    if not material.means.to_frame()["n"].sum():
        reason = "No patient has a period with enough recorded days, so there is no mean to show."
        return Section("headache-days", title, (Words(reason),), "absent", reason)
    if not len(material.change):
        reason = "No patient has a follow-up period: the diaries end before the treatment does, so there is no change to show."
        return Section("headache-days", title, (Words(reason),), "absent", reason)
    unit = per_month(rules.endpoint, rules)
    limits = (0.0, float(rules.month_days)) if rules.endpoint.endswith("_days") else None
    individuals = material.periods[["patient_id", "period", "value"]]
    axes = trajectory(
        material.means, individuals=individuals, baselines=material.change, ylabel=unit, limits=limits
    )
    caption = (
        f"Mean {unit} with 95% intervals (n under each), not joined, because the patients of two periods are not the same. "
        "Open circles: the baseline of those patients of the period who have both. Thin lines: patients."
    )
    goal = f"at most {rules.goal_days:g} left"
    blocks = (
        Drawing(svg(axes, name="trajectory"), caption),
        TableBlock(change_table(material.change), f"Change in {unit} from baseline, first course."),
        TableBlock(
            responder_table(_main_rows(material.responders), goal=goal),
            f"Patients whose {endpoint_words(rules.endpoint)} fell.",
        ),
        Words(_bounds_words(material.change.to_frame())),
    )
    return Section("headache-days", title, blocks)


def _main_rows(responders: Estimates) -> Estimates:
    """Return all levels of the first period and the 50 % level of all."""
    rows = responders.to_frame()
    keep = (rows["term"] == "responder_50") | (rows["period"] == rows["period"].iloc[0])
    return Estimates(
        rows[keep], responders.title, responders.method, responders.level, responders.notes, responders.status
    )


def _bounds_words(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    if pd.isna(first["lower_bound"]):
        return "This endpoint has no bounds for missing days."
    return (
        f"If every missing day of {first['period']} had been free, its mean would be {first['lower_bound']:.1f}; if every one "
        f"had been a day with the event, {first['upper_bound']:.1f}. Values are prorated from the recorded days; headache days that "
        "are recorded more often than free days make them too high."
    )
