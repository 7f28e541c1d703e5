"""Pain and speed: ratings before and after each session, time to a fall, and whether it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import plural
from outcomes.models.scores.pain import ROUNDING
from outcomes.models.stats.few_patients import FEW, FEW_WORDS
from outcomes.models.stats.intervals import proportion
from outcomes.models.stats.mean_interval import with_interval
from outcomes.models.stats.survival import quantile, survival_curve
from outcomes.results import Estimates

__all__ = ["Speed", "fall_by_session", "ratings_of_course", "speed_of"]

HOUR = pd.Timedelta("1h")
SINGLE = "In one group of patients a fall is not an effect of the treatment: pain also falls by itself."


@dataclass(frozen=True, slots=True, eq=False)
class Speed(Estimates):
    """Pain before and after the sessions of a course by their number, and how soon it fell.

    ``ratings`` has each rating in its order (patient_id, hours since the start of the course, pain, kind),
    ``patients`` the time at which each patient's fall was first seen.
    """

    ratings: pd.DataFrame = field(default_factory=pd.DataFrame)
    patients: pd.DataFrame = field(default_factory=pd.DataFrame)

    def curve(self) -> Estimates:
        """Return the share whose fall has been seen by each time.

        time (hours since the start of the course), at_risk, n (falls seen at that time), estimate, lower,
        upper (1 minus Kaplan-Meier), status. A fall is seen when pain is next rated: it may have come sooner.
        """
        known = self.patients[self.patients["reason"] == ""]
        status = "ok" if len(known) else "nobody has a first rating of at least the fall, and a later one"
        columns = ["time", "at_risk", "n", "estimate", "lower", "upper", "status"]
        if not len(known):
            return Estimates(pd.DataFrame(columns=columns), self.title, "", self.level, self.notes, status)
        found = _survival(known, self.level or 0.95)
        few = len(known) < FEW
        frame = pd.DataFrame(
            {
                "time": found["time"], "at_risk": found["at_risk"], "n": found["relapses"],
                "estimate": 1 - found["estimate"], "lower": np.nan if few else 1 - found["upper"],
                "upper": np.nan if few else 1 - found["lower"],
                "status": FEW_WORDS if few else found["status"],
            }
        )  # fmt: skip
        title = "Share whose pain has been seen to fall, by hours since the start of the course"
        method = "1 - Kaplan-Meier, Greenwood on the log(-log) scale"
        return Estimates(frame, title, method, self.level, self.notes, status)

    def median(self) -> Estimates:
        """Return the hours by which half have been seen to fall: estimate, lower, upper, n (fell), N."""
        known = self.patients[self.patients["reason"] == ""]
        row: dict[str, Any] = {
            "estimate": np.nan,
            "lower": np.nan,
            "upper": np.nan,
            "status": "nobody could be followed",
        }
        if len(known):
            row = quantile(_survival(known, self.level or 0.95), known["fell"].to_numpy(), 0.5)
            reached = {"no relapse": "nobody's pain fell"}.get(row["status"], row["status"])
            row["status"] = reached.replace("relapsed", "fell")
        if 0 < len(known) < FEW:
            row |= {"lower": np.nan, "upper": np.nan, "status": FEW_WORDS}
        frame = pd.DataFrame([row | {"n": int(known["fell"].sum()), "N": len(known)}])
        return Estimates(
            frame, "Hours by which half have been seen to fall", "Kaplan-Meier", self.level, self.notes
        )


def _survival(known: pd.DataFrame, level: float) -> pd.DataFrame:
    return survival_curve(known["hours"].to_numpy(float), known["fell"].to_numpy(dtype=np.intp), level)


def ratings_of_course(sessions: pd.DataFrame, assessments: pd.DataFrame) -> pd.DataFrame:
    """Return every rating in order: patient_id, hours since the start of the course, pain, kind, session.

    Parameters
    ----------
    sessions : DataFrame
        Sessions of one course per patient: patient_id, session_in_course, start, end, pain_before,
        pain_after.
    assessments : DataFrame
        Ratings with a date only: patient_id, at (end of the day), score. Those up to the start of the course
        or on its first day are not used: they cannot be put in order.
    """
    base = ["patient_id", "session_in_course"]
    parts = [
        sessions[[*base, at, pain]].set_axis([*base, "at", "pain"], axis=1).assign(kind=kind)
        for at, pain, kind in (("start", "pain_before", "before"), ("end", "pain_after", "after"))
    ]
    of_patient = sessions.groupby("patient_id")
    begins, ends = of_patient["start"].min(), of_patient["end"].max()
    begun, ended = (_of_patient(times, assessments) for times in (begins, ends))
    dated = assessments[(assessments["at"] > begun + 24 * HOUR) & (assessments["at"] <= ended + 24 * HOUR)]
    dated = dated.rename(columns={"score": "pain"}).assign(session_in_course=np.nan, kind="dated")
    every = pd.concat([*parts, *([dated[parts[0].columns]] if len(dated) else [])], ignore_index=True)
    every = every[every["pain"].notna() & every["at"].notna()]
    every = every.assign(hours=(every["at"] - _of_patient(begins, every)) / HOUR)
    return every.sort_values(["patient_id", "hours"], kind="stable")[
        ["patient_id", "hours", "pain", "kind", "session_in_course"]
    ].reset_index(drop=True)


def _of_patient(times: pd.Series, rows: pd.DataFrame) -> pd.Series:
    return times.reindex(rows["patient_id"]).set_axis(rows.index)


def first_falls(sessions: pd.DataFrame, ratings: pd.DataFrame, fall: float) -> pd.DataFrame:
    """Return each patient's time to the first rating `fall` or more below the start, or the last rating."""
    first = sessions.sort_values("session_in_course", kind="stable").drop_duplicates("patient_id")
    start = first.set_index("patient_id")["pain_before"].astype(float)
    later = ratings[ratings["hours"] > 0]
    below = later["pain"] <= later["patient_id"].map(start).astype(float) - fall + ROUNDING
    fell = later[below].groupby("patient_id")["hours"].min().reindex(start.index)
    last = later.groupby("patient_id")["hours"].max().reindex(start.index)
    reason = np.select(
        [start.isna(), start < fall - ROUNDING, last.isna()],
        ["no rating before the first session", f"pain below {fall:g} at the start", "no later rating"],
        default="",
    )
    frame = pd.DataFrame(
        {"pain_start": start, "hours": fell.fillna(last), "fell": fell.notna(), "reason": reason}
    )
    return frame.reset_index()


def fall_by_session(
    sessions: pd.DataFrame, ratings: pd.DataFrame, *, fall: float, level: float
) -> pd.DataFrame:
    """Return one row per session number: ratings, mean change, how many fell, in how many it lasted."""
    rows = sessions.assign(
        before=sessions["pain_before"].astype(float), after=sessions["pain_after"].astype(float),
        session=sessions["session_in_course"].astype(int),
    )  # fmt: skip
    rows["change"] = rows["after"] - rows["before"]
    rows["able"] = rows["change"].notna() & (rows["before"] >= fall - ROUNDING)
    rows["fell"] = rows["able"] & (rows["change"] <= -fall + ROUNDING)
    following = _next_rating(rows, ratings)
    rows["lasts"] = rows["fell"] & (following <= rows["before"] - fall + ROUNDING)
    rows["known"] = rows["fell"] & following.notna()
    by = rows.groupby("session")
    frame = pd.DataFrame({"N": by.size(), "n": by["change"].count()})
    used = rows[rows["change"].notna()]
    both = used[["session", "before", "after", "change"]].groupby("session")
    frame[["before_mean", "after_mean", "estimate"]] = both.mean()
    least, most = -frame["before_mean"], 10 - frame["before_mean"]
    low, high = -both["before"].max(), 10 - both["before"].min()
    span = pd.DataFrame({"low": low, "high": high, "least": least, "most": most}).reindex(frame.index)
    found = with_interval(frame, used["change"], used["session"], span, level=level, what="changes")
    counted = ["able", "fell", "known", "lasts"]
    found[counted] = by[counted].sum().astype(int)
    lower, upper = proportion(
        found["fell"].to_numpy(), found["able"].to_numpy(), method="wilson", level=level
    )
    few = (found["able"] < FEW).to_numpy()
    found["percent"] = 100 * found["fell"] / found["able"].where(found["able"] > 0)
    found["percent_lower"], found["percent_upper"] = (np.where(few, np.nan, 100 * x) for x in (lower, upper))
    shown = ["N", "n", "before_mean", "after_mean", "estimate", "std_error", "lower", "upper", "able", "fell",
             "percent", "percent_lower", "percent_upper", "known", "lasts", "status"]  # fmt: skip
    return found[shown].reset_index()


def _next_rating(rows: pd.DataFrame, ratings: pd.DataFrame) -> pd.Series:
    """Return the rating that comes after the one at the end of each session; missing where there is none."""
    following = ratings.assign(following=ratings.groupby("patient_id")["pain"].shift(-1))
    ends = following[following["kind"] == "after"]
    of_rows, of_ends = (
        pd.MultiIndex.from_arrays([frame["patient_id"], frame["session_in_course"].astype(float)])
        for frame in (rows, ends)
    )
    found = ends["following"].set_axis(of_ends).reindex(of_rows)
    return pd.Series(found.to_numpy(dtype=float), index=rows.index)


def speed_of(sessions: pd.DataFrame, assessments: pd.DataFrame, *, fall: float, level: float) -> Speed:
    """Estimate pain before and after each session, and the time to a fall (see `outcomes.speed`)."""
    ratings = ratings_of_course(sessions, assessments)
    patients = first_falls(sessions, ratings, fall)
    frame = fall_by_session(sessions, ratings, fall=fall, level=level)
    out = patients[patients["reason"] != ""]["reason"].value_counts()
    notes = (
        f"A fall is one of {fall:g} points or more (NRS 0-10), of sessions with {fall:g} or more before.",
        "lasts: the next rating of the course is still that far below; known: there is a next rating.",
        "A fall is seen when pain is next rated; how long before that it came is not known.",
        *(
            f"{plural(count, 'patient is', 'patients are')} not in the curve: {reason}."
            for reason, count in out.items()
        ),
        SINGLE,
    )
    known = bool(len(frame)) and bool((frame["n"] > 0).any())
    return Speed(
        frame=frame, title="Pain before and after each session of the first course, NRS points",
        method="mean change in the session (t or Gaffke's interval); Wilson intervals of shares", level=level,
        notes=notes, status="ok" if known else "no session has pain before and after",
        meta={"kind": "speed", "patients": int(sessions["patient_id"].nunique()), "fall": fall},
        ratings=ratings, patients=patients,
    )  # fmt: skip
