"""The tiles of a study with arms: their contrast comes first, and no number is of pooled arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from outcomes.models.stats.reference_arm import arms_of, reference_arm
from outcomes.page import event_results
from outcomes.page.blocks import Block, KeyFigure, KeyFigures
from outcomes.page.front_results import arm_responders, arm_sizes
from outcomes.page.material import Material
from outcomes.page.sections.front_change import TILE, changed
from outcomes.page.sections.harm_tile import OF_PATIENTS, harm_tile
from outcomes.page.sections.tiles import RECORDED, judgement
from outcomes.page.view import View
from outcomes.page.view.withheld import Withheld
from outcomes.page.wording import less, still_better_of_arms
from outcomes.plots.better_same_worse import better_same_worse
from outcomes.plots.style import axes_or_new
from outcomes.plots.svg import svg
from outcomes.tables.description import WITHHELD
from outcomes.tables.numbers import interval, percent, share, signed

__all__ = ["ARM_TILES"]

#: Percentage points between arms in recorded days that are said.
APART = 5.0


def _who(view: View) -> KeyFigure:
    found = view.facts["Arm"].to_frame()
    order = {arm: place for place, arm in enumerate(view.arms)}  # as everywhere below
    found = found.sort_values("value", key=lambda names: names.map(order), kind="stable", na_position="last")
    told = [f"{row.n} {row.value}" for row in found.itertuples() if pd.notna(row.n)]
    about = "everything below compares them or describes one of them"
    if len(told) < len(found):
        about = f"the numbers of the others are withheld; {about}"
    return KeyFigure(", ".join(told) or WITHHELD, "patients by arm", about)


def _responded(view: View) -> KeyFigure | None:
    """Return the difference in responders, with the bar of each arm; single arms are for the clinic."""
    made = view.for_the_clinic(_responders)
    return next((block.figures[0] for block in made if isinstance(block, KeyFigures)), None)


def _responders(material: Material) -> list[Block]:
    rows = arm_responders(material)
    if rows.empty or rows["estimate"].isna().all():
        return []
    row = rows.iloc[0]
    label = (
        f"difference in patients with at least 50% {less(material.study.rules.endpoint)}, {row['contrast']}"
    )
    arm, reference = arms_of(row["contrast"], reference_arm(arm_sizes(material)))
    detail = (
        f"{row['period']}{_limits(row, ', 95% interval ', ' points')}; {arm} "
        f"{share(row['n'], row['N'])}, {reference} {share(row['n_reference'], row['N_reference'])}"
        f"{''.join(map(_as_well, rows.iloc[1:].to_dict(orient='records')))}, missing counts as no response"
    )
    return [KeyFigures((KeyFigure(f"{signed(100 * row['estimate'], 0)} points", label, detail),))]


def _as_well(row: dict[str, Any]) -> str:
    """Say the difference of a further arm."""
    limits = _limits(row, " (", ")")
    return (
        f"; {row['contrast']}: {signed(100 * row['estimate'], 0)} points{limits}, {share(row['n'], row['N'])}"
    )


def _limits(row: Mapping[Any, Any], before: str, after: str) -> str:
    """Return the interval of a difference of shares between two texts, and nothing where there is none."""
    if pd.isna(row["lower"]):
        return ""
    return f"{before}{interval(100 * row['lower'], 100 * row['upper'], 0)}{after}"


def _directions(view: View) -> KeyFigure | None:
    """Return better, same and worse of each arm."""
    said, drawings, fell = [], [], []
    for place, (arm, one) in enumerate(view.arms.items()):
        found = one.directions
        if found is None or any(isinstance(n, Withheld) for n in found.counts.values()):
            return None
        said.append(
            f"{arm}: {found.better} better, {found.same} the same, {found.worse} worse, {found.without} without a value, median {signed(found.median) if isinstance(found.median, float) else WITHHELD}"
        )
        fell.append(f"{found.better}/{one.patients} {arm}")
        counts = {name: n for name, n in found.counts.items() if isinstance(n, int)}
        bar = better_same_worse(counts, ax=axes_or_new(None, height=0.75, width=TILE))
        drawings.append(svg(bar, name=f"directions-{place}"))
    if not said:
        return None
    return KeyFigure(
        ", ".join(fell), "better; one bar an arm, in this order", "; ".join(said), tuple(drawings)
    )


def _lasts(view: View) -> KeyFigure | None:
    shares, said = still_better_of_arms({arm: one.still_better for arm, one in view.arms.items()})
    if not shares:
        return None
    return KeyFigure(shares, "still better, of those whose days fell by 30% or more", "; ".join(said))


def _harmed(view: View) -> KeyFigure | None:
    if "adverse_events" not in view.given or not view.has_events:
        return None
    made = view.for_the_clinic(_events)
    first = next((block.figures[0] for block in made if isinstance(block, KeyFigures)), None)
    each = {arm: harm_tile(one, counted=first is not None) for arm, one in view.arms.items() if one.enough}
    grave = "; ".join(f"{arm}: {tile.detail}" for arm, tile in each.items())
    if first is not None:
        return replace(first, detail=f"{first.detail}; {grave}")
    labels = {tile.label for tile in each.values()}
    label = labels.pop() if len(labels) == 1 else OF_PATIENTS
    values = {arm: tile.value if tile.label == label else WITHHELD for arm, tile in each.items()}
    if set(values.values()) == {WITHHELD}:
        return KeyFigure(WITHHELD, label, grave)
    said = ", ".join(f"{value} {arm}" for arm, value in values.items())
    return KeyFigure(said, label, grave) if said else None


def _events(material: Material) -> list[Block]:
    patients = event_results.arms(material)
    if patients is None:
        return []
    rows = event_results.any_event_by_arm(material, patients)
    said = [
        f"{row['contrast']}: {signed(100 * row['estimate'], 0)} points{_limits(row, ' (', ')')}, {share(row['n'], row['N'])} against {share(row['n_reference'], row['N_reference'])}"
        for row in rows.to_dict(orient="records")
    ]
    first = rows.iloc[0]
    label = f"difference in patients with an adverse event, {first['contrast']}"
    return [KeyFigures((KeyFigure(f"{signed(100 * first['estimate'], 0)} points", label, "; ".join(said)),))]


def _recorded(view: View) -> KeyFigure | None:
    shares = {
        arm: one.complete.percent for arm, one in view.arms.items() if one.complete is not None and one.enough
    }
    if not shares:
        return None
    value = ", ".join(f"{percent(one, 1000)} {arm}" for arm, one in shares.items())
    apart = max(shares.values()) - min(shares.values()) >= APART
    unlike = "; the arms recorded differently, which makes them hard to compare" if apart else ""
    return KeyFigure(value, RECORDED, f"{judgement(min(shares.values()))}{unlike}")


#: In the order of the front.
ARM_TILES = (_who, changed, _directions, _responded, _lasts, _harmed, _recorded)
