"""Every result of a report below each other, in the layout of CDISC analysis results."""

from __future__ import annotations

import pandas as pd

from outcomes.page.material import Material
from outcomes.page.readers import readers_of
from outcomes.page.view import view_of
from outcomes.page.view.view import View
from outcomes.results import Estimates, to_ard
from outcomes.schema.study_data import check_study
from outcomes.study import Study

__all__ = ["report_ard"]


def report_ard(
    study: Study, *, audience: str | None = None, smallest_count: int | None = None
) -> pd.DataFrame:
    """Return the results of a study's report, one row per statistic, as these readers may see them.

    Parameters
    ----------
    study : Study
        A checked study.
    audience, smallest_count : optional
        As in `report`: for readers outside the clinic small counts are withheld here too; their ``stat`` is
        missing. With too few patients to report outside there are no rows.

    Returns
    -------
    DataFrame
        ``analysis`` (change, responders, mixed model, shares of patients, adverse events, rates) and the
        columns of `to_ard`.

    Examples
    --------
    >>> import outcomes as oc
    >>> rows = oc.report_ard(oc.load_example(), audience="clinic")
    >>> sorted(set(rows["analysis"]))[:2]
    ['adverse events, by worst grade: patients', 'adverse events, by worst grade: sessions']
    """
    check_study(study)
    view = view_of(
        Material(study), readers_of(study.reporting.model_dump(mode="json"), audience, smallest_count)
    )
    return to_ard(_results(view) if view.enough else {})


def _results(view: View) -> dict[str, Estimates]:
    found = {f"patients: {heading}": shares for heading, shares in view.facts.items()}
    if not view.pooled_arms:
        found |= _of_one(view)
    else:  # arms are never pooled: a mean of all beside those of the arms would tell of patients in no arm
        for arm, one in view.arms.items():
            found |= {f"{name}, {arm}": part for name, part in _of_one(one).items() if one.enough}
    frames = {
        "rates": (view.rates, "Rates of adverse events", "events over exposure"),
        "between arms": (view.between_arms, "Difference between arms", "comparison of arms"),
    }
    return found | _framed(frames)


def _of_one(view: View) -> dict[str, Estimates]:
    """Return what is estimated of one group of patients."""
    found = {"change": view.change, "responders": view.responders}
    for name, units in (view.harm if view.has_events else {}).items():
        for unit, part in zip(("patients", "sessions"), units, strict=True):
            if part is not None:
                found[f"adverse events, {name.replace('_', ' ')}: {unit}"] = part
    mixed = (view.mixed_change, "Mean change from baseline", "mixed model for repeated measures")
    return found | _framed({"mixed model": mixed})


def _framed(frames: dict[str, tuple[pd.DataFrame, str, str]]) -> dict[str, Estimates]:
    return {
        name: Estimates(frame, title, method) for name, (frame, title, method) in frames.items() if len(frame)
    }
