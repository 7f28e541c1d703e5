"""Headache days: change by period with interval and bounds, responders."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from outcomes.errors import OutcomesError
from outcomes.page.as_untreated import not_made
from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.picture import picture
from outcomes.page.sections.arms import headache_days_of_arms
from outcomes.page.sections.few import not_of_few
from outcomes.page.sections.later import AS_IF, later_blocks
from outcomes.page.view import View
from outcomes.page.wording import change_finding, endpoint_words, per_month
from outcomes.plots.change_by_period import change_by_period
from outcomes.results import Estimates
from outcomes.tables.changes_and_responders import change_table, responder_table

__all__ = ["headache_days"]


def headache_days(view: View) -> Section:
    """Return the section on the endpoint."""
    rules = view.rules
    title, unit = endpoint_words(rules.endpoint).capitalize(), per_month(rules.endpoint, rules)
    row = view.first_change
    if row is None:
        reason = _no_change(view)
        return Section("headache-days", title, (Words(reason),), "absent", reason)
    if view.few:
        return not_of_few("headache-days", title)
    if view.pooled_arms:
        return headache_days_of_arms(view, title)
    blocks: list[Block] = [
        Words(view.primary.text),
        picture(
            change_by_period(_drawn(view), ylabel=f"change in {unit}"),
            "change-by-period",
            f"Mean change from each patient's own baseline, with 95% intervals{_as_if(view)}.",
        ),
        *later_blocks(view, unit),
        TableBlock(change_table(view.change, mixed=_mixed(view)), f"Change in {unit}, first course."),
    ]
    if len(view.responders):
        table = responder_table(_main_rows(view.responders), goal=f"at most {rules.goal_days:g} left")
        blocks.append(TableBlock(table, f"Patients whose {endpoint_words(rules.endpoint)} fell."))
    else:
        blocks.append(Words("Responders cannot be shown: no period is over for enough patients."))
    return Section("headache-days", title, tuple(blocks), finding=change_finding(row, rules))


def _drawn(view: View) -> Estimates:
    """Return the change without the periods that were not made, which are not to be read as withheld."""
    periods = view.untreated_change
    unmade = view.later.loc[not_made(view.later), "period"]
    return replace(periods, frame=periods.frame[~periods.frame["period"].astype("str").isin(unmade)])


def _as_if(view: View) -> str:
    return "" if not_made(view.later).all() else AS_IF


def _mixed(view: View) -> pd.DataFrame | None:
    """Return the mixed model's change; None where it cannot be fitted: the change stands without it.

    Nor in periods before which patients were treated again because of their days, which it does not know.
    """
    try:
        found = view.mixed_change
    except OutcomesError:
        return None
    return found[~found["period"].astype("str").isin(view.later["period"])]


def _no_change(view: View) -> str:
    if view.limit:
        return f"No period has diary days from at least {view.smallest} patients, so no mean is shown."
    return (
        "No patient has enough recorded days before and after the treatment, so there is no change to show."
    )


def _main_rows(responders: Estimates) -> Estimates:
    """Return all levels of the first period and the 50 % level of all."""
    rows = responders.to_frame()
    keep = (rows["term"] == "responder_50") | (rows["period"] == rows["period"].iloc[0])
    return Estimates(
        rows[keep], responders.title, responders.method, responders.level, responders.notes, responders.status
    )
