"""What changes of scores mean: for single patients, by bands of severity, beside headache days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from outcomes.models.scores.instruments import INSTRUMENTS
from outcomes.models.stats.few_patients import FEW
from outcomes.models.stats.intervals import proportion
from outcomes.models.stats.kernels.reference import interval_factor
from outcomes.results import Estimates

__all__ = ["SINGLE", "Scores"]

#: Under this many patients a correlation has limits that say nothing.
FEWEST_PAIRS = 10
SINGLE = "In one group of patients a change is not an effect of the treatment."
#: Name -> instrument, whether a row meets it, and the least score before the course of those who can.
MEANINGFUL: dict[str, tuple[str, Callable[[pd.DataFrame], pd.Series], float]] = {
    "HIT-6: fall of 6 or more": ("HIT-6", lambda r: r["change"] <= -6, -np.inf),
    "PHQ-9: fall of 5 or more": ("PHQ-9", lambda r: r["change"] <= -5, -np.inf),
    # half of 0 is no fall, and who was below 5 before has not come to be: they are not in N
    "PHQ-9: fall of half or more": ("PHQ-9", lambda r: r["value"] <= r["baseline"] / 2, 1),
    "PHQ-9: from 5 or more to below 5": ("PHQ-9", lambda r: r["value"] < 5, 5),
    "PGIC: much or very much improved": ("PGIC", lambda r: r["value"] <= 2, -np.inf),
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
        leaves it out. A fall of half is of those with a score above 0 before the course, one to below 5 of
        those with 5 or more. Wilson limits in percent. Only periods in which 5 patients or more have a score.
        """
        rows = self.patients
        due = rows.assign(due=~rows["reason"].isin(["no score before the course", "not yet due"]))
        of = dict(
            list(due[["instrument", "period", "baseline", "value", "change", "due"]].groupby("instrument"))
        )
        parts = [
            _met(of[name], met, least).assign(term=term)
            for term, (name, met, least) in MEANINGFUL.items()
            if name in of
        ]
        frame = (
            _with_limits(pd.concat(parts, ignore_index=True), self.level or 0.95)
            if parts
            else pd.DataFrame(columns=["term", "n", "N", "status"])
        )
        sources = tuple(f"{name}: {INSTRUMENTS[name].source}." for name in rows["instrument"].unique())
        status = "ok" if len(frame) else "no questionnaire with a verified value"
        title = "Patients with a meaningful change"
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
            "Scores and headache days of the same patients: that they go together says nothing about "
            "the cause.",
        )
        return Estimates(frame, "Change in score with change in headache days", "Spearman's correlation",
                         self.level, notes, "ok" if len(frame) else "no score")  # fmt: skip


def _met(rows: pd.DataFrame, met: Callable[[pd.DataFrame], pd.Series], least: float) -> pd.DataFrame:
    """Return how many met a threshold in each period: of all who can, then of those with a score."""
    rows = rows[rows["due"] & ~(rows["baseline"] < least)]
    period, known = rows["period"].cat.codes, rows["value"].notna()
    flags = met(rows).fillna(False).astype(bool)
    of_all, seen, all_met, seen_met = (
        np.bincount(period[counted], minlength=len(rows["period"].cat.categories))
        for counted in (slice(None), known, flags, flags & known)
    )
    given = np.flatnonzero(seen >= FEW)  # few scores: it was not given then
    return pd.DataFrame({
        "period": pd.Categorical.from_codes(np.tile(given, 2), dtype=rows["period"].dtype),
        "missing": np.repeat(["not_met", "observed"], len(given)),
        "n": np.append(all_met[given], seen_met[given]), "N": np.append(of_all[given], seen[given]),
    })  # fmt: skip


def _with_limits(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    lower, upper = proportion(frame["n"].to_numpy(), frame["N"].to_numpy(), method="wilson", level=level)
    return frame.assign(
        percent=100 * frame["n"] / frame["N"], lower=100 * lower, upper=100 * upper, status="ok"
    )[["term", "period", "missing", "n", "N", "percent", "lower", "upper", "status"]]


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
    from scipy import stats  # half a second of every start otherwise

    r, p = stats.spearmanr(both["change"], both["headache_change"])
    if len(both) < FEWEST_PAIRS or abs(r) == 1:
        return out | {"estimate": float(r), "status": f"fewer than {FEWEST_PAIRS} patients: no interval"
                      if abs(r) != 1 else "all in one order: no interval"}  # fmt: skip
    half = float(interval_factor(level, np.inf)) * np.sqrt((1 + r**2 / 2) / (len(both) - 3))
    lower, upper = np.tanh(np.arctanh(r) + np.array([-half, half]))
    return out | {"estimate": float(r), "lower": lower, "upper": upper, "p_value": float(p), "status": "ok"}
