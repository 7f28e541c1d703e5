"""Every definition and limit that a study may choose, with its default.

The defaults follow the trials of preventive treatment and ICHD-3; a report prints the rules as used.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from outcomes.schema.setting import Setting

__all__ = ["Rules"]

Endpoint = Literal[
    "headache_days",
    "moderate_severe_days",
    "migraine_days",
    "acute_medication_days",
    "headache_hours",
    "mean_pain",
]


class Rules(Setting):
    """Rules by which days, periods, courses and responders are derived.

    Every field has a default; an unknown field is an error.

    Examples
    --------
    >>> Rules(month_days=30).month_days
    30
    """

    endpoint: Endpoint = Field("headache_days", description="the endpoint that the report opens with")
    month_days: Literal[28, 30] = Field(28, description="days of a period; values are per this many days")
    baseline_days: int = Field(28, ge=14, le=90, description="days before the course that are its baseline")
    min_days: int = Field(
        14, ge=1, le=30, description="days recorded that a follow-up period needs to have a value"
    )
    min_baseline_days: int = Field(
        20, ge=1, le=90, description="days recorded that a baseline needs to have a value"
    )
    value: Literal["prorated", "observed"] = Field(
        "prorated", description="events / days recorded x month_days, or the events as counted"
    )
    anchor: Literal["course_end", "course_start"] = Field(
        "course_end", description="day 1 of follow-up is the day after this"
    )
    max_periods: int = Field(
        6, ge=1, le=60, description="largest number of follow-up periods that are derived"
    )
    course_gap_days: int = Field(14, ge=0, description="sessions at most this many days apart are one course")
    retreatment: Literal["stop", "treatment_policy"] = Field(
        "stop", description="follow-up stops where the next course begins, or goes on"
    )
    headache_day: Literal["reported", "leiden", "preempt"] = Field(
        "reported", description="headache yes; or >= 1 h or an acute drug; or >= 4 h"
    )
    migraine_day: Literal["leiden2023", "ihs2018", "reported"] = Field(
        "leiden2023", description="criteria by which a headache day is a migraine day"
    )
    moderate_severe: Literal["4h", "any_duration"] = Field(
        "4h", description="moderate pain with >= 4 h or without a rule on duration; or triptan or ergot"
    )
    pain_scale: Literal["0-10", "0-3", "0-100"] = Field(
        "0-10", description="scale of diary.pain; 0-100 is read as tenths of it, 0-3 as it stands"
    )
    moderate_pain: float | None = Field(
        None,
        gt=0,
        le=100,
        examples=[4],
        description="peak pain, on its scale, from which a headache is moderate (4 of 10, 2 of 3, 40 of 100)",
    )
    absent_means: Literal["missing", "headache_free_within_active_window"] = Field(
        "missing",
        description="what a day without a row means; the second only for diaries that store only attacks",
    )
    resolve: Literal["reject", "latest_entry", "worst"] = Field(
        "reject",
        description="two rows for one patient-day: reject both, keep the latest entry, or keep the worst",
    )
    late_after_days: int = Field(5, ge=0, description="an entry made more than this many days later is late")
    include_late: bool = Field(True, description="use late entries")
    include_recall: bool = Field(False, description="use rows whose source is recall")
    goal_days: float = Field(4, ge=0, le=30, description="treatment goal: at most this many days per month")
    overuse_triptan_like: int = Field(
        10,
        ge=1,
        description="overuse: at least this many days with a triptan, ergot, opioid, combination, or any mix",
    )
    overuse_simple: int = Field(
        15, ge=1, description="overuse: at least this many days with simple analgesics or NSAIDs"
    )
    chronic_headache_days: int = Field(15, ge=1, description="chronic: at least this many headache days")
    chronic_migraine_days: int = Field(8, ge=1, description="chronic: with at least this many migraine days")
    entry_days: float | None = Field(
        None,
        ge=0,
        le=30,
        description="fewest baseline days with which patients could enter the study, if there was a rule",
    )
    esketamine_as_racemic: float | None = Field(
        None,
        gt=0,
        le=10,
        examples=[2],
        description="mg of racemic ketamine that 1 mg of esketamine counts as; without it doses of the two "
        "are never added up or compared",
    )
    equivalence_source: str | None = Field(
        None,
        min_length=1,
        max_length=300,
        examples=["infusion protocol, version 3"],
        description="where esketamine_as_racemic was read",
    )
    related_window_h: float = Field(
        24,
        gt=0,
        le=8760,
        description="an event belongs to a session from line in until this many hours after line out (after "
        "its start, where no end is recorded)",
    )
    follow_up: Literal["last_contact", "cutoff"] = Field(
        "last_contact",
        description="follow-up for adverse events ends with the patient's last diary entry, session, "
        "assessment or event; or at the cut-off, where events are looked for until then",
    )
    signal_percent: float | None = Field(
        None,
        ge=0,
        le=100,
        description="percent of patients who are expected to have a serious or grade 3+ event in the first "
        "session; a signal is raised when the sequence lies above it; stated before the data are seen",
    )
    signal_percent_pressure: float | None = Field(
        None,
        ge=0,
        le=100,
        description="the same for blood pressure of 160/100 mmHg or more in the first session",
    )
    signal_percent_saturation: float | None = Field(
        None,
        ge=0,
        le=100,
        description="the same for an oxygen saturation below 92 % in the first session",
    )
    signal_percent_liver: float | None = Field(
        None,
        ge=0,
        le=100,
        description="the same for ALT or AST of three times the limit or more within 84 days",
    )

    @property
    def moderate_from(self) -> float:
        """The pain, as days hold it (tenths of 0-100), from which a headache is moderate."""
        if self.moderate_pain is None:
            return 2.0 if self.pain_scale == "0-3" else 4.0
        return self.moderate_pain / 10 if self.pain_scale == "0-100" else self.moderate_pain

    @model_validator(mode="after")
    def _can_be_met(self) -> Rules:
        """Refuse a number of days that no window can hold."""
        if self.min_baseline_days > self.baseline_days:
            raise ValueError("min_baseline_days is more than baseline_days: no patient could be eligible")
        if self.min_days > self.month_days:
            raise ValueError("min_days is more than month_days: no period could have a value")
        if (self.esketamine_as_racemic is None) != (self.equivalence_source is None):
            raise ValueError("esketamine_as_racemic and equivalence_source are declared together, or neither")
        if self.moderate_pain is not None and self.moderate_pain > float(self.pain_scale.split("-")[1]):
            raise ValueError("moderate_pain is above pain_scale: no day could be moderate")
        return self
