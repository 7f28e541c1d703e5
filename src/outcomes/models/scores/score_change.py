"""Change of questionnaire scores: one mixed model a questionnaire."""

from __future__ import annotations

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
    kept = rows[(rows["instrument"] != "PGIC") & (rows["reason"] != "no score before the course")]
    kept = kept[kept[by].notna()] if by else kept
    parts = [
        _of_instrument(part, str(name), by, level) for name, part in kept.groupby("instrument", sort=False)
    ]
    frame = (
        pd.concat(parts, ignore_index=True)
        if parts
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


def _of_instrument(rows: pd.DataFrame, name: str, by: str | None, level: float) -> pd.DataFrame:
    groups = [*([by] if by else []), "period"]
    rows = rows.assign(again=rows["reason"] == "treated again", later=rows["reason"] == "not yet due")
    each = rows.groupby(groups, observed=True)
    counted = pd.DataFrame({
        "N": each.size(), "n": each["change"].count(), "mean": each["change"].mean(),
        "treated_again": each["again"].sum(), "not_due": each["later"].sum(),
    })  # fmt: skip
    counted["baseline_mean"] = rows[rows["change"].notna()].groupby(groups, observed=True)["baseline"].mean()
    counted = counted[counted["n"] > 0].reset_index()
    found = _modelled(rows, counted, by, level)
    limit = INSTRUMENTS[name]
    low, high = limit.low - counted["baseline_mean"], limit.high - counted["baseline_mean"]
    out = counted.drop(columns="mean").join(found)
    beyond = (out["lower"] < low) | (out["upper"] > high)
    out[["lower", "upper"]] = out[["lower", "upper"]].mask(beyond)
    out["status"] = out["status"].mask(beyond, "the interval leaves the range of the score: none")
    return out.assign(instrument=name)[["instrument", *out.columns]]


def _modelled(rows: pd.DataFrame, counted: pd.DataFrame, by: str | None, level: float) -> pd.DataFrame:
    """Return estimate, std_error, df, p_value, lower, upper, model and status of each row of `counted`."""
    out = _period_means(rows, counted, by, level)
    able = counted["n"] >= FEW
    used = rows[rows["change"].notna() & rows["period"].isin(counted.loc[able, "period"])]
    used = used.assign(period=used["period"].astype(str))
    if used["period"].nunique() < 2 or used["patient_id"].nunique() < 2 * FEW or used["change"].nunique() < 2:
        return out
    groups = by if by and len(used[by].unique()) > 1 else None
    try:
        formula = "change ~ baseline*period" + (f" + {groups}*period" if groups else "")
        fit = mmrm(formula, used, subject="patient_id", visit="period")
        means = fit.emmeans("period", by=groups, level=level).to_frame()
    except OutcomesError:  # what cannot be fitted together stays told period by period
        return out
    keys = [*([groups] if groups else []), "period"]
    wanted = counted.assign(period=counted["period"].astype(str))[keys]
    found = wanted.merge(means.assign(period=means["period"].astype(str)), on=keys, how="left")
    fitted = (found["lower"].notna() & able).to_numpy()
    out.loc[fitted, NUMBERS] = found.loc[fitted, NUMBERS]
    out.loc[fitted, ["model", "status"]] = ["MMRM", fit.status]
    return out


def _period_means(rows: pd.DataFrame, counted: pd.DataFrame, by: str | None, level: float) -> pd.DataFrame:
    groups = [*([by] if by else []), "period"]
    known = rows[rows["change"].notna()]
    row = known[groups].merge(counted.assign(row=counted.index)[[*groups, "row"]], on=groups, how="left")[
        "row"
    ]
    values = known["change"].astype(float).set_axis(row.index)
    span = pd.DataFrame(np.nan, index=counted.index, columns=["low", "high", "least", "most"])
    frame = counted.assign(estimate=counted["mean"])
    found = with_interval(frame, values, row, span, level=level, what="changes")
    return found[[*NUMBERS, "status"]].assign(model="mean of the period")
