"""What only the front of the page says: better and worse, arms against each other, how long it lasts."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from outcomes.errors import OutcomesError
from outcomes.models.headache.ancova import ancova
from outcomes.models.headache.responder_contrasts import compare_responders
from outcomes.models.headache.responders import responders
from outcomes.models.stats.few_patients import FEW
from outcomes.models.stats.reference_arm import reference_arm
from outcomes.page.material import Material
from outcomes.page.of_treated import of_treated
from outcomes.page.wording import EVENTS

__all__ = [
    "arm_changes",
    "arm_responders",
    "arm_sizes",
    "between_arms",
    "diary_days",
    "directions",
    "still_better",
]

#: Days after which the front says who is still better.
TWELVE_WEEKS = 84


def directions(material: Material) -> tuple[dict[str, int], float, str] | None:
    """Patients of the first period whose value fell, stayed and rose, their median change, and the period."""
    found = _first_changes(material)
    if found is None:
        return None
    change = found[1].astype("float64").round(9)  # 28 - 28 may come out as -3.6e-15
    counts = {"better": change.lt(0).sum(), "same": change.eq(0).sum(), "worse": change.gt(0).sum()}
    return {name: int(n) for name, n in counts.items()}, float(change.median()), found[0]


def _first_changes(material: Material) -> tuple[str, pd.Series] | None:
    """Return the first period in which somebody has a change, and the changes; None without any."""
    if material.sums is not None:
        return material.sums.first_changes
    rows = material.periods[material.periods["change"].notna() & (material.periods["period_number"] > 0)]
    first = rows[rows["period_number"] == rows["period_number"].min()]
    return (str(first["period"].iloc[0]), first["change"]) if len(first) else None


def diary_days(material: Material) -> tuple[int, int]:
    """Days of all periods that were recorded, and that could be."""
    if material.sums is not None:
        return material.sums.recorded, material.sums.possible
    recorded, possible = (int(material.periods[f"days_{name}"].sum()) for name in ("recorded", "possible"))
    return recorded, possible


def arm_sizes(material: Material) -> dict[str, int]:
    """Patients with a change in the first period, by arm."""
    rows = material.periods[material.periods["change"].notna() & (material.periods["period_number"] == 1)]
    return {str(arm): int(n) for arm, n in rows["arm"].value_counts().items()}


def arm_changes(material: Material, *, vcov: Literal["nonrobust", "HC3"] = "nonrobust") -> pd.DataFrame:
    """Differences in change between arms by period, at the same baseline; no rows without two arms."""
    columns = ["period", "contrast", "estimate", "lower", "upper", "n", "N"]
    if len(arm_sizes(material)) < 2:
        return pd.DataFrame(columns=columns)
    rows = material.followed_periods
    rows = rows[rows["arm"].notna()]
    try:
        found = ancova(rows, arm="arm", reference=reference_arm(arm_sizes(material)), vcov=vcov).to_frame()
    except OutcomesError:  # an arm without enough values: its own section says why
        return pd.DataFrame(columns=columns)
    found = found[found["term"] == "difference"]
    return found.reindex(columns=columns).dropna(subset=["estimate"]).reset_index(drop=True)


def between_arms(material: Material) -> pd.DataFrame:
    """Differences in change of the first period between arms, at the same baseline."""
    rows = arm_changes(material)
    first = str(material.change.to_frame()["period"].iloc[0]) if len(rows) else ""
    return rows.loc[rows["period"].astype("str") == first, ["contrast", "estimate", "lower", "upper"]]


def arm_responders(material: Material) -> pd.DataFrame:
    """Differences in the share of treated patients with at least 50% fewer in the first period."""
    rows = material.followed_periods
    found = responders(
        rows[rows["arm"].notna()], by="arm", thresholds=[50], goal=False, missing=["non_responder"]
    )
    reference = reference_arm(arm_sizes(material))
    compared = compare_responders(of_treated(found), arm="arm", reference=reference).to_frame()
    return (
        compared[compared["period"].astype("str") == str(rows["period"].iloc[0])] if len(rows) else compared
    )


def still_better(material: Material) -> pd.Series | None:
    """The share who are still better on the last look up to 12 weeks, or None without one.

    By hidden levels: counting dated returns misses those that are not found yet. Where there is no model (few
    patients) the count stands.
    """
    if material.study.rules.endpoint not in EVENTS:
        return None
    try:
        rows = material.lasting.to_frame()
    except OutcomesError:
        return None
    if rows.empty:
        return None
    found = rows["term"].astype("str").str.extract(r"^still better on day (\d+)(, by hidden levels)?$")
    rows = rows.assign(day=found[0].astype("float64"), model=found[1].notna())
    # a share of one or two patients is what became of them, and stands in the section
    rows = rows[rows["day"].le(TWELVE_WEEKS) & rows["estimate"].notna() & rows["N"].ge(FEW)]
    return rows.sort_values(["day", "model"]).iloc[-1] if len(rows) else None
