"""Pain responders: pain falls over a course of infusions, and stays lower at a later assessment."""

from __future__ import annotations

from numbers import Real

import numpy as np
import pandas as pd

from outcomes.errors import DataError, instance_of, name_rows
from outcomes.models.stats.few_patients import FEW, without_interval
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.intervals import proportion
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates

__all__ = ["pain_responders"]

#: Ratings on a 0-10 scale are given in steps of at most a tenth; smaller differences are rounding.
ROUNDING = 1e-9


def pain_responders(
    sessions: pd.DataFrame,
    exposure: pd.DataFrame,
    *,
    later: pd.DataFrame | None = None,
    fall: float = 2.0,
    share: float = 50.0,
    low: float = 3.0,
    level: float = 0.95,
) -> Estimates:
    """Count patients whose pain fell over their course, and those in whom it stayed lower.

    Parameters
    ----------
    sessions : DataFrame
        Checked sessions: session_id, pain_before, pain_after (NRS 0-10).
    exposure : DataFrame
        From `outcomes.exposure`: patient_id, course, session_id, session_in_course.
    later : DataFrame, optional
        patient_id, course, pain: a later rating on the same scale; needed for ``sustained``.
    fall : float, NRS points
        A pain responder's pain falls by at least this much from the start of the first session of the
        course to the end of its last.
    share : float, percent
        The fall as a share of the pain at the start.
    low : float, NRS points
        Pain at the end of at most this much.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        Per course number, term (``pain_responder``, ``fall_share``, ``pain_low``, ``sustained``) and way
        of counting
        missing ratings (non_responder, observed): n, N, percent, Wilson and Clopper-Pearson limits in
        percent, status.

    Raises
    ------
    ArgumentError
        For a missing column.
    DataError
        When a session or a later rating occurs twice.

    Notes
    -----
    N: patients with a rating above 0 at the start of the course (a patient without pain cannot respond).
    ``sustained``: a pain responder whose later rating is still at least `fall` below the start.

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.DataFrame({"session_id": list("abc"), "pain_before": [8.0, 6, 7],
    ...                          "pain_after": [4.0, 2, 6]})
    >>> exposure = pd.DataFrame({"patient_id": ["p", "p", "q"], "course": 1, "session_id": list("abc"),
    ...                          "session_in_course": [1, 2, 1]})
    >>> found = pain_responders(sessions, exposure).to_frame()
    >>> found.query("term == 'pain_responder' and missing == 'observed'")[["n", "N"]].values.tolist()
    [[1, 2]]
    """
    check_level(level)
    for name, given in (("fall", fall), ("share", share), ("low", low)):
        instance_of(name, given, Real, hint="give a number")
    pain = ["pain_before", "pain_after"]
    check_columns("sessions", sessions, ["session_id", *pain], numbers=pain, hint="pass study.sessions")
    where = ["patient_id", "course", "session_id", "session_in_course"]
    check_columns("exposure", exposure, where, hint="make the frame with oc.exposure(study)")
    courses = _courses(sessions, exposure)
    reported = int((courses["start"].isna() | (courses["start"] == 0)).sum())
    courses = courses[courses["start"] > 0]
    met = _criteria(courses, later, fall, share, low)
    parts = [
        _count(courses, term, flags, way, level)
        for term, flags in met.items()
        for way in ("non_responder", "observed")
    ]
    frame = (
        pd.concat(parts, ignore_index=True)
        if len(courses)
        else pd.DataFrame(columns=["term", "n", "N", "status"])
    )
    frame = frame.sort_values("course", kind="stable") if len(frame) else frame
    return Estimates(
        frame=frame,
        title="Patients whose pain fell over the course of infusions",
        method="n / N with Wilson (lower, upper) and Clopper-Pearson (lower_exact, upper_exact) intervals",
        level=level,
        notes=(
            f"pain_responder: fall of {fall:g} or more (NRS); fall_share: {share:g} % or more.",
            f"pain_low: {low:g} or less at the end.",
            f"{reported} patient-courses without a rating above 0 at the start are not in N.",
            "In one group of patients these are not effects of the treatment.",
        ),
        status="ok" if len(courses) else "nobody has a pain rating at the start of a course",
        meta={"patients": courses["patient_id"].nunique()},
    )


def _once(frame: pd.DataFrame, key: list[str], what: str) -> None:
    twice = np.flatnonzero(frame.duplicated(key, keep=False))
    if len(twice):
        raise DataError(
            f"the frame of {what} has {len(twice)} rows that share their {' and '.join(key)}",
            got=name_rows(twice),
            hint="keep one row each",
        )


def _courses(sessions: pd.DataFrame, exposure: pd.DataFrame) -> pd.DataFrame:
    """Return one row per course: pain at the start of its first and at the end of its last session."""
    _once(sessions, ["session_id"], "sessions")
    _once(exposure, ["session_id"], "exposure")
    pain = sessions[["session_id", "pain_before", "pain_after"]]
    both = exposure.merge(pain, on="session_id", how="left", validate="one_to_one")
    ordered = both.sort_values("session_in_course", kind="stable")
    key = ["patient_id", "course"]
    start = ordered.drop_duplicates(key, keep="first").set_index(key)["pain_before"].rename("start")
    end = ordered.drop_duplicates(key, keep="last").set_index(key)["pain_after"].rename("end")
    return pd.concat([start, end], axis=1).reset_index()


def _criteria(
    courses: pd.DataFrame, later: pd.DataFrame | None, fall: float, share: float, low: float
) -> dict[str, pd.DataFrame]:
    """Return for each term who met it and who was observed."""
    drop = courses["start"] - courses["end"]
    seen = courses["end"].notna()
    terms = {
        "pain_responder": (drop >= fall - ROUNDING, seen),
        "fall_share": (100 * drop / courses["start"] >= share - ROUNDING, seen),
        "pain_low": (courses["end"] <= low + ROUNDING, seen),
    }
    if later is not None:
        check_columns("later", later, ["patient_id", "course", "pain"], numbers=["pain"])
        _once(later, ["patient_id", "course"], "later ratings")
        rating = (
            courses[["patient_id", "course"]]
            .merge(
                later[["patient_id", "course", "pain"]],
                on=["patient_id", "course"],
                how="left",
                validate="one_to_one",
            )["pain"]
            .set_axis(courses.index)
        )
        kept = terms["pain_responder"][0] & (courses["start"] - rating >= fall - ROUNDING)
        # Who did not respond has not sustained a response, whatever came later.
        terms["sustained"] = (kept, seen & (rating.notna() | ~terms["pain_responder"][0]))
    return {name: pd.DataFrame({"met": met & known, "known": known}) for name, (met, known) in terms.items()}


def _count(courses: pd.DataFrame, term: str, flags: pd.DataFrame, way: str, level: float) -> pd.DataFrame:
    counted = flags["known"] | (way == "non_responder")
    grouped = pd.DataFrame({"course": courses["course"], "n": flags["met"] & counted, "N": counted}).groupby(
        "course"
    )
    frame = grouped.sum().astype(np.int64).reset_index()
    n, total = frame["n"].to_numpy(), frame["N"].to_numpy()
    wilson = proportion(n, total, method="wilson", level=level)
    exact = proportion(n, total, method="clopper-pearson", level=level)
    limits = dict(zip(("lower", "upper", "lower_exact", "upper_exact"), (*wilson, *exact), strict=True))
    rows = frame.assign(
        term=term,
        missing=way,
        percent=100 * frame["n"] / frame["N"].where(frame["N"] > 0),
        **{name: 100 * np.asarray(limit) for name, limit in limits.items()},
        status=np.where(total > 0, "ok", "nobody to count"),
    )
    return without_interval(rows, total < FEW)
