"""How sure: other models, missing days, what is expected without any effect, how long a fall lasts, dose."""

from __future__ import annotations

from functools import partial

import pandas as pd

from outcomes.derive.periods import periods
from outcomes.errors import OutcomesError
from outcomes.models.headache.chance.one_window import Entry
from outcomes.models.headache.regression_to_mean import regression_to_mean
from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.parts import or_why_not
from outcomes.page.sections.arms import arms
from outcomes.page.sections.day_by_day import day_by_day
from outcomes.page.sections.dose import dose
from outcomes.page.sections.missing_days import missing_days
from outcomes.page.sections.same_change import counted, same_change
from outcomes.page.sections.strategies import strategies
from outcomes.page.view import View
from outcomes.page.wording import EVENTS, endpoint_words, per_month
from outcomes.tables.data import plain_table
from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Interval, Number, PValue, Ratio, Text
from outcomes.tables.numbers import interval, number, signed

__all__ = ["how_sure"]

NAME, TITLE = "how-sure", "How sure are these numbers"


def how_sure(view: View) -> Section:
    """Return the section of companions to the mean change; each may fail by itself and says why."""
    if view.first_change is None:
        reason = "There is no change from baseline to be more or less sure of."
        return Section(NAME, TITLE, (Words(reason),), "absent", reason)
    blocks: list[Block] = []
    for what, make in (
        ("The primary question under other strategies", strategies),
        ("The contrast of arms", arms),
        ("The same change by other models", same_change),
        ("Days as counts", counted),
    ):
        blocks += view.for_the_clinic(partial(or_why_not, what, make))
    blocks += or_why_not("The mixed model", _mixed_model, view)
    blocks += view.for_the_clinic(_method_of_the_model)
    for what, make in (
        ("The tipping point", missing_days),
        ("Regression to the mean", _regression),
        ("Durability", _durability),
        ("Day by day", day_by_day),
        ("Dose", dose),
    ):
        blocks += view.for_the_clinic(partial(or_why_not, what, make))
    return Section(NAME, TITLE, tuple(blocks))


def _mixed_model(view: View) -> list[Block]:
    rows = view.mixed_change
    columns = {
        "period": Column("Period", Text("period")),
        "n": Column("n/N", Ratio()) if "n" in rows else None,
        "change": Column("Change", Number("estimate", 2, sign=True)),
        "interval": Column("95% interval", Interval(digits=2)),
        "df": Column("df", Number("df")) if "df" in rows else None,
        "p": Column("P", PValue()),
    }
    table = Table("mixed-model", rows, {key: column for key, column in columns.items() if column})
    unit = per_month(view.rules.endpoint, view.rules)
    caption = f"Change in {unit} from baseline by a mixed model for repeated measures."
    words = (
        "The model uses every patient with any value, baseline or later, and the correlation of a patient's periods: patients "
        "without one of the two windows still add what they have. It assumes that values are missing at random."
    )
    return [TableBlock(table, caption), Words(words)]


def _method_of_the_model(material: Material) -> list[Block]:
    try:
        found = material.mixed_change
    except OutcomesError:
        return []  # said above
    return [Words(f"{found.method}; status: {found.status}.")]


def _regression(material: Material) -> list[Block]:
    rules = material.study.rules
    event = EVENTS.get(rules.endpoint)
    if event is None:
        return [Words(f"Regression to the mean is not estimated for {endpoint_words(rules.endpoint)}.")]
    result = regression_to_mean(
        periods(material.study),
        material.days,
        entry=Entry(rules.entry_days, window=rules.baseline_days, min_days=rules.min_baseline_days),
        event=event,
    )
    found = result.to_frame()
    text = pd.DataFrame(
        {
            "period": found["period"].astype("str"),
            "term": found["term"].replace({"raw": "observed", "net": "not explained by chance"}),
            "n": [f"{n}/{total}" for n, total in found[["n", "N"]].to_numpy()],
            "estimate": found["estimate"].map(lambda value: signed(value, 2)),
            "interval": [interval(low, high, 2) for low, high in found[["lower", "upper"]].to_numpy()],
        }
    )
    labels = {
        "period": "Period",
        "term": "Change",
        "n": "n/N",
        "estimate": "Mean",
        "interval": "95% interval",
    }
    table = plain_table(
        text[text["period"] == text["period"].iloc[0]],
        labels,
        name="regression",
        text_columns=["period", "term"],
    )
    words = " ".join([f"{result.method}; status: {result.status}.", *result.notes])
    return [
        TableBlock(
            table, "How much of the change chance alone would bring to patients who came at their worst."
        ),
        Words(words),
    ]


def _durability(material: Material) -> list[Block]:
    rules = material.study.rules
    event = EVENTS.get(rules.endpoint)
    if event is None:
        return [Words(f"How long a fall lasts is not estimated for {endpoint_words(rules.endpoint)}.")]
    found = material.lasting
    rows = found.to_frame()
    if rows.empty:
        return [
            Words(" ".join([f"How long a fall lasts: {found.summary.status}.", *found.summary.notes[4:]]))
        ]
    rows = rows[rows["term"].str.contains("day ")]
    text = pd.DataFrame(
        {
            "term": rows["term"],
            "estimate": [f"{number(100 * value, 0)}%" for value in rows["estimate"]],
            "interval": [
                interval(100 * low, 100 * high, 0) for low, high in rows[["lower", "upper"]].to_numpy()
            ],
            "N": rows["N"].astype("str"),
        }
    )
    labels = {"term": "Share", "estimate": "Estimate", "interval": "95% interval", "N": "Followed"}
    table = plain_table(text, labels, name="durability", text_columns=["term"])
    return [
        TableBlock(table, "How long a fall lasts: what became of those who fell, after the first course."),
        Words(" ".join(found.summary.notes)),
    ]
