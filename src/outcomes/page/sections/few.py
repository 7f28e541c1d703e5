"""Under five patients: the values themselves, without an interval or a test."""

from __future__ import annotations

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.primary import with_doubt
from outcomes.page.sections.front_change import changed
from outcomes.page.sections.harm_tile import harm_tile
from outcomes.page.sections.tiles import complete
from outcomes.page.view import View
from outcomes.page.wording import per_month
from outcomes.tables.data import plain_table
from outcomes.tables.numbers import number

__all__ = ["not_of_few", "values"]

WHY = "Fewer than 5 patients: see their values at the top."


def values(view: View) -> list[Block]:
    """Return each patient's values, harm and completeness in words."""
    harm, days = harm_tile(view), complete(view)
    unsaid = [Words(f"Change: {changed(view).detail}.")] if view.first_change is None else []
    return [
        *unsaid,
        *([] if view.pooled_arms else [Words(with_doubt(view.primary, view.rules.endpoint))]),
        *view.for_the_clinic(_each),
        Words(f"Adverse events: {harm.detail}. Diary: {days.value} {days.label}."),
    ]


def not_of_few(name: str, title: str) -> Section:
    """Return what stands for a section that needs more patients."""
    return Section(name, title, (Words(WHY),), "absent", WHY)


def _each(material: Material) -> list[Block]:
    rules = material.study.rules
    rows = material.periods[material.periods["value"].notna()]
    if not len(rows):
        return []
    people = rows.drop_duplicates("patient_id").sort_values("patient_id")
    arms = (" (" + people["arm"].astype("str") + ")").where(people["arm"].notna(), "")
    order = {
        name: f"patient {place}{arm}"
        for place, (name, arm) in enumerate(zip(people["patient_id"], arms, strict=True), 1)
    }
    wide = rows.assign(who=rows["patient_id"].map(order), said=rows["value"].map(number)).pivot_table(
        index="who", columns="period", values="said", aggfunc="first", observed=True
    )
    labels = {"who": "Patient"} | {str(period): str(period) for period in wide.columns}
    table = plain_table(
        wide.rename(columns=str).fillna("\N{EN DASH}").reset_index(),
        labels,
        name="values",
        text_columns=["who"],
    )
    return [TableBlock(table, f"{per_month(rules.endpoint, rules).capitalize()} of each patient.")]
