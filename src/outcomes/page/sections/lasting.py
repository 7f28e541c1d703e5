"""How long it lasts: what became of those whose days fell after the first course."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Section, TableBlock, Words
from outcomes.page.front_results import still_better as last_look
from outcomes.page.material import Material
from outcomes.page.picture import picture
from outcomes.page.sections.arms import lasting_of_arms as of_arms
from outcomes.page.sections.few import not_of_few
from outcomes.page.view import View
from outcomes.page.wording import EVENTS, endpoint_words, still_better_finding
from outcomes.plots.still_better import still_better
from outcomes.tables.data import plain_table
from outcomes.tables.description import Table
from outcomes.tables.numbers import EMPTY, interval, percent

__all__ = ["lasting"]

NAME, TITLE = "lasting", "How long it lasts"
#: Term of the result without its day -> heading.
SHARES = {
    "by hidden levels": "Still better (95% interval)",
    "still better": "Still better, as dated for each patient (95% interval)",
    "back": "Headache is back, as dated",
    "treated again": "Treated again",
    "if nobody were treated again": "Not back, if nobody were treated again",
}


def lasting(view: View) -> Section:
    """Return the section; it has no rule for readers outside."""
    if view.few:
        return not_of_few(NAME, TITLE)
    return view.everything(of_arms if view.pooled_arms else _lasting)


def _lasting(material: Material) -> Section:
    endpoint = material.study.rules.endpoint
    if endpoint not in EVENTS:
        return _absent(f"How long a fall lasts is not estimated for {endpoint_words(endpoint)}.")
    found = material.lasting
    if found.to_frame().empty:
        return _absent(f"No result: {found.summary.status}.")
    drawn = picture(
        still_better(found),
        "still-better",
        "Shares of those whose days fell by at least 30%, since the end of the course, as each patient's return is dated "
        "(late, and sometimes falsely); the numbers still followed below.",
    )
    table = TableBlock(_table(found.to_frame()), "What became of those whose days fell.")
    row = last_look(material)
    said = "" if row is None else still_better_finding(row)
    return Section(NAME, TITLE, (drawn, table, Words(" ".join(found.summary.notes))), finding=said)


def _absent(reason: str) -> Section:
    return Section(NAME, TITLE, (Words(reason),), "absent", reason)


def _table(rows: pd.DataFrame) -> Table:
    """Return one line per day and one column per share."""
    found = rows["term"].str.extract(r"^(?P<what>.*?) (?:on|by) day (?P<day>\d+)(?:, (?P<how>.*))?$")
    rows = rows.assign(day=found["day"], what=found["how"].fillna(found["what"])).dropna(subset=["day"])
    limits = [interval(100 * low, 100 * high, 0) for low, high in rows[["lower", "upper"]].to_numpy(float)]
    shares = [percent(100 * value, total) for value, total in rows[["estimate", "N"]].to_numpy(float)]
    rows["said"] = [
        share if one == EMPTY else f"{share} ({one})" for share, one in zip(shares, limits, strict=True)
    ]
    wide = rows.pivot_table(index="day", columns="what", values="said", aggfunc="first", sort=False)
    labels = {"day": "Day"} | {key: words for key, words in SHARES.items() if key in wide}
    return plain_table(wide.reset_index()[[*labels]], labels, name="durability", text_columns=["day"])
