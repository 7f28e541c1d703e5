"""Adverse events of arms for readers outside: compared where the counts of both are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from outcomes.models.stats.reference_arm import arms_of
from outcomes.page.event_results import arms, comparison
from outcomes.page.material import Material
from outcomes.page.view.view import View
from outcomes.results import Estimates

__all__ = ["events_of_arms"]


def events_of_arms(material: Material, views: Mapping[str, View]) -> Estimates | None:
    """Return differences between arms without P: adjusted for all events, it tells of those withheld.

    Parameters
    ----------
    material : Material
        Everything.
    views : mapping of str to View
        What readers may see of each arm.
    """
    patients = arms(material)
    told = {arm: one for arm, one in views.items() if one.enough}
    if patients is None or len(told) < 2:
        return None
    found = comparison(material, patients[patients["arm"].isin(told)])
    rows, gone = found.to_frame(), {arm: _withheld(one) for arm, one in told.items()}
    contrasts = [arms_of(contrast, str(found.meta["reference"])) for contrast in rows["contrast"]]
    pairs = zip(rows["group"].astype("str"), contrasts, strict=True)
    shown = [not any(group in gone[arm] for arm in pair) for group, pair in pairs]
    kept = rows[shown].drop(columns=["p_value", "p_adjusted"])
    return replace(found, frame=kept, members=None, notes=())


def _withheld(arm: View) -> set[str]:
    """Return the events whose count is withheld; one that nobody in the arm had is not in its table."""
    if not arm.has_events:
        return set()
    rows = arm.harm["groups"][0].to_frame()
    return set(rows.loc[rows["n"].isna(), "group"].astype("str"))
