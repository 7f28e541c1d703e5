"""Adverse events in time, by patient and session, by dose, by arm; blood pressure; the listing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from outcomes.models.harm.dose_events import dose_events
from outcomes.models.harm.laboratory import liver_signals
from outcomes.models.stats.dose_note import dose_of
from outcomes.models.stats.reference_arm import arms_of, reference_arm
from outcomes.page import event_results as results
from outcomes.page.blocks import Block, Drawing, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.parts import or_why_not
from outcomes.page.picture import picture
from outcomes.plots.cumulative_incidence import cumulative_incidence as draw_curves
from outcomes.plots.dose_events import dose_events as draw_doses
from outcomes.plots.edish import edish
from outcomes.plots.event_heat_map import event_heat_map
from outcomes.plots.incidence_difference import incidence_difference
from outcomes.plots.signal_chart import signal_chart
from outcomes.plots.svg import svg
from outcomes.results import Estimates
from outcomes.tables import safety as tables
from outcomes.tables.events import listing_table
from outcomes.tables.numbers import count, interval, share, signed

__all__ = [
    "any_event_of_arms",
    "arms_compared",
    "event_details",
    "laboratory",
    "serious_count",
    "serious_listing",
]


def event_details(material: Material) -> list[Block]:
    """Return the parts that need sessions; each may fail by itself and says why."""
    if not len(material.study.sessions):
        return []
    blocks: list[Block] = []
    for what, make in (
        ("Time to a first event", _curves),
        ("Events by patient and session", _heat_map),
        ("Events by dose", _doses),
        ("Repeated looks", _looks),
        ("Blood pressure", _vitals),
        ("Laboratory", laboratory),
    ):
        blocks += or_why_not(what, make, material)
    return blocks


def serious_count(material: Material) -> Words:
    """Return how many serious events there are, and where they stand one by one."""
    listing = material.safety["serious_listing"]
    if listing.status != "ok":
        return Words("Whether events were serious was not recorded.")
    if not len(listing):
        return Words("No event was recorded as serious.")
    return Words(f"{_found(listing)}. They are listed by study id in the patient appendix (--patients).")


def serious_listing(material: Material) -> list[Block]:
    """Return the serious events one by one, for the patient appendix."""
    listing = material.safety["serious_listing"]
    if not len(listing):
        return [serious_count(material)]
    table = listing_table(listing, timezone=material.study.timezone)
    return [TableBlock(table, f"{_found(listing)}, one by one.")]


def _found(listing: Estimates) -> str:
    events, patients = listing.meta["events"], listing.meta["patients"]
    serious = f"{count(events, 'serious event')} of {count(patients, 'patient')}"
    if not (to_check := listing.meta["to_check"]):
        return serious
    serious = serious if events else "No event was recorded as serious"
    return f"{serious}; coding to be checked: {count(to_check, 'event')}"


def _curves(material: Material) -> list[Block]:
    found = results.curves(material)
    drawn = draw_curves(found.steps, at_risk=found.at_days, by="kind")
    last = (
        "each patient's last contact" if material.study.rules.follow_up == "last_contact" else "the cut-off"
    )
    caption = f"Patients with a first event since the first infusion (day 0; death is a competing event); numbers at risk below. Follow-up lasts until {last}."
    if found.after_death:
        caption += f" {count(found.after_death, 'event')} recorded after the patient's death cannot be placed and {'is' if found.after_death == 1 else 'are'} not included."
    return [Drawing(svg(drawn, name="first-events"), caption)]


def _heat_map(material: Material) -> list[Block]:
    drawn = event_heat_map(material.emergent_events, sessions=results.given(material))
    caption = f"Worst grade of an event in each session of each patient, from line in until {material.study.rules.related_window_h:g} h after line out."
    return [Drawing(svg(drawn, name="heat-map"), caption)]


def _doses(material: Material) -> list[Block]:
    sessions = results.given(material)
    dose = "dose_mg_per_kg" if sessions["dose_mg_per_kg"].notna().any() else "peak_rate"
    found = dose_events(material.emergent_events, sessions, dose=dose, unknown="note")
    caption = f"Sessions with an event, by dose{dose_of(sessions)}. The dose follows what a patient tolerates, so this is not the effect of a higher dose."
    return [Drawing(svg(draw_doses(found), name="events-by-dose"), caption)]


def _looks(material: Material) -> list[Block]:
    found = results.first_session_looks(material)
    drawn = signal_chart(found, ylabel="share of patients")
    expected, first = material.study.rules.signal_percent, found.meta.get("first_signal")
    raised = f"signal at look {first}" if first else "no signal"
    rule = (
        "Without rules.signal_percent no signal can be raised."
        if expected is None
        else f"Expected: {expected:g}%; {raised}."
    )
    caption = f"Patients with a serious or grade 3+ event in their first session, from line in until {material.study.rules.related_window_h:g} h after line out, looked at every week; the band holds at all looks together. {rule}"
    waiting = found.meta["waiting"]
    if waiting:
        caption += f" {count(waiting, 'patient')} whose first session ended less than that before the end of the data {'is' if waiting == 1 else 'are'} not included yet."
    blocks: list[Block] = [Drawing(svg(drawn, name="signal"), caption)]
    if signs := results.sign_looks(material):
        words = "Blood pressure, oxygen saturation and liver values looked at every week in the same way, one value per patient; limits that hold at all looks together."
        blocks.append(TableBlock(tables.looks_table(signs), words, folded=True))
    return blocks


def _vitals(material: Material) -> list[Block]:
    found = results.vitals(material)
    if found is None:
        return [Words("Blood pressure before and during the sessions was not recorded.")]
    words = "Sessions with high blood pressure or a low oxygen saturation, of those in which it was measured."
    return [
        TableBlock(tables.vital_table(found), "Blood pressure: change from each session's own baseline."),
        TableBlock(tables.sign_table(results.signs(material)), words),
    ]


def laboratory(material: Material) -> list[Block]:
    """Return signals of liver injury, and each patient's peaks; nothing where no value was handed in."""
    graded = results.laboratory(material)
    if not len(graded):
        return []
    signals = liver_signals(graded)
    caption = "Signals of liver injury: patients by their highest values after the day of the first infusion, in multiples of the upper limit of normal."
    blocks: list[Block] = [TableBlock(tables.liver_table(signals), caption)]
    if signals.frame["N"].iloc[-1]:  # patients with both kinds of value
        drawn = "Highest ALT or AST against highest bilirubin of each patient, after the day of the first infusion; the Hy's law quadrant is above and to the right of both lines. Patients are not named."
        blocks.append(Drawing(svg(edish(graded), name="edish"), drawn))
    return blocks


def arms_compared(material: Material) -> list[Block]:
    """Return the shares of patients with an event compared between arms; nothing for one arm."""
    patients = results.arms(material)
    if patients is None:
        return []
    found = results.comparison(material, patients)
    without = len(material.treated) - len(patients)
    caption = "Patients with an event, compared between arms." + (
        f" {count(without, 'treated patient')} without an arm not counted here." if without else ""
    )
    blocks: list[Block] = [TableBlock(tables.arms_table(found), caption)]
    if found.frame["contrast"].nunique() == 1:
        blocks.insert(0, picture(incidence_difference(found), "arms-difference", caption))
    for place, (arm, part) in enumerate(material.by_arm.items(), 1):
        blocks += [_of_arm(block, arm, place) for block in or_why_not("Laboratory", laboratory, part)]
    return blocks


def any_event_of_arms(material: Material) -> list[Block]:
    """Return in one line for each pair of arms how many had any event, and the difference."""
    patients = results.arms(material)
    if patients is None:
        return []
    rows = results.any_event_by_arm(material, patients).to_dict(orient="records")
    reference = reference_arm(patients["arm"].unique())
    return [Words(_difference(row, *arms_of(row["contrast"], reference))) for row in rows]


def _difference(row: dict[str, Any], arm: str, reference: str) -> str:
    limits = interval(100 * row["lower"], 100 * row["upper"], 0)
    return (
        f"Patients with any event: {share(row['n'], row['N'])} {arm}, "
        f"{share(row['n_reference'], row['N_reference'])} {reference}; difference {signed(100 * row['estimate'], 0)} points ({limits})"
    )


def _of_arm(block: Block, arm: str, place: int) -> Block:
    """Say of which arm a table or drawing is, so that its name stays the only one of its kind."""
    if isinstance(block, TableBlock):
        table = replace(block.table, name=f"{block.table.name}-{place}")
        return replace(block, table=table, caption=f"{arm}: {block.caption}")
    return replace(block, caption=f"{arm}: {block.caption}") if isinstance(block, Drawing) else block
