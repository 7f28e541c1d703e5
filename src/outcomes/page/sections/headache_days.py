"""Headache days: means by period, change with interval and bounds, responders."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, Drawing, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.view import View
from outcomes.page.wording import endpoint_words, per_month
from outcomes.plots.change_by_period import change_by_period
from outcomes.plots.svg import svg
from outcomes.plots.trajectory import trajectory
from outcomes.results import Estimates
from outcomes.tables.changes_and_responders import change_table, responder_table

__all__ = ["headache_days"]


def headache_days(view: View) -> Section:
    """Return the section on the endpoint."""
    rules = view.rules
    title, unit = endpoint_words(rules.endpoint).capitalize(), per_month(rules.endpoint, rules)
    if view.first_change is None:
        reason = _no_change(view)
        return Section("headache-days", title, (Words(reason),), "absent", reason)
    rows = view.change.to_frame()
    blocks: list[Block] = [
        Words(view.primary.text),
        Drawing(
            svg(change_by_period(view.change, ylabel=f"change in {unit}"), name="change-by-period"),
            f"Change in {unit} from each patient's own baseline, with 95% intervals. The patients of two periods are not the same, so no line joins them.",
        ),
        *view.for_the_clinic(_courses),
        TableBlock(change_table(view.change), f"Change in {unit} from baseline, first course."),
    ]
    if len(view.responders):
        goal = f"at most {rules.goal_days:g} left"
        table = responder_table(_main_rows(view.responders), goal=goal)
        blocks.append(TableBlock(table, f"Patients whose {endpoint_words(rules.endpoint)} fell."))
    else:
        blocks.append(Words("Responders cannot be told: no period is over for enough patients."))
    blocks.append(Words(_bounds_words(rows)))
    return Section("headache-days", title, tuple(blocks))


def _no_change(view: View) -> str:
    if view.limit:
        return f"No period has the diary days of at least {view.smallest} patients, so no mean is shown."
    return (
        "No patient has enough recorded days before and after the treatment, so there is no change to show."
    )


def _courses(material: Material) -> list[Block]:
    """Return the level of every patient in every period behind the means."""
    rules = material.study.rules
    unit = per_month(rules.endpoint, rules)
    axes = trajectory(
        material.means,
        individuals=material.periods[["patient_id", "period", "value"]],
        baselines=material.change,
        ylabel=unit,
        limits=(0.0, float(rules.month_days)) if rules.endpoint.endswith("_days") else None,
    )
    caption = (
        f"Mean {unit} with 95% intervals (n under each), not joined, because the patients of two periods are not the same. "
        "Open circles: the baseline of those patients of the period who have both. Thin lines: patients."
    )
    return [Drawing(svg(axes, name="trajectory"), caption)]


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
