"""Vital signs of each session: change from its own baseline, beside the CTCAE grade of blood pressure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from outcomes.errors import DataError, name_rows, plural
from outcomes.models.harm.at_risk.names import PATIENT
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DIASTOLIC", "SYSTOLIC", "session_vital_signs", "vital_signs"]

#: Lowest systolic and diastolic pressure (mmHg) of CTCAE v5 hypertension grades 1, 2, 3. Grade 4 needs a
#: clinical judgement (life-threatening consequences): no pressure alone makes it.
SYSTOLIC, DIASTOLIC = (120.0, 140.0, 160.0), (80.0, 90.0, 100.0)
PRESSURES = {"sbp": SYSTOLIC, "dbp": DIASTOLIC}


def session_vital_signs(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return each session's change of blood pressure and its CTCAE hypertension grades.

    Parameters
    ----------
    sessions : DataFrame
        One row per session with ``sbp_before, sbp_max, dbp_before, dbp_max`` in mmHg, or missing.

    Returns
    -------
    DataFrame
        The sessions with new columns: ``sbp_change, dbp_change`` (highest minus before, mmHg),
        ``grade_before, grade_max`` (0 to 3; the higher one of both pressures, missing when both are),
        ``grade_rose``.

    Raises
    ------
    ArgumentError
        For a column that does not exist.

    Notes
    -----
    Grade 1: 120-139 or 80-89; grade 2: 140-159 or 90-99; grade 3: 160 or 100 and above (CTCAE v5.0).
    Many patients come with grade 1 or 2: the grade is read beside the change from the session's own baseline.

    References
    ----------
    National Cancer Institute. Common Terminology Criteria for Adverse Events (CTCAE) v5.0, 2017.

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.DataFrame({"sbp_before": [118, 150], "sbp_max": [136, 158],
    ...     "dbp_before": [76, 92], "dbp_max": [84, None]})
    >>> session_vital_signs(sessions)[["sbp_change", "grade_before", "grade_max", "grade_rose"]]
       sbp_change  grade_before  grade_max  grade_rose
    0        18.0             0          1        True
    1         8.0             2          2       False
    """
    columns = [f"{pressure}_{when}" for pressure in PRESSURES for when in ("before", "max")]
    check_columns("sessions", sessions, columns, numbers=columns)
    frame = sessions.copy()
    for pressure in PRESSURES:
        frame[f"{pressure}_change"] = _mmhg(sessions, f"{pressure}_max") - _mmhg(
            sessions, f"{pressure}_before"
        )
    frame["grade_before"], frame["grade_max"] = _grade(sessions, "before"), _grade(sessions, "max")
    frame["grade_rose"] = (frame["grade_max"] > frame["grade_before"]).astype("boolean")
    return frame


def _mmhg(sessions: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return np.asarray(sessions[column].to_numpy(dtype=np.float64, na_value=np.nan))


def _grade(sessions: pd.DataFrame, when: str) -> pd.api.extensions.ExtensionArray:
    """Return the higher grade of both pressures; of one alone where the other was not taken."""
    grades = []
    for pressure, limits in PRESSURES.items():
        value = _mmhg(sessions, f"{pressure}_{when}")
        grades.append(np.where(np.isnan(value), np.nan, np.searchsorted(limits, value, side="right")))
    return pd.Series(np.fmax(*grades)).astype("Int64").array


def vital_signs(sessions: pd.DataFrame, *, level: float = 0.95) -> Estimates:
    """Summarise the change of blood pressure over sessions, patients as clusters.

    Parameters
    ----------
    sessions : DataFrame
        As for `session_vital_signs`, with ``patient_id``.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row per measure (``sbp_change``, ``dbp_change``, mmHg): ``n`` sessions with both values, ``N``
        sessions, ``patients``, ``estimate`` (mean over sessions), ``std_error, df, lower, upper``,
        ``sd, median, min, max`` and ``status``.

    Notes
    -----
    ``SE^2 = K / (K - 1) sum over patients (sum of (y - mean))^2 / n^2``, t on K - 1 degrees of freedom.

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.DataFrame({"patient_id": list("aabb"), "sbp_before": [120.0] * 4,
    ...     "sbp_max": [130.0, 140.0, 136.0, None], "dbp_before": [80.0] * 4,
    ...     "dbp_max": [88.0, 92.0, 90.0, 91.0]})
    >>> vital_signs(sessions)[["term", "n", "N", "patients", "estimate"]].round(2)
             term  n  N  patients  estimate
    0  sbp_change  3  4         2     15.33
    1  dbp_change  4  4         2     10.25
    """
    check_level(level)
    check_columns("sessions", sessions, [PATIENT])
    absent = np.flatnonzero(sessions[PATIENT].isna())
    if len(absent):
        what = plural(len(absent), "session has", "sessions have")
        raise DataError(f"{what} no {PATIENT}", got=name_rows(absent), hint="complete the column")
    frame = session_vital_signs(sessions)
    rows = [_summary(frame, f"{pressure}_change", level) for pressure in PRESSURES]
    return Estimates(
        pd.DataFrame(rows),
        title="Highest blood pressure in a session minus the pressure before it, mmHg",
        method="mean over sessions; robust by patient, t interval",
        level=level,
        notes=("for CTCAE grades of the same sessions see the table by grade",),
        meta={"N": len(frame)},
    )


def _summary(frame: pd.DataFrame, column: str, level: float) -> dict[str, object]:
    rows = frame.loc[frame[column].notna(), [PATIENT, column]]
    value = rows[column].to_numpy(dtype=np.float64)
    n, patients = len(value), rows[PATIENT].nunique()
    facts: dict[str, object] = {"term": column, "n": n, "N": len(frame), "patients": patients}
    numbers = dict.fromkeys(
        ("estimate", "std_error", "df", "lower", "upper", "sd", "median", "min", "max"), float("nan")
    )
    if n:
        numbers |= {"estimate": value.mean(), "median": float(np.median(value))}
        numbers |= {"min": value.min(), "max": value.max()}
    equal = False
    if patients > 1:
        sums = np.bincount(pd.factorize(rows[PATIENT])[0], weights=value - value.mean())
        error = float(np.sqrt(patients / (patients - 1) * (sums**2).sum()) / n)
        # Without any spread between patients the mean looks certain; it is only that nothing is known of it.
        equal = error <= 1e-9 * max(1.0, float(np.abs(value).max()))
        error = float("nan") if equal else error
        half = float(stdtrit(patients - 1, 0.5 + level / 2)) * error
        numbers |= {"std_error": error, "df": float(patients - 1), "sd": float(value.std(ddof=1))}
        numbers |= {"lower": value.mean() - half, "upper": value.mean() + half}
    status = "ok" if patients > 1 else "fewer than two patients" if n else "not recorded"
    status = "no spread between patients: no interval" if equal else status
    return facts | numbers | {"status": status}
