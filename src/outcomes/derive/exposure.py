"""Exposure: one row per session, with its course, hours, dose and pump rates."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.derive.remember import from_parts, once
from outcomes.derive.session_order import number_sessions
from outcomes.schema.infused import infused
from outcomes.schema.local_time import in_zone, utc_times
from outcomes.schema.study_data import check_study
from outcomes.schema.substance import dose_factors, dose_substance

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules
    from outcomes.schema.study_data import StudyData

__all__ = ["exposure", "exposure_as_given", "exposure_of"]

COLUMNS = [
    "patient_id",
    "session_id",
    "course",
    "session_number",
    "session_in_course",
    "start",
    "end",
    "start_date",
    "end_date",
    "hours",
    "dose_mg",
    "dose_mg_per_kg",
    "dose_basis",
    "substance",
    "dose_substance",
    "dose_factor",
    "peak_rate",
    "mean_rate",
    "weight_kg",
    "setting",
    "stop_reason",
]


def exposure(study: StudyData) -> pd.DataFrame:
    """Return what each session gave: hours, dose and pump rates.

    Parameters
    ----------
    study : Study
        A checked study.

    Returns
    -------
    DataFrame
        One row per session, by patient and start: course and numbers of the session, start and end
        (in the study's zone), start_date and end_date (local), hours, dose_mg (mg), dose_mg_per_kg
        (mg/kg), dose_basis (``recorded``, ``titration`` or ``""``), substance, dose_substance (in whose
        milligrams doses and rates are given; ``""`` where no session names one), dose_factor (what 1 mg of
        the session counts as in it), peak_rate and mean_rate (mg/kg/h, from the titration log only),
        weight_kg, setting, stop_reason.

    Notes
    -----
    The recorded dose is used where there is one. Otherwise the dose is the integral of the titration
    log plus the bolus, in mg/kg, times the body weight::

        dose_mg = weight_kg * (sum_i rate_i * hours_i + bolus_mg_per_kg)

    A bolus that the log names and that has no size makes the dose missing, and so does a size that cannot
    be read (a study's `unread_boluses`); without a bolus in the log and without a size there was none.
    A log of which a row was rejected (a study's `broken_logs`) gives no dose and no rate: without that row
    it would add up to another dose. Racemic ketamine and esketamine are added up and compared only where the
    rules declare what 1 mg of esketamine counts as (``esketamine_as_racemic``): then doses and rates are in
    racemic ketamine; otherwise those of esketamine, and of sessions without a substance, are missing.
    Hours are UTC differences, so daylight-saving days are right.
    """
    check_study(study)
    named: frozenset[str] | None = getattr(study, "substances", None)
    made: pd.DataFrame | None = from_parts(study, "exposure")
    if made is not None:
        return made
    return once(study, "exposure", lambda: in_zone(_exposure(study, named), study.timezone))


def exposure_as_given(study: StudyData) -> pd.DataFrame:
    """Return `exposure` with doses and rates in the milligrams that were given, whatever their substance.

    For one patient's record; doses of several substances are neither added up nor compared.
    """
    return in_zone(_exposure(study, frozenset()), study.timezone)


def _exposure(study: StudyData, substances: frozenset[str] | None) -> pd.DataFrame:
    return exposure_of(
        study.sessions,
        study.titration,
        rules=study.rules,
        timezone=study.timezone,
        cutoff=study.cutoff,
        broken_logs=getattr(study, "broken_logs", frozenset()),
        unread_boluses=getattr(study, "unread_boluses", frozenset()),
        substances=substances,
    )


def exposure_of(
    sessions: pd.DataFrame,
    titration: pd.DataFrame,
    *,
    rules: Rules,
    timezone: str,
    cutoff: pd.Timestamp | None = None,
    broken_logs: Collection[str] = (),
    unread_boluses: Collection[str] = (),
    substances: frozenset[str] | None = None,
) -> pd.DataFrame:
    """Return `exposure` from the frames themselves.

    A log in `broken_logs` gives no dose and no rate, the log of a session in `unread_boluses` no dose;
    `substances` are those that sessions of the whole study name (default: those of `sessions`).
    """
    rows = number_sessions(sessions, gap_days=rules.course_gap_days, timezone=timezone, cutoff=cutoff)
    if "substance" not in rows:  # frames made by hand may name none
        rows["substance"] = pd.Series(np.nan, index=rows.index, dtype="str")
    log = infused(titration, rows).reindex(rows["session_id"]).reset_index(drop=True)
    rates = ["infused", "peak_rate", "mean_rate"]
    log[rates] = log[rates].astype(float).mask(rows["session_id"].isin(list(broken_logs)))
    rows["hours"] = (utc_times(rows["end"]) - utc_times(rows["start"])) / np.timedelta64(3_600_000_000, "us")
    rows["peak_rate"], rows["mean_rate"] = log["peak_rate"].astype(float), log["mean_rate"].astype(float)
    log["bolus_logged"] = log["bolus_logged"].eq(True) | rows["session_id"].isin(list(unread_boluses))
    named = frozenset(rows["substance"].dropna()) if substances is None else substances
    return _of_one_substance(_with_dose(rows, log), named, rules)[COLUMNS]


def _of_one_substance(rows: pd.DataFrame, named: frozenset[str], rules: Rules) -> pd.DataFrame:
    """Give doses and rates in the milligrams of one substance; missing where that is not known."""
    factor = dose_factors(rows["substance"], named, rules)
    amounts = ["dose_mg", "dose_mg_per_kg", "peak_rate", "mean_rate"]
    counted = {name: rows[name] * factor for name in amounts}
    basis = rows["dose_basis"].mask(np.isnan(factor), "")
    of = pd.Series(dose_substance(named, rules), index=rows.index, dtype="str")
    return rows.assign(**counted, dose_basis=basis, dose_substance=of, dose_factor=factor)


def _with_dose(rows: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """Add dose_mg, dose_mg_per_kg and the basis of the dose."""
    weight = rows["weight_kg"].to_numpy(dtype=float)
    bolus = rows["bolus_mg_per_kg"].to_numpy(dtype=float)
    unsized = log["bolus_logged"].eq(True).to_numpy(dtype=bool, na_value=False)
    bolus = np.where(np.isnan(bolus) & ~unsized, 0.0, bolus)
    from_log = log["infused"].to_numpy(dtype=float) + bolus
    recorded = rows["dose_mg"].to_numpy(dtype=float)
    dose = np.where(np.isnan(recorded), from_log * weight, recorded)
    per_kg = np.where(np.isnan(recorded / weight), from_log, recorded / weight)
    basis = np.where(~np.isnan(recorded), "recorded", np.where(np.isnan(dose), "", "titration"))
    return rows.assign(dose_mg=dose, dose_mg_per_kg=per_kg, dose_basis=pd.Series(basis, dtype="str"))
