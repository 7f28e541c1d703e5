"""How well a diary is kept, counted: completeness, how late entries are, weekends, and round numbers."""

from __future__ import annotations

import pandas as pd

from outcomes.study import Study

__all__ = ["completeness", "costs", "entry_lag", "heaping", "weekdays"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Days after which an entry is late, and their words.
LAGS = {"the same day": (0, 0), "the day after": (1, 1), "2 to 5 days later": (2, 5), "later": (6, None)}
#: Column -> the numbers that a hand rounds to, and their words.
ROUND = {
    "pain": (5, "a multiple of 5"),
    "duration_h": (1, "a whole number of hours"),
    "aura_min": (10, "a multiple of 10"),
}


def completeness(study: Study) -> pd.DataFrame:
    """Return one row per site and month: days that could have been recorded, that were, and their share.

    A patient's days run from the first to the last day in the diary.
    """
    due = _due(study)
    due["month"] = due["date"].dt.strftime("%Y-%m")
    by = due.groupby(["site", "month"])["recorded"]
    found = by.agg(due="size", recorded="sum").reset_index()
    return found.assign(percent=100 * found["recorded"] / found["due"])


def weekdays(study: Study) -> pd.DataFrame:
    """Return one row per weekday: days due, recorded, and their share."""
    due = _due(study)
    by = due.groupby(due["date"].dt.day_of_week)["recorded"]
    found = by.agg(due="size", recorded="sum").reindex(range(7), fill_value=0).reset_index(drop=True)
    found.insert(0, "weekday", list(WEEKDAYS))
    return found.assign(percent=100 * found["recorded"] / found["due"].where(found["due"] > 0))


def entry_lag(study: Study) -> pd.DataFrame:
    """Return how many days after the day itself entries were made: lag, days, of those that say when."""
    diary = study.diary.dropna(subset=["entered_at"])
    local = diary["entered_at"].dt.tz_convert(study.timezone).dt.tz_localize(None).dt.normalize()
    lag = (local - diary["date"]).dt.days
    rows = [
        (words, int(lag.ge(low).mul(lag.le(high if high is not None else lag.max())).sum()))
        for words, (low, high) in LAGS.items()
    ]
    rows.insert(0, ("before the day", int((lag < 0).sum())))
    return pd.DataFrame(rows, columns=["lag", "days"]).assign(of=len(diary))


def heaping(study: Study) -> pd.DataFrame:
    """Return how many entries of a column are round numbers: column, what counts, round, of."""
    diary, rows = study.diary, []
    for name, (step, words) in ROUND.items():
        values = diary[name].dropna()
        values = values[values > 0]
        if len(values):
            rows.append((name, words, int((values % step == 0).sum()), len(values)))
    found = pd.DataFrame(rows, columns=["column", "what", "round", "of"])
    return found.assign(percent=100 * found["round"] / found["of"])


def costs(study: Study) -> pd.DataFrame:
    """Return what each rule costs the analysis: rows and cells that are not used, and of how many patients.

    Returns
    -------
    DataFrame
        table, rule, message, severity, findings, rows_lost, cells_lost, patients; the dearest first. A row
        that breaks several rules is lost once under each of them.
    """
    found = study.findings_by_patient
    found = found.assign(
        lost_row=found["cost"].eq("row rejected"), lost_cell=found["cost"].eq("cell not used")
    )
    by = found.groupby(["table", "rule", "message", "severity"], sort=False)
    rows = by.agg(
        findings=("count", "sum"),
        rows_lost=("lost_row", "sum"),
        cells_lost=("lost_cell", "sum"),
        patients=("patient_id", "nunique"),
    )
    order = ["rows_lost", "cells_lost", "findings"]
    return rows.reset_index().sort_values(order, ascending=False, kind="stable", ignore_index=True)


def _due(study: Study) -> pd.DataFrame:
    """Return each day between a patient's first and last diary day, and whether it was recorded."""
    diary = study.diary[["patient_id", "date"]].dropna().drop_duplicates()
    span = diary.groupby("patient_id")["date"].agg(["min", "max"])
    count = (span["max"] - span["min"]).dt.days + 1
    every = pd.DataFrame(
        {"patient_id": span.index.repeat(count), "first": span["min"].repeat(count).to_numpy()}
    )
    every["date"] = every["first"] + pd.to_timedelta(every.groupby("patient_id").cumcount(), unit="D")
    found = every[["patient_id", "date"]].merge(diary, how="left", indicator=True)
    patients = study.patients.drop_duplicates("patient_id").set_index("patient_id")["site"]
    site = found["patient_id"].map(patients).fillna("not said").astype("str")
    return found.assign(recorded=found["_merge"].eq("both"), site=site).drop(columns="_merge")
