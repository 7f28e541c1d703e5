"""Headache days for readers outside: means and change per period, responders, the model beside them; no single patient."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.errors import OutcomesError
from outcomes.page.blocks import Block, Drawing, Section, TableBlock, Words
from outcomes.page.outside.material import Outside
from outcomes.page.wording import endpoint_words, per_month
from outcomes.plots.svg import svg
from outcomes.plots.trajectory import trajectory
from outcomes.tables.description import MARK, Column, Table
from outcomes.tables.formats import Interval, Number, PValue, Text
from outcomes.tables.headache import change_table, responder_table

__all__ = ["headache_days", "how_sure"]


def headache_days(outside: Outside) -> Section:
    """Return the section on the endpoint."""
    rules = outside.study.rules
    title = endpoint_words(rules.endpoint).capitalize()
    if not len(outside.change):
        reason = f"No period has the diary days of at least {outside.smallest} patients, so no mean is told."
        return Section("headache-days", title, (Words(reason),), "absent", reason)
    unit = per_month(rules.endpoint, rules)
    limits = (0.0, float(rules.month_days)) if rules.endpoint.endswith("_days") else None
    axes = trajectory(outside.means, baselines=outside.change, ylabel=unit, limits=limits)
    caption = (
        f"Mean {unit} with 95% intervals, not joined, because the patients of two periods are not the same. "
        "Open circles: the baseline of the patients of the period. Lines of single patients are not drawn for readers outside the clinic."
    )
    blocks: list[Block] = [
        Drawing(svg(axes, name="trajectory"), caption),
        TableBlock(change_table(outside.change), f"Change in {unit} from baseline, first course."),
    ]
    if len(outside.responders):
        blocks.append(_responders(outside))
    else:
        blocks.append(Words("Responders are not told: no period is due for all patients."))
    return Section("headache-days", title, tuple(blocks))


def _responders(outside: Outside) -> TableBlock:
    goal = f"at most {outside.study.rules.goal_days:g} left"
    found = outside.responders
    rows = found.to_frame()
    keep = (rows["term"] == "responder_50") | (rows["period"] == rows["period"].iloc[0])
    notes = (
        "N: all patients treated, for every period; who has no value, or no eligible baseline, has not responded.",
        *found.notes,
    )
    shown = type(found)(rows[keep], found.title, found.method, found.level, notes, found.status)
    return TableBlock(
        responder_table(shown, goal=goal),
        f"Patients whose {endpoint_words(outside.study.rules.endpoint)} fell.",
    )


def how_sure(outside: Outside) -> Section:
    """Return the mixed model's change: counts and degrees of freedom, which tell counts, are left out."""
    name, title = "how-sure", "How sure are these numbers"
    if not len(outside.change):
        reason = "No change is told, so there is nothing to be more or less sure of."
        return Section(name, title, (Words(reason),), "absent", reason)
    try:
        block = _mixed_model(outside)
    except OutcomesError:
        return Section(name, title, (Words("The mixed model gave no result for these data.", "caution"),))
    words = (
        "The model uses every patient with any value, baseline or later, and the correlation of a patient's periods. It assumes that "
        "values are missing at random. Periods of fewer patients than the table above tells of are left out here too."
    )
    return Section(name, title, (block, Words(words)))


def _mixed_model(outside: Outside) -> TableBlock:
    rules = outside.study.rules
    found = outside.inside.mixed_change.to_frame()
    rows = pd.DataFrame(
        {
            "period": found["contrast"].str.removesuffix(" - baseline"),
            **{key: found[key] for key in ("estimate", "lower", "upper", "p_value")},
        }
    )
    told = outside.change.to_frame().set_index("period")["n"]
    rows = rows[rows["period"].isin(told.index.astype("str"))]
    # where n is withheld P is too: with the interval it tells the degrees of freedom
    withheld = rows["period"].isin(told.index[told.isna()].astype("str"))
    rows[MARK] = np.where(withheld, "p_value", "")
    columns = {
        "period": Column("Period", Text("period")),
        "change": Column("Change", Number("estimate", 2, sign=True)),
        "interval": Column("95% interval", Interval(digits=2)),
        "p": Column("P", PValue()),
    }
    unit = per_month(rules.endpoint, rules)
    caption = f"Change in {unit} from baseline by a mixed model for repeated measures."
    return TableBlock(Table("mixed-model", rows, columns), caption)
