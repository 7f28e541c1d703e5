"""Change of questionnaire scores: one mixed model a questionnaire, and what it means for single patients."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from outcomes.errors import OutcomesError
from outcomes.models.mmrm import mmrm
from outcomes.models.scores.instruments import INSTRUMENTS
from outcomes.models.stats.intervals import proportion
from outcomes.models.stats.kernels.reference import interval_factor
from outcomes.models.stats.mean_interval import FEW, with_interval
from outcomes.results import Estimates

__all__ = ["Scores", "score_changes"]

SINGLE = "In one group of patients a change is not an effect of the treatment."
#: Name -> instrument, and whether a row meets it.
MEANINGFUL = {
    "HIT-6: fall of 6 or more": ("HIT-6", lambda r: r["change"] <= -6),
    "PHQ-9: fall of 5 or more": ("PHQ-9", lambda r: r["change"] <= -5),
    "PHQ-9: fall of half or more": (
        "PHQ-9",
        lambda r: (r["baseline"] > 0) & (r["value"] <= r["baseline"] / 2),
    ),
    "PHQ-9: below 5 after": ("PHQ-9", lambda r: r["value"] < 5),
    "PGIC: much or very much improved": ("PGIC", lambda r: r["value"] <= 2),
}


@dataclass(frozen=True, slots=True, eq=False)
class Scores(Estimates):
    """Change of scores by questionnaire and period, and the patients behind it.

    ``patients`` has one row per patient, questionnaire and period: baseline, value, change, headache_change,
    reason (why there is no score).
    """

    patients: pd.DataFrame = field(default_factory=pd.DataFrame)

    def meaningful(self) -> Estimates:
        """Return how many had a change that matters: term, period, missing, n, N, percent, lower, upper.

        ``missing``: ``not_met`` counts a missing score as not met, of all with a baseline; ``observed``
        leaves it out. Wilson limits in percent. Only periods in which 5 patients or more have a score.
        """
        rows = self.patients
        parts = [
            _share(rows[rows["instrument"] == name], term, met, way, self.level or 0.95)
            for term, (name, met) in MEANINGFUL.items()
            if (rows["instrument"] == name).any()
            for way in ("not_met", "observed")
        ]
        frame = (
            pd.concat(parts, ignore_index=True)
            if parts
            else pd.DataFrame(columns=["term", "n", "N", "status"])
        )
        sources = tuple(f"{name}: {INSTRUMENTS[name].source}." for name in dict.fromkeys(rows["instrument"]))
        status = "ok" if len(frame) else "no questionnaire with a verified value"
        title = "Patients whose change matters to them"
        return Estimates(frame, title, "n / N, Wilson interval", self.level, (*sources, SINGLE), status)

    def bands(self) -> Estimates:
        """Return patients by band of severity before and after: instrument, period, band, before, n, N.

        n: in the band after; before: in it before; both of the N patients with both scores.
        """
        parts = [_bands(rows, str(name)) for name, rows in self.patients.groupby("instrument", sort=False)]
        known = [part for part in parts if len(part)]
        frame = (
            pd.concat(known, ignore_index=True)
            if known
            else pd.DataFrame(columns=["instrument", "band", "n", "N"])
        )
        title, method = "Bands of severity before and after", "counts of the patients with both scores"
        status = "ok" if len(frame) else "no questionnaire with bands and two scores"
        return Estimates(frame, title, method, None, (SINGLE,), status)

    def relation(self) -> Estimates:
        """Return Spearman's correlation of the change in score with that in headache days.

        instrument, period, n, estimate, lower, upper, p_value, status. Limits by Fisher's z with the standard
        error sqrt((1 + r^2 / 2) / (n - 3)) [1]_; none under 10 patients.

        References
        ----------
        .. [1] Bonett DG, Wright TA. Sample size requirements for estimating Pearson, Kendall and Spearman
           correlations. Psychometrika 2000;65:23-28. doi:10.1007/BF02294183
        """
        known = self.patients[self.patients["change"].notna()]
        groups = known.groupby(["instrument", "period"], observed=True)
        frame = pd.DataFrame(
            [
                {"instrument": i, "period": p} | _correlation(rows, self.level or 0.95)
                for (i, p), rows in groups
            ]
        )
        notes = (
            "Scores and headache days of the same patients: that they go together says nothing of a cause.",
        )
        return Estimates(frame, "Change in score with change in headache days", "Spearman's correlation",
                         self.level, notes, "ok" if len(frame) else "no score")  # fmt: skip


NUMBERS = ["estimate", "std_error", "df", "p_value", "lower", "upper"]
#: Under this many patients a correlation has limits that say nothing.
FEWEST_PAIRS = 10


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
        f"{name}: {n} treated patients without a score before the course are not in N."
        for name, n in lacks.items()
    ]
    if (rows["instrument"] == "MIDAS").any():
        notes.append("MIDAS looks back 3 months: until day 90 it also tells of the time before the course.")
    if (rows["instrument"] == "PGIC").any():
        notes.append("PGIC is read as 1 = very much improved to 7 = very much worse.")
    return (*notes, "The model takes scores as missing at random, and patients who were treated again as if "
            "they had not been.", SINGLE)  # fmt: skip


def _of_instrument(rows: pd.DataFrame, name: str, by: str | None, level: float) -> pd.DataFrame:
    groups = [*([by] if by else []), "period"]
    counted = rows.groupby(groups, observed=True).agg(
        N=("patient_id", "size"), n=("change", "count"), mean=("change", "mean"),
        treated_again=("reason", lambda r: int((r == "treated again").sum())),
        not_due=("reason", lambda r: int((r == "not yet due").sum())),
    )  # fmt: skip
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


def _share(rows: pd.DataFrame, term: str, met: object, way: str, level: float) -> pd.DataFrame:
    rows = rows[~rows["reason"].isin(["no score before the course", "not yet due"])]
    given = rows.groupby("period", observed=True)["value"].count()  # few scores: it was not given then
    rows = rows[rows["period"].isin(given.index[given >= FEW])]
    if way == "observed":
        rows = rows[rows["value"].notna()]
    flags = met(rows).fillna(False).astype(bool)  # type: ignore[operator]
    frame = flags.groupby(rows["period"], observed=True).agg(["sum", "size"]).reset_index()
    frame = frame.rename(columns={"sum": "n", "size": "N"})
    lower, upper = proportion(frame["n"].to_numpy(), frame["N"].to_numpy(), method="wilson", level=level)
    return frame.assign(
        term=term, missing=way, percent=100 * frame["n"] / frame["N"], lower=100 * lower, upper=100 * upper,
        status="ok",
    )[["term", "period", "missing", "n", "N", "percent", "lower", "upper", "status"]]  # fmt: skip


def _bands(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    bands = INSTRUMENTS[name].bands
    both = rows[rows["change"].notna()]
    if not bands or both.empty:
        return pd.DataFrame()
    labels = [band for band, _ in bands]
    edges = [start for _, start in bands]
    place = {side: np.searchsorted(edges, both[side], side="right") - 1 for side in ("baseline", "value")}
    both = both.assign(**{side: pd.Categorical.from_codes(code, labels) for side, code in place.items()})
    counts = {
        side: both.groupby(["period", side], observed=False).size().rename_axis(["period", "band"])
        for side in ("baseline", "value")
    }
    frame = pd.DataFrame({"before": counts["baseline"], "n": counts["value"]}).reset_index()
    frame["N"] = frame["period"].astype(str).map(both["period"].astype(str).value_counts())
    frame = frame[frame["N"].notna()].astype({"N": "int64"})
    return frame.assign(instrument=name, status="ok")[
        ["instrument", "period", "band", "before", "n", "N", "status"]
    ]


def _correlation(rows: pd.DataFrame, level: float) -> dict[str, object]:
    both = rows[["change", "headache_change"]].dropna().astype(float)
    out: dict[str, object] = {
        "n": len(both),
        "estimate": np.nan,
        "lower": np.nan,
        "upper": np.nan,
        "p_value": np.nan,
    }
    if len(both) < FEW:
        return out | {"status": f"fewer than {FEW} patients with both changes"}
    if both["change"].nunique() < 2 or both["headache_change"].nunique() < 2:
        return out | {"status": "all changes are equal: no correlation"}
    r, p = stats.spearmanr(both["change"], both["headache_change"])
    if len(both) < FEWEST_PAIRS or abs(r) == 1:
        return out | {"estimate": float(r), "status": f"fewer than {FEWEST_PAIRS} patients: no interval"
                      if abs(r) != 1 else "all in one order: no interval"}  # fmt: skip
    half = float(interval_factor(level, np.inf)) * np.sqrt((1 + r**2 / 2) / (len(both) - 3))
    lower, upper = np.tanh(np.arctanh(r) + np.array([-half, half]))
    return out | {"estimate": float(r), "lower": lower, "upper": upper, "p_value": float(p), "status": "ok"}
