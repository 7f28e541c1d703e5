"""How sure: other models, missing days, what is expected without any effect, day by day, dose."""

from __future__ import annotations

import pandas as pd

from outcomes.models.headache.chance.one_window import Entry
from outcomes.models.headache.regression_to_mean import NET, regression_to_mean
from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.parts import or_why_not
from outcomes.page.sections.arms import how_sure_of_arms as of_arms
from outcomes.page.sections.day_by_day import day_by_day
from outcomes.page.sections.dose import dose
from outcomes.page.sections.few import not_of_few
from outcomes.page.sections.missing_days import missing_days
from outcomes.page.sections.same_change import same_change
from outcomes.page.sections.strategies import strategies
from outcomes.page.view import View
from outcomes.page.wording import EVENTS
from outcomes.questions.negative_control import negative_control
from outcomes.tables.data import plain_table
from outcomes.tables.numbers import interval, signed, true_minus

__all__ = ["how_sure"]

NAME, TITLE = "how-sure", "How sure are these numbers"


def how_sure(view: View) -> Section:
    """Return the section of companions to the mean change; it has no rule for readers outside."""
    if view.first_change is None:
        reason = "There is no change from baseline whose certainty could be judged."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    if view.few:
        return not_of_few(NAME, TITLE)
    return view.everything(of_arms if view.pooled_arms else _how_sure)


def _how_sure(material: Material) -> Section:
    """Return the section; each part may fail by itself and says why."""
    finding, blocks = same_change(material)
    for what, make in (
        ("The primary question under other strategies", strategies),
        ("Missing days", missing_days),
        ("Regression to the mean", _regression),
        ("Day by day", day_by_day),
        ("Dose", dose),
    ):
        blocks += or_why_not(what, make, material)
    return Section(NAME, TITLE, tuple(blocks), finding=finding)


def _regression(material: Material) -> list[Block]:
    rules = material.study.rules
    event = EVENTS.get(rules.endpoint)
    if event is None:
        return []
    result = regression_to_mean(
        material.first_period,
        material.days,
        entry=Entry(rules.entry_days, window=rules.baseline_days, min_days=rules.min_baseline_days),
        event=event,
    )
    found = result.to_frame()
    net = found[found["term"] == NET]
    if net["estimate"].isna().all():
        why = net["status"].iloc[0] if len(net) else result.status
        said = Words(f"How much chance alone would bring (regression to the mean): {why}.")
        return [said, *_before_treatment(material)]
    text = pd.DataFrame(
        {
            "term": found["term"].replace({"raw": "observed", "net": "not explained by chance"}),
            "n": [f"{n}/{total}" for n, total in found[["n", "N"]].to_numpy()],
            "estimate": found["estimate"].map(lambda value: signed(value, 2)),
            "interval": [interval(low, high, 2) for low, high in found[["lower", "upper"]].to_numpy()],
        }
    )
    labels = {"term": "Change", "n": "n/N", "estimate": "Mean", "interval": "95% interval"}
    table = plain_table(text, labels, name="regression", text_columns=["term"])
    words = " ".join([f"{result.method}.", *result.notes])
    caption = "How much change chance alone would bring to patients who came at their worst"
    return [
        TableBlock(table, f"{caption}, {found['period'].iloc[0]}."),
        Words(words),
        *_before_treatment(material),
    ]


def _before_treatment(material: Material) -> list[Block]:
    """Return the sentence of the negative control, where the month before the baseline is recorded."""
    control = negative_control(material.study)
    return [Words(true_minus(control.meta["text"]))] if control.to_frame()["n"].any() else []
