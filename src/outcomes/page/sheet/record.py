"""What the sheets of one study need, derived once for all patients."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from outcomes.derive.burden import burden
from outcomes.derive.days import days
from outcomes.derive.emergent import emergent
from outcomes.derive.exposure import exposure_as_given
from outcomes.errors import ArgumentError, DataError, instance_of
from outcomes.models.patient.cohort import Cohort, cohort_of
from outcomes.models.patient.one_patient import own_periods
from outcomes.models.patient.patient_rules import PatientRules, patient_rules
from outcomes.results import Estimates
from outcomes.study import Study

__all__ = ["Record"]


class Record:
    """Frames of all patients, and the law by which one patient's months are judged."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.rules: PatientRules = patient_rules(study.rules)

    @cached_property
    def days(self) -> pd.DataFrame:
        """Recorded days."""
        return days(self.study)

    @cached_property
    def exposure(self) -> pd.DataFrame:
        """Sessions with the dose that was given."""
        found = exposure_as_given(self.study)
        pain = self.study.sessions[["session_id", "pain_before", "pain_after"]]
        return found.merge(pain, on="session_id", how="left", validate="1:1")

    @cached_property
    def events(self) -> pd.DataFrame:
        """Adverse events, emergent or not."""
        return emergent(self.study)

    @cached_property
    def burden(self) -> pd.DataFrame:
        """Days with acute drugs and overuse, by period of the first course."""
        return burden(self.study)

    @cached_property
    def cohort(self) -> Cohort:
        """The law of all baselines."""
        return cohort_of(self.days, self.rules)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every patient that a table names."""
        tables = (self.study.patients, self.study.diary, self.study.sessions)
        return frozenset(str(one) for table in tables for one in table["patient_id"].unique())

    @cached_property
    def with_diary(self) -> list[str]:
        """Patients with a day that can be used, by study id."""
        recorded = self.days[self.days["headache"].notna()]
        return sorted(str(one) for one in recorded["patient_id"].unique())

    def check(self, patient: str) -> None:
        """Refuse a patient whom the study does not know, or who has no diary."""
        instance_of("patient_id", patient, str, hint="a patient_id of the study, as text")
        if patient not in self.known:
            raise ArgumentError(
                "no table of the study has this patient_id",
                got="an id that no table has",
                hint="check the id: every leading zero and letter matters",
            )
        if patient not in self.with_diary:
            raise DataError(
                "this patient has no diary day that can be used, so there is no sheet",
                hint="outcomes check says which rows were rejected and why",
            )

    def own(self, frame: pd.DataFrame, patient: str) -> pd.DataFrame:
        """Return the patient's rows."""
        return frame[frame["patient_id"] == patient].reset_index(drop=True)

    def periods(self, patient: str) -> Estimates | None:
        """Return the months of the first course; None for a patient without a course."""
        try:
            return own_periods(self.own(self.days, patient), self.cohort, self.rules)
        except DataError:
            return None
