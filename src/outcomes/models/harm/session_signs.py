"""Signs at the bedside that a session went too far: high blood pressure, low oxygen saturation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.vital_signs import DIASTOLIC, SYSTOLIC
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SIGNS", "session_signs", "sign_of"]

#: Sign -> columns, and the values from which (pressures) or below which (saturation) it is there.
SIGNS: dict[str, dict[str, float]] = {
    "pressure of grade 3": {"sbp_max": SYSTOLIC[2], "dbp_max": DIASTOLIC[2]},
    "saturation below 92 %": {"spo2_min": 92.0},
    "saturation below 88 %": {"spo2_min": 88.0},
}


def sign_of(sessions: pd.DataFrame, sign: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return in which sessions the sign was there, and in which it was looked for."""
    hit, seen = (np.zeros(len(sessions), dtype=bool) for _ in range(2))
    for column, limit in SIGNS[sign].items():
        value = sessions[column].to_numpy(dtype=np.float64, na_value=np.nan)
        hit |= value >= limit if column != "spo2_min" else value < limit
        seen |= ~np.isnan(value)
    return hit, seen


def session_signs(sessions: pd.DataFrame, *, level: float = 0.95) -> Estimates:
    """Return how many sessions had high blood pressure or a low saturation, patients as clusters.

    Parameters
    ----------
    sessions : DataFrame
        One row per session: ``patient_id, session_id`` and ``sbp_max, dbp_max`` (mmHg), ``spo2_min`` (%).
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row per sign: ``term``, ``n`` sessions with it of ``N`` in which it was looked for, ``sessions``
        altogether, ``percent``, ``lower, upper`` (exact, as if sessions were independent) and
        ``lower_cluster, upper_cluster`` (see `incidence`), ``status``.

    Raises
    ------
    ArgumentError
        For a column that does not exist.

    Notes
    -----
    Pressure of grade 3: systolic 160 or diastolic 100 mmHg and above (CTCAE v5.0, hypertension). Saturation
    below 92 % is below the usual range of this package's checks, below 88 % is hypoxia of grade 3 at rest.
    A session without the measurement is not one without the sign.

    References
    ----------
    National Cancer Institute. Common Terminology Criteria for Adverse Events (CTCAE) v5.0, 2017.

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.DataFrame({"patient_id": list("aabb"), "session_id": [1, 2, 1, 2],
    ...     "sbp_max": [150.0, 165.0, None, 140.0], "dbp_max": [90.0, 95.0, None, 80.0],
    ...     "spo2_min": [97.0, 91.0, 95.0, None]})
    >>> session_signs(sessions)[["term", "n", "N", "sessions"]]
                        term  n  N  sessions
    0    pressure of grade 3  1  3         4
    1  saturation below 92 %  1  3         4
    2  saturation below 88 %  0  3         4
    """
    check_level(level)
    columns = list(dict.fromkeys(column for limits in SIGNS.values() for column in limits))
    check_columns("sessions", sessions, [PATIENT, SESSION, *columns], numbers=columns)
    rows = []
    for sign in SIGNS:
        hit, seen = sign_of(sessions, sign)
        keys = sessions[[PATIENT, SESSION]]
        counted = incidence(keys[hit], keys[seen], unit="session", level=level).to_frame()
        counted.insert(0, "term", sign)
        counted.insert(3, "sessions", len(sessions))
        rows.append(counted.drop(columns="events"))
    return Estimates(
        pd.concat(rows, ignore_index=True),
        title="Sessions with high blood pressure or a low oxygen saturation",
        method="n / N of sessions with the measurement; cluster limits: Korn-Graubard, patients as clusters",
        level=level,
        meta={"kind": "signs", "N": len(sessions)},
    )
