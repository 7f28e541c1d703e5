"""How much treatment the patients had, with those whose exposure is not known in a line of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import DataError, name_rows, plural
from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.harm.at_risk.time import Exposure, checked_exposure
from outcomes.models.harm.at_risk.units import AtRisk
from outcomes.models.stats.dose_note import dose_note
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.reserved import check_reserved
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["exposure_table"]

OWN_COLUMNS = ("term", "total", "mean", "sd", "median", "min", "max")


def exposure_table(
    exposure: pd.DataFrame,
    *,
    arm: str | None = None,
    unit: str | None = None,
    dose: str = "dose_mg",
) -> Estimates:
    """Summarise exposure per patient: sessions, time, dose.

    Parameters
    ----------
    exposure : DataFrame
        One row per session or interval: see `outcomes.rates`.
    arm : str, optional
        Column of `exposure`.
    unit : str, optional
        As for `outcomes.rates`.
    dose : str
        Column with the dose in mg; used when there is one.

    Returns
    -------
    Estimates
        One row per arm and measure: ``term`` (sessions, exposure in its unit, dose), ``N`` patients with a
        known value, ``total, mean, sd, median, min, max``, ``status``. Patients without an end of exposure,
        or without a dose, are a row of their own with status ``unknown``; ``members`` names the patients of
        every row.

    Raises
    ------
    DataError
        For negative, overlapping or missing exposure, with the rows named.

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.DataFrame({"patient_id": ["a", "a", "b"], "session_id": [1, 2, 3],
    ...     "hours": [2.0, 3.0, 4.0], "dose_mg": [60.0, 90.0, None]})
    >>> exposure_table(sessions)[["term", "N", "total", "mean", "status"]]
           term  N  total   mean   status
    0  sessions  2    3.0    1.5       ok
    1     hours  2    9.0    4.5       ok
    2   dose_mg  1  150.0  150.0       ok
    3   dose_mg  1    NaN    NaN  unknown
    """
    check_reserved([arm], own=OWN_COLUMNS)
    checked = checked_exposure(exposure, arm=arm, unit=unit)
    measures = _measures(exposure, checked, dose)
    rows: list[dict[str, Any]] = []
    members = []
    for term, values in measures.items():
        for code in range(len(checked.units.arms)):
            for known in (True, False):
                chosen = np.flatnonzero((checked.units.arm == code) & (np.isnan(values) != known))
                if known or len(chosen):
                    label = {arm: checked.units.arms[code]} if arm else {}
                    members.append(_patients(checked.units, chosen, len(rows)))
                    rows.append({"term": term, **label, **_summary(values[chosen], known)})
    unknown = int((~checked.known).sum())
    text = f"{plural(unknown, 'patient has', 'patients have')} no end of exposure"
    return Estimates(
        pd.DataFrame(rows),
        title=f"Exposure per patient ({checked.label})",
        method="sums per patient, then mean, standard deviation, median and range over patients",
        level=None,
        notes=(*((text,) if unknown else ()), *(dose_note(exposure) if dose in measures else ())),
        meta={"N": len(checked.units), "arm": arm, "exposure_unit": checked.unit, "N_unknown": unknown},
        members=pd.concat(members, ignore_index=True) if members else None,
    )


def _measures(exposure: pd.DataFrame, checked: Exposure, dose: str) -> dict[str, Floats]:
    """Return the values per patient of each measure; NaN where they are not known."""
    units = checked.units
    row = checked.row_unit
    measures: dict[str, Floats] = {}
    if SESSION in exposure.columns:
        measures["sessions"] = np.bincount(row, minlength=len(units)).astype(np.float64)
    measures[checked.unit] = checked.time
    if dose in exposure.columns:
        check_columns("exposure", exposure, [dose], numbers=[dose])
        given = exposure[dose].to_numpy(dtype=np.float64, na_value=np.nan)
        negative = np.flatnonzero(given < 0)
        if len(negative):
            what = plural(len(negative), "dose is", "doses are")
            raise DataError(f"{what} negative", got=name_rows(negative))
        measures[dose] = np.bincount(row, weights=given, minlength=len(units)).astype(np.float64)
    return measures


def _patients(units: AtRisk, chosen: NDArray[np.intp], row: int) -> pd.DataFrame:
    return pd.DataFrame({"row": row, PATIENT: units.patients.take(units.cluster[chosen])})


def _summary(values: Floats, known: bool) -> dict[str, Any]:
    numbers = dict.fromkeys(("total", "mean", "sd", "median", "min", "max"), np.nan)
    if known and len(values):
        numbers |= {"total": values.sum(), "mean": values.mean(), "median": float(np.median(values))}
        numbers |= {"min": values.min(), "max": values.max()}
        numbers["sd"] = float(values.std(ddof=1)) if len(values) > 1 else np.nan
    status = ("ok" if len(values) else "nobody") if known else "unknown"
    return {"N": len(values), **numbers, "status": status}
