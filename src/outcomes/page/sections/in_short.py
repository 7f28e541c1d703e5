"""The opening: how many, how much change, what harm, how complete; in plain words made from the numbers."""

from __future__ import annotations

from outcomes.page.blocks import Block, KeyFigures, Section, Words
from outcomes.page.primary import with_doubt
from outcomes.page.sections.arm_tiles import ARM_TILES
from outcomes.page.sections.few import values
from outcomes.page.sections.front_change import changed
from outcomes.page.sections.harm_tile import harm_tile
from outcomes.page.sections.tiles import POOR, better_or_worse, complete, lasts, treated
from outcomes.page.view import View
from outcomes.tables.numbers import percent

__all__ = ["in_short"]

#: Beside the figures of a study without a comparison group.
NOT_AN_EFFECT = (
    "All patients were treated: there is no comparison group, so a change here is what happened to these patients, not an effect of the "
    "drug. People start treatment when they are at their worst and improve without any (see the placebo arms below)."
)
ARMS = (
    "A change within an arm is not an effect of a treatment. The next section compares the arms at the same baseline too. Whether patients were randomised "
    "is not known to this report: without it the arms may differ in more than the treatment."
)
#: The tiles of a study of one group.
TILES = (treated, better_or_worse, changed, lasts, harm_tile, complete)


def in_short(view: View) -> Section:
    """Return the front of the page: what a physician reads first, each tile with its finding."""
    told: list[Block] = []
    if view.limit:
        told = [
            Words(
                f"For readers outside the clinic: numbers about fewer than {view.limit} people are withheld, "
                "as are those from which they could be calculated. The last section says what and why.",
                "caution",
            )
        ]
    if not view.enough:
        few = f"Fewer than {view.smallest} patients were treated: numbers about so few patients are not shown outside the clinic."
        return Section("in-short", "In short", (*told, Words(few)), folds=False)
    caution = Words(ARMS if view.pooled_arms else NOT_AN_EFFECT, "caution")
    if view.few:
        return Section("in-short", "In short", (*_poor_diaries(view), *values(view), caution), folds=False)
    tiles = ARM_TILES if view.pooled_arms else TILES
    figures = KeyFigures(tuple(tile for make in tiles if (tile := make(view)) is not None))
    sentence = Words(with_doubt(view.primary, view.estimand.variable or view.rules.endpoint))
    blocks = (*_poor_diaries(view), sentence, figures, caution, *told)
    return Section("in-short", "In short", blocks, folds=False)


def _poor_diaries(view: View) -> list[Block]:
    """Return the caution that stands over everything when most days were not recorded."""
    found = view.complete
    if found is None:
        return []
    poor = {"": found.percent} if found.percent < POOR else _poor_arms(view)
    if not poor:
        return []
    said = ", ".join(f"{arm} {percent(one, 1000)}".strip() for arm, one in poor.items())
    return [
        Words(
            f"Fewer than half of the days were recorded ({said}). Every number below rests on the days "
            "that were, and patients record more when they have headache or when they hope: read them with that doubt.",
            "caution",
        )
    ]


def _poor_arms(view: View) -> dict[str, float]:
    """Return the share of recorded days of arms in which it is low."""
    arms = view.arms.items() if view.pooled_arms else ()
    shares = {arm: one.complete.percent for arm, one in arms if one.enough and one.complete is not None}
    return {arm: one for arm, one in shares.items() if one < POOR}
