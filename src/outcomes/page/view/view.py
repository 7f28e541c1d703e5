"""The view: every number that a section for both kinds of readers is written from.

A section takes a view and never asks for whom it is: what its readers may not see comes as `Withheld`, as a
missing number whose row says so (column ``withheld``), or, where single patients are behind it, not at all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property

import pandas as pd

from outcomes.errors import ReportError
from outcomes.models.scores.instruments import INSTRUMENTS
from outcomes.models.stats.dose_note import dose_of
from outcomes.page.blocks import Block, Section
from outcomes.page.material import Material
from outcomes.page.placebo_band import Band, placebo_band
from outcomes.page.primary import Primary
from outcomes.page.view.in_one_piece import Completeness, Directions, Spread
from outcomes.page.view.withheld import Withheld
from outcomes.results import Estimates
from outcomes.schema.estimand import Estimand
from outcomes.schema.look_up import known_keys
from outcomes.schema.rules import Rules

__all__ = ["AGE", "Harm", "View"]

Harm = dict[str, tuple[Estimates, Estimates | None]]

#: Column of patients -> heading of its values.
FACTS = {"sex": "Sex", "diagnosis": "Diagnosis", "arm": "Arm", "cohort": "Cohort"}
#: Label of the patients' age.
AGE = "Age, years"
#: Of fewer patients the values themselves stand, without a mean, an interval or a test.
FEW_PATIENTS = 5
#: Columns that hold what somebody typed.
FREE_TEXT = frozenset({"arm", "cohort"})


class View(ABC):
    """A study as its readers may see it.

    Parameters
    ----------
    material : Material
        Everything. Only a view looks at it; what a view returns is what its readers may see.
    """

    def __init__(self, material: Material) -> None:
        self._all = material

    @property
    @abstractmethod
    def limit(self) -> int:
        """The smallest count of people that is shown, apart from 0; 0: every count is."""

    @property
    @abstractmethod
    def enough(self) -> bool:
        """Whether anything may be said of a group as small as this one."""

    @property
    def smallest(self) -> int:
        """The fewest patients of whom a mean, an interval or a rate is shown."""
        return 2 * self.limit

    @abstractmethod
    def for_the_clinic(self, make: Callable[[Material], list[Block]]) -> list[Block]:
        """Return blocks that only the clinic may see: none for readers outside."""

    def everything(self, make: Callable[[Material], Section]) -> Section:
        """Return a section that has no rule for readers outside.

        Raises
        ------
        ReportError
            For readers outside: the list of sections keeps it from them; this is the second lock.
        """
        raise ReportError("this section is for the clinic only", hint="give it a rule for readers outside")

    # -- what is the same for all readers -------------------------------------------------------------

    @property
    def title(self) -> str:
        """The study's name."""
        return self._all.study.title

    @property
    def rules(self) -> Rules:
        """The rules by which the study is derived."""
        return self._all.study.rules

    @property
    def estimand(self) -> Estimand:
        """The primary question."""
        return self._all.study.estimand

    @property
    def given(self) -> frozenset[str]:
        """Names of the tables that were given."""
        return self._all.study.given

    @property
    def cutoff(self) -> pd.Timestamp | None:
        """Local date after which nothing is used."""
        return self._all.study.cutoff

    @property
    def timezone(self) -> str:
        """Zone of local dates."""
        return self._all.study.timezone

    @cached_property
    def patients(self) -> int:
        """Treated patients."""
        return len(self._all.treated)

    @cached_property
    def placebo_bands(self) -> list[Band]:
        """What patients of placebo arms had, beside as many as were treated here."""
        return placebo_band(self.rules.endpoint, self.patients)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """What begins the treatment: infusion, index_date."""
        return frozenset(map(str, self._all.courses["anchor"].unique()))

    @cached_property
    def has_events(self) -> bool:
        """Whether any recorded event began at or after the treatment."""
        return bool(len(self._all.emergent_events))

    @cached_property
    def serious_partly_recorded(self) -> bool:
        """Whether some events say whether they were serious, and some do not."""
        serious = self._all.emergent_events["serious"]
        return bool(serious.isna().any() and serious.notna().any())

    @cached_property
    def has_scores(self) -> bool:
        """Whether a questionnaire of this study is one that scores are estimated of."""
        return bool(self._all.study.assessments["instrument"].isin(list(INSTRUMENTS)).any())

    @cached_property
    def has_pain(self) -> bool:
        """Whether some session has a rating of pain before and after."""
        return bool(self._all.study.sessions[["pain_before", "pain_after"]].notna().all(axis=1).any())

    @property
    def few(self) -> bool:
        """Whether there are too few patients for anything but their values."""
        return 0 < self.patients < FEW_PATIENTS

    @cached_property
    def pooled_arms(self) -> bool:
        """Whether patients of several arms stand in one number."""
        return len(self._all.study.patients["arm"].dropna().unique()) > 1

    @cached_property
    def arms(self) -> dict[str, View]:
        """The same view of each arm that may be told of."""
        return {arm: self._of(part) for arm, part in self._all.by_arm.items()}

    @abstractmethod
    def _of(self, part: Material) -> View:
        """Return the same view of some of the patients."""

    # -- what readers outside see less of --------------------------------------------------------------

    @property
    @abstractmethod
    def sessions(self) -> int | Withheld:
        """Sessions."""

    @property
    @abstractmethod
    def courses(self) -> int | Withheld:
        """Courses."""

    @property
    @abstractmethod
    def directions(self) -> Directions | None:
        """How many got better, stayed the same and got worse; None without a change."""

    @abstractmethod
    def waterfall(self, width: float) -> list[str]:
        """Return the drawing of every patient's change, so many inches wide, where single patients may be seen."""

    @property
    @abstractmethod
    def primary(self) -> Primary:
        """The answer to the study's primary question."""

    @property
    @abstractmethod
    def between_arms(self) -> pd.DataFrame:
        """Difference in change of the first period between arms: contrast, estimate, lower, upper; or no rows."""

    @property
    @abstractmethod
    def still_better(self) -> pd.Series | None:
        """How long a fall lasts: the estimate of the day nearest 12 weeks, where it may be shown."""

    @property
    @abstractmethod
    def coding_to_check(self) -> int | Withheld:
        """Emergent events whose coding contradicts itself: fatal but not serious, and the like."""

    @property
    @abstractmethod
    def change(self) -> Estimates:
        """Change from baseline by period."""

    @property
    @abstractmethod
    def later(self) -> pd.DataFrame:
        """Later periods as if nobody had been treated again, where somebody was: period, estimate, lower, upper."""

    @property
    @abstractmethod
    def untreated_change(self) -> Estimates:
        """Change by period, later ones as if nobody had been treated again: what is drawn."""

    @property
    def first_change(self) -> pd.Series | None:
        """The change of the first period, or None without one."""
        rows = self.change.to_frame()
        first = rows.iloc[0] if len(rows) else None
        return first if first is not None and first["n"] is not None and _some(first) else None

    @property
    @abstractmethod
    def responders(self) -> Estimates:
        """Responders by period: N are the treated patients whose period has begun, for every reader."""

    @property
    @abstractmethod
    def mixed_change(self) -> pd.DataFrame:
        """Change from baseline by the mixed model: period, estimate, limits, p_value, and n and df."""

    @property
    @abstractmethod
    def scores(self) -> pd.DataFrame:
        """Change of questionnaire scores: instrument, period, n, N, estimate, lower, upper, with arms also arm."""

    @property
    @abstractmethod
    def pain(self) -> pd.DataFrame:
        """Pain of the first course by number of the session: session, n, N, before_mean, after_mean, estimate, limits."""

    @property
    @abstractmethod
    def harm(self) -> Harm:
        """Events by group, the overview and the worst grades: of patients, and of sessions."""

    @property
    @abstractmethod
    def arms_by_event(self) -> Estimates | None:
        """Differences between arms in patients with each kind of event: those that may be shown; None without arms."""

    @property
    @abstractmethod
    def rates(self) -> pd.DataFrame:
        """Rates of any event: kind, rate, low, high, and n, N, events, exposure where they may be seen."""

    @property
    @abstractmethod
    def complete(self) -> Completeness | None:
        """How complete the diaries are; None when nobody has a period."""

    @property
    @abstractmethod
    def rows(self) -> pd.DataFrame:
        """Received, accepted and rejected rows by table, as far as they may be shown."""

    @property
    @abstractmethod
    def files(self) -> pd.DataFrame:
        """The input files, as far as they may be named: empty for a study made from frames."""

    @cached_property
    def _treated(self) -> pd.DataFrame:
        """The rows of the patients table of those who were treated."""
        rows = self._all.study.patients
        return rows[known_keys(rows["patient_id"], self._all.treated["patient_id"])]

    @cached_property
    def facts(self) -> dict[str, Estimates]:
        """How many patients, or sessions, have each value of what was recorded about them, by heading."""
        patients, sessions = self._treated, self._all.sessions
        found = {
            heading: self._shares(patients[name], of=self.patients, free=name in FREE_TEXT)
            for name, heading in FACTS.items()
            if patients[name].notna().any()
        }
        if not isinstance(self.sessions, Withheld) and sessions["setting"].notna().any():
            found["Setting of the sessions"] = self._shares(
                sessions["setting"], of=self.sessions, people=sessions["patient_id"]
            )
        return found

    @cached_property
    def spreads(self) -> list[Spread]:
        """Median and quartiles of what was measured: of each patient, or of each course."""
        patients = self._treated.set_index("patient_id")
        values = {
            AGE: patients["age"],
            "Preventives tried before": patients["prior_preventives"],
        }
        if len(self._all.sessions):
            courses = self._all.courses.set_index("patient_id")
            values |= {
                "Sessions per patient": self._all.sessions.groupby("patient_id").size(),
                "Infusion hours per course": courses["infusion_hours"],
                f"Dose per course, mg/kg{dose_of(courses)}": courses["dose_mg_per_kg"],
            }
        known = {label: part.astype("float64").dropna() for label, part in values.items()}
        return [self._spread(label, part) for label, part in known.items() if len(part)]

    @abstractmethod
    def _shares(
        self, values: pd.Series, *, of: int, people: pd.Series | None = None, free: bool = False
    ) -> Estimates:
        """Return how many have each value, those not recorded in a row of their own.

        Parameters
        ----------
        values : Series
            One per patient or session, missing where not recorded.
        of : int
            How many there are.
        people : Series, optional
            The patient of each value, when a patient has several.
        free : bool
            The values are free text: it may say who it is about.
        """

    @abstractmethod
    def _spread(self, label: str, values: pd.Series) -> Spread:
        """Return median and quartiles of values whose index names patients."""


def _some(row: pd.Series) -> bool:
    """Return whether a row has a mean: its n may be withheld."""
    return bool(pd.isna(row["n"]) or row["n"] > 0)
