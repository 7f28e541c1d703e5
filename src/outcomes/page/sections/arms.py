"""Headache days of a study with arms: the contrast first, then each arm by itself; never pooled."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.front_results import arm_changes, still_better
from outcomes.page.material import Material
from outcomes.page.picture import picture
from outcomes.page.sections.later import later_blocks
from outcomes.page.sections.unmeasured import unmeasured
from outcomes.page.view import View
from outcomes.page.wording import EVENTS, per_month, still_better_of_arms
from outcomes.plots.forest import forest
from outcomes.tables.changes_and_responders import change_table
from outcomes.tables.numbers import interval, signed
from outcomes.tables.sensitivity import scales_table

__all__ = ["headache_days_of_arms", "how_sure_of_arms", "lasting_of_arms"]


def headache_days_of_arms(view: View, title: str) -> Section:
    """Return the contrast of the first period as finding, of every period as picture, and each arm's change."""
    unit = per_month(view.rules.endpoint, view.rules)
    rows = view.between_arms
    blocks: list[Block] = [*view.for_the_clinic(_contrasts)]
    for place, (arm, one) in enumerate(view.arms.items()):
        if one.first_change is not None and one.enough:
            table = change_table(one.change, name=f"change-{place + 1}")
            blocks += later_blocks(one, unit, arm=arm, name=f"later-{place + 1}")
            blocks.append(TableBlock(table, f"{arm}: change in {unit}."))
    if not blocks:
        blocks.append(Words("No arm has enough patients with diary days before and after."))
    return Section("headache-days", title, tuple(blocks), finding=_finding(view, rows, unit))


def _finding(view: View, rows: pd.DataFrame, unit: str) -> str:
    """Return the contrasts of the first period: as the front has them, and at the same baseline."""
    if rows.empty:
        return "The arms cannot be compared: too few patients have diary days before and after"
    fronts, said = _of_means(view), []
    for row in rows.itertuples():
        adjusted = f"{signed(row.estimate)} ({interval(row.lower, row.upper)}) at the same baseline"
        mean = fronts.get(row.contrast)
        said.append(f"{row.contrast} {adjusted}" if mean is None else f"{row.contrast} {mean}, {adjusted}")
    return f"Difference in mean change in {unit}: {'; '.join(said)}"


def _of_means(view: View) -> dict[str, str]:
    """Return the difference of means by contrast where the study's primary question asks for this one."""
    asked, found = view.estimand, view.primary
    own = (asked.variable or view.rules.endpoint) == view.rules.endpoint and asked.period == 1
    if not own or found.summary != "mean_change" or "contrast" not in found.rows:
        return {}
    rows = found.rows.dropna(subset=["contrast", "lower"])
    return {
        row.contrast: f"{signed(row.estimate)} ({interval(row.lower, row.upper)})"
        for row in rows.itertuples()
    }


def _contrasts(material: Material) -> list[Block]:
    rows = arm_changes(material)
    # who is left in a later period was not treated again: arms differ in that too
    left = {period for part in material.by_arm.values() for period in part.later["period"]}
    rows = rows[~rows["period"].astype("str").isin(left)]
    if rows.empty:
        return []
    unit = per_month(material.study.rules.endpoint, material.study.rules)
    named = rows.assign(
        what=rows["contrast"].astype("str") + ", " + rows["period"].astype("str"),
        scale="",
        about="",
        p_value=float("nan"),
    )
    drawn = forest(named, label="what", xlabel="difference in change at the same baseline")
    caption = f"Differences between arms in change in {unit} at the same baseline (analysis of covariance), with 95% intervals."
    return [picture(drawn, "arm-changes", caption)]


def how_sure_of_arms(material: Material) -> Section:
    """Return the contrast of the first period by two covariances."""
    unit = per_month(material.study.rules.endpoint, material.study.rules)
    parts = [
        arm_changes(material).assign(what="Equal variances"),
        arm_changes(material, vcov="HC3").assign(what="Unequal variances (HC3)"),
    ]
    rows = pd.concat(parts, ignore_index=True)
    name, title = "how-sure", "How sure are these numbers"
    if rows.empty:
        reason = "There is no difference between arms whose certainty could be judged."
        return Section(name, title, (Words(reason),), "absent", reason)
    first = rows[rows["period"].astype("str") == str(rows["period"].iloc[0])]
    table = scales_table(
        first.assign(scale=first["contrast"], about="", p_value=float("nan")),
        "Analysis of covariance",
        name="same-change",
    )
    words = Words(
        "For missing days, mixed models and imputation by arm, use oc.mmrm, oc.impute and oc.tipping_point with the arm."
    )
    return Section(
        name, title, (TableBlock(table, f"Difference in change in {unit} at the same baseline, {first['period'].iloc[0]}."), *unmeasured(material), words),
        finding=_agreement(first),
    )  # fmt: skip


def _agreement(rows: pd.DataFrame) -> str:
    """Say whether no difference lies in the intervals of the contrasts, by either covariance."""
    held = (rows["lower"] <= 0) & (rows["upper"] >= 0)
    by = "by equal and unequal variances"
    if held.all():
        return f"No difference between the arms is shown: every interval, {by}, also includes none"
    if not held.any():
        return f"Every interval of a difference between the arms, {by}, lies wholly on one side of none"
    each = held.groupby(rows["contrast"], sort=False)
    unsure = [str(name) for name, of_one in each if of_one.any() and not of_one.all()]
    if unsure:
        return f"Whether there is a difference depends on how variances are taken: {', '.join(unsure)}"
    none = [str(name) for name, of_one in each if of_one.all()]
    return f"Intervals that also include no difference, {by}: {', '.join(none)}; the others do not"


def lasting_of_arms(material: Material) -> Section:
    """Return how long a fall lasts in each arm."""
    name, title = "lasting", "How long it lasts"
    if material.study.rules.endpoint in EVENTS and len(material.days):  # refused where days lie in partitions
        found = {arm: still_better(part) for arm, part in material.by_arm.items()}
        shares, said = still_better_of_arms(found)
        if shares:
            words = tuple(Words(f"{text}.") for text in said)
            finding = f"Still better, of those whose days fell by 30% or more: {shares}"
            return Section(name, title, words, finding=finding, folds=False)
    reason = "In no arm did the days of enough patients fall, or enough of these were not followed."
    return Section(name, title, (Words(reason),), "absent", reason)
