"""Change of questionnaire scores: one mixed model a questionnaire."""

from __future__ import annotations

from operator import attrgetter

import numpy as np
import pandas as pd

from outcomes.errors import OutcomesError, plural
from outcomes.models.mmrm import mmrm
from outcomes.models.scores.instruments import INSTRUMENTS
from outcomes.models.scores.score_result import SINGLE, Scores
from outcomes.models.stats.few_patients import FEW
from outcomes.models.stats.mean_interval import with_interval

__all__ = ["score_changes"]

NUMBERS = ["estimate", "std_error", "df", "p_value", "lower", "upper"]


def score_changes(rows: pd.DataFrame, *, by: str | None = None, level: float = 0.95) -> Scores:
    """Estimate the change of each questionnaire by period (see `outcomes.scores`)."""
    counts = (rows["instrument"] != "PGIC") & (rows["reason"] != "no score before the course")
    if by:
        counts &= rows[by].notna()
    columns = ["patient_id", "instrument", *([by] if by else []), "period", "baseline", "change", "reason"]
    frame = (
        _changes(rows.loc[counts, columns], by, level)
        if counts.any()
        else pd.DataFrame(columns=["instrument", "n", "N", "status"])
    )
    reason = "no questionnaire with a score before and after the course"
    return Scores(
        frame=frame,
        title="Mean change in score from before the course, in points",
        method="MMRM: change ~ baseline * period, unstructured, REML, Kenward-Roger; where it cannot be "
        "fitted the mean of each period by itself (column model)",
        level=level,
        notes=_notes(rows),
        status="ok" if len(frame) and (frame["status"] == "ok").any() else reason,
        meta={"kind": "scores", "patients": rows["patient_id"].nunique()},
        patients=rows.reset_index(drop=True),
    )  # fmt: skip


def _notes(rows: pd.DataFrame) -> tuple[str, ...]:
    lacks = rows[rows["reason"] == "no score before the course"].groupby("instrument")["patient_id"].nunique()
    notes = [
        f"{name}: {plural(n, 'treated patient')} without a score before the course not in N."
        for name, n in lacks.items()
    ]
    if (rows["instrument"] == "MIDAS").any():
        notes.append("MIDAS looks back 3 months: until day 90 it also covers the time before the course.")
    if (rows["instrument"] == "PGIC").any():
        notes.append("PGIC is read as 1 = very much improved to 7 = very much worse.")
    return (*notes, "The model takes scores as missing at random, and patients who were treated again as if "
            "they had not been.", SINGLE)  # fmt: skip


def _changes(rows: pd.DataFrame, by: str | None, level: float) -> pd.DataFrame:
    """Return the change of each questionnaire and period: by the mixed model where it can be fitted."""
    out = _period_means(rows, by, level)
    if not len(out):  # scores before the course only
        return out
    fitted = [_modelled(rows[rows["instrument"] == name], part, by, level)
              for name, part in out.groupby("instrument", sort=False)]  # fmt: skip
    found = pd.concat(fitted)
    out.loc[found.index, found.columns] = found
    limits = out["instrument"].map(INSTRUMENTS)
    low, high = limits.map(attrgetter("low")), limits.map(attrgetter("high"))
    beyond = out["lower"] < low - out["baseline_mean"]
    beyond |= out["upper"] > high - out["baseline_mean"]
    out.loc[beyond, ["lower", "upper"]] = np.nan
    out.loc[beyond, "status"] = "the interval leaves the range of the score: none"
    return out


def _period_means(rows: pd.DataFrame, by: str | None, level: float) -> pd.DataFrame:
    """Return the counts and the mean change of each questionnaire and period by itself."""
    known = rows["change"].notna()
    rows = rows.assign(
        instrument=pd.Categorical(rows["instrument"], rows["instrument"].unique()),
        before=rows["baseline"].where(known),
        again=rows["reason"] == "treated again",
        later=rows["reason"] == "not yet due",
    )
    each = rows.groupby(["instrument", *([by] if by else []), "period"], observed=True)
    counted = pd.DataFrame({
        "N": each.size(), "n": each["change"].count(), "treated_again": each["again"].sum(),
        "not_due": each["later"].sum(), "baseline_mean": each["before"].mean(),
        "estimate": each["change"].mean(),
    }).reset_index()  # fmt: skip
    counted = counted[counted["n"] > 0].astype({"instrument": "str"})
    span = pd.DataFrame(np.nan, index=counted.index, columns=["low", "high", "least", "most"])
    values, cell = rows.loc[known, "change"].astype(float), each.ngroup()[known]
    found = with_interval(counted, values, cell, span, level=level, what="changes")
    found = found[[*counted.columns, *NUMBERS[1:], "status"]].assign(model="mean of the period")
    return found.reset_index(drop=True)


def _modelled(rows: pd.DataFrame, counted: pd.DataFrame, by: str | None, level: float) -> pd.DataFrame:
    """Return NUMBERS, model and status of those rows of `counted` that one mixed model gives."""
    able = counted[counted["n"] >= FEW]
    nothing = able.loc[[], [*NUMBERS, "model", "status"]]
    used = rows[rows["change"].notna() & rows["period"].isin(able["period"])]
    used = used.assign(period=used["period"].astype("str"))
    if any(used[name].nunique() < n for name, n in (("period", 2), ("patient_id", 2 * FEW), ("change", 2))):
        return nothing
    groups = by if by and len(used[by].unique()) > 1 else None
    try:
        formula = "change ~ baseline*period" + (f" + {groups}*period" if groups else "")
        fit = mmrm(formula, used, subject="patient_id", visit="period")
        means = fit.emmeans("period", by=groups, level=level).to_frame()
    except OutcomesError:  # what cannot be fitted together stays told period by period
        return nothing
    keys = [*([groups] if groups else []), "period"]
    rows_of_means = _keyed(means, keys).get_indexer(_keyed(able, keys))
    found = means[NUMBERS].take(rows_of_means).set_axis(able.index)
    return found[found["lower"].notna() & (rows_of_means >= 0)].assign(model="MMRM", status=fit.status)


def _keyed(frame: pd.DataFrame, names: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([frame[name].astype("str") for name in names])
