"""What several sections need, derived once and only when a section asks for it."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from outcomes.derive.courses import courses
from outcomes.derive.days import days
from outcomes.derive.emergent import emergent
from outcomes.derive.flow import flow
from outcomes.derive.period_numbers import PeriodNumbers, period_numbers
from outcomes.derive.periods import periods, without_baseline
from outcomes.derive.remember import from_parts, in_parts
from outcomes.estimate import estimate, untreated, what_if
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.tables import by_worst_grade, overview, safety_data, serious_listing
from outcomes.models.headache.change import change, change_of
from outcomes.models.headache.counts import counts
from outcomes.models.headache.imputation import Imputations, Method, impute_each
from outcomes.models.headache.paired import paired
from outcomes.models.headache.responders import responders, responders_of
from outcomes.models.headache.still_better import StillBetter, still_better
from outcomes.models.mmrm import MMRMResult, Products, mmrm
from outcomes.models.scores.score_result import Scores
from outcomes.models.scores.time_to_fall import Speed
from outcomes.models.stats.standardised import ResponseFit
from outcomes.page.as_untreated import IN_PARTITIONS, as_untreated, estimated_later, retreated
from outcomes.page.last_report import Memory
from outcomes.page.part_sums import PageSums, page_sums
from outcomes.page.wording import EVENTS
from outcomes.questions.scores import scores
from outcomes.questions.speed import speed
from outcomes.questions.subgroups import subgroups
from outcomes.results import Estimates
from outcomes.study import Study

__all__ = ["IMPUTATIONS", "LEAST_CHANGES", "RESAMPLES", "SEED", "Material"]

#: Of everything in the report that draws at random.
SEED = 1
IMPUTATIONS = 200
#: At random, and as back at the baseline.
FILLED: tuple[Method, ...] = ("mar", "return-to-baseline")
#: Enough for an interval that is read beside six others, in a tenth of a second.
RESAMPLES = 2_000
#: Changes that a period needs before its gaps are filled from it.
LEAST_CHANGES = 5


class Material:
    """Derived frames and estimates of one study.

    Parameters
    ----------
    study : Study
        The study as of the report's date.
    memory : Memory, optional
        What the report is compared with.
    """

    def __init__(self, study: Study, *, memory: Memory | None = None) -> None:
        self.study, self.memory = study, memory
        self.among: pd.Index | None = None  # the patients of a part
        self.summaries: dict[str, bytes] = {}  # by key: the changes and the next report both need it

    @cached_property
    def by_arm(self) -> dict[str, Material]:
        """The same for the treated patients of each arm, in the order of their names."""
        arms = self.study.patients.dropna(subset=["arm"]).set_index("patient_id")["arm"].astype("str")
        return {arm: self._of(arms.index[arms == arm]) for arm in sorted(arms.unique())}

    def _of(self, patients: pd.Index) -> Material:
        part = Material(self.study)
        part.among = patients
        for name in ("courses", "periods", "events"):
            rows = getattr(self, name)
            part.__dict__[name] = rows[rows["patient_id"].isin(patients)].reset_index(drop=True)
        return part

    @cached_property
    def sessions(self) -> pd.DataFrame:
        """Sessions of these patients."""
        return self._own(self.study.sessions)

    def _own(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows if self.among is None else rows[rows["patient_id"].isin(self.among)]

    @cached_property
    def courses(self) -> pd.DataFrame:
        """Courses of all patients."""
        return courses(self.study)

    @cached_property
    def days(self) -> pd.DataFrame:
        """Recorded days of these patients: asked for late, since partitions do not give them."""
        return self._own(days(self.study)).reset_index(drop=True)

    @cached_property
    def calendar(self) -> pd.DataFrame:
        """Recorded days of all courses: patient_id, headache, and day counted from the first infusion."""
        if not (len(self.days) and len(self.courses)):
            return pd.DataFrame(columns=["patient_id", "day", "headache"])
        found = self.days[["patient_id", "date", "headache"]].join(self._first_start, on="patient_id")
        found["day"] = (found["date"] - found["first_start"]).dt.days
        return found[["patient_id", "day", "headache"]]

    @cached_property
    def windows(self) -> pd.DataFrame:
        """Patient_id, first_day, last_day: from the baseline to the end of the last follow-up period."""
        by = self.periods.groupby("patient_id")
        ends = pd.DataFrame({"first": by["start_date"].min(), "last": by["end_date"].max()}).reset_index()
        ends = ends.join(self._first_start, on="patient_id")
        days = {
            f"{name}_day": (ends[name] - ends["first_start"]).dt.days.fillna(-1) for name in ("first", "last")
        }
        return ends[["patient_id"]].assign(**days)

    @cached_property
    def _first_start(self) -> pd.Series:
        starts = self.courses.groupby("patient_id")["course_start"].min()
        return starts.rename("first_start")

    @cached_property
    def periods(self) -> pd.DataFrame:
        """Periods of the first course with the baseline as a row."""
        return periods(self.study, baseline_as_row=True)

    @cached_property
    def numbers(self) -> PeriodNumbers:
        """The numbers of these periods: from partitions no text of theirs comes to the page."""
        found = period_numbers(self.study) if self.among is None else None
        return PeriodNumbers(self.periods) if found is None else found

    @cached_property
    def followed_periods(self) -> pd.DataFrame:
        """Periods of the first course without the baseline's rows."""
        return without_baseline(self.periods)

    @cached_property
    def flow(self) -> pd.DataFrame:
        """Patients at each step."""
        return flow(self.study)

    @cached_property
    def lasting(self) -> StillBetter:
        """What became of those who fell after the first course: a patient counts once."""
        return still_better(
            self.days,
            self.followed_periods,
            courses=self.courses,
            event=EVENTS[self.study.rules.endpoint],
            min_days=self.study.rules.min_days,
        )

    @cached_property
    def sums(self) -> PageSums | None:
        """Sums over the partitions of a study; None for a study in one place, and for some patients."""
        return page_sums(self.study) if self.among is None else None

    @cached_property
    def change(self) -> Estimates:
        """Mean change per period."""
        return change(self.periods) if self.sums is None else change_of(self.sums.change)

    @cached_property
    def later(self) -> pd.DataFrame:
        """Later periods as if nobody had been treated again, where somebody was: from `oc.later_periods`."""
        rows, rules = self.change.to_frame(), self.study.rules
        if not retreated(rows).any() or rules.endpoint not in EVENTS:
            return estimated_later(rows, None)
        if in_parts(self.study):  # asked before the rows: they would be a pass over the partitions
            return estimated_later(rows, None, why=IN_PARTITIONS)
        found = untreated(self.study, self.followed_periods, who="all" if self.among is None else None)
        return estimated_later(rows, found)

    @cached_property
    def untreated_change(self) -> Estimates:
        """Change by period, later ones as if nobody had been treated again."""
        return as_untreated(self.change, self.later)

    @cached_property
    def primary(self) -> Estimates:
        """The answer to the study's primary question, with its sentence."""
        return estimate(self.study)

    @cached_property
    def strategies(self) -> Estimates:
        """The primary question under each strategy for a next course."""
        return what_if(self.study)

    @cached_property
    def scores(self) -> Scores:
        """Change of questionnaire scores by period."""
        return scores(self.study)

    @cached_property
    def meaningful_scores(self) -> Estimates:
        """How many had a change of score that matters to one patient."""
        return self.scores.meaningful()

    @cached_property
    def speed(self) -> Speed:
        """Pain before and after the sessions of the first course, and how soon it fell."""
        return speed(self.study, among=self.among)

    @cached_property
    def subgroups(self) -> Estimates:
        """Change of subgroups, exploratory."""
        return subgroups(self.study)

    @cached_property
    def first_period(self) -> pd.DataFrame:
        """Rows of the first period after the first course: several models are shown for this one alone."""
        return self.numbers.first_period

    @cached_property
    def paired_change(self) -> Estimates:
        """Change in the first period: t, bootstrap, Hodges-Lehmann."""
        return paired(self.first_period, resamples=RESAMPLES, rng=SEED)

    @cached_property
    def mixed(self) -> MMRMResult:
        """Mixed model of all periods, the baseline among them."""
        products: Products | None = from_parts(self.study, "products") if self.among is None else None
        if products is not None:
            fitted: MMRMResult = products.fit()
            return fitted
        return mmrm("value ~ period", data=self.periods, subject="patient_id", visit="period")

    @cached_property
    def mixed_change(self) -> Estimates:
        """Change from the baseline by the mixed model."""
        return self.mixed.contrasts("period", method="reference", ref="baseline")

    @cached_property
    def day_counts(self) -> ResponseFit:
        """Days with the event out of days recorded, by period."""
        return counts("days_with_event ~ period", self.numbers.rows)

    @cached_property
    def periods_to_impute(self) -> pd.DataFrame:
        """Periods that enough patients have a change in."""
        rows = self.numbers.rows
        return rows[rows.groupby("period", observed=True)["change"].transform("count") >= LEAST_CHANGES]

    @cached_property
    def imputed_by(self) -> dict[Method, Imputations]:
        """Missing periods filled by each way of `FILLED`, from the same drawn parameters."""
        return impute_each(self.periods_to_impute, FILLED, imputations=IMPUTATIONS, seed=SEED)

    @cached_property
    def responders(self) -> Estimates:
        """Responders per period."""
        return responders(self.periods) if self.sums is None else responders_of(self.sums.responders)

    @cached_property
    def treated(self) -> pd.DataFrame:
        """One row per patient with a session, or with an index date when there are no sessions."""
        return self.courses[["patient_id"]].drop_duplicates().reset_index(drop=True)

    @cached_property
    def events(self) -> pd.DataFrame:
        """Adverse events with emergence and attribution."""
        return emergent(self.study)

    @cached_property
    def emergent_events(self) -> pd.DataFrame:
        """Emergent adverse events."""
        found = self.events
        return found[found["emergent"]].reset_index(drop=True)

    def events_by(self, *by: str) -> Estimates:
        """Return patients with emergent events."""
        return incidence(self.emergent_events, self.treated, by=list(by), unknown="note")

    def session_events_by(self, *by: str) -> Estimates | None:
        """Return sessions with an event that belongs to them (see `oc.emergent`); None without any."""
        sessions = self.sessions
        if not len(sessions):
            return None
        events = self.emergent_events.dropna(subset=["session_id"])
        # categories show the levels that no session has: there it is none, not unknown
        levels = {name: pd.Categorical(events[name], self._levels(name)) for name in by}
        at_risk = sessions[["session_id", "patient_id"]]
        return incidence(events.assign(**levels), at_risk, by=list(by), unit="session", unknown="note")

    def _levels(self, column: str) -> list[str]:
        return sorted(self.emergent_events[column].dropna().unique())

    @cached_property
    def safety(self) -> dict[str, Estimates]:
        """The page's safety tables of emergent events, patients and sessions."""
        sessions = self.sessions if len(self.sessions) else None
        data = safety_data(self.emergent_events, self.treated, sessions=sessions)
        return {make.__name__: make(data) for make in (overview, serious_listing, by_worst_grade)}
