"""Every number that the simulator uses, with where it is from.

Labels as in docs/methods/simulator.md: [S] published, [C] computed from published numbers or data, [P] our
choice. All are plain values of frozen dataclasses, so that a study can change one and keep the rest
(`dataclasses.replace`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.schema.local_time import zone_of
from outcomes.simulate.disturbances import Calendar, Retreatment, Titration, Waves
from outcomes.simulate.recording_law import Compliance, Dropout, within

__all__ = [
    "SCENARIOS",
    "Beta",
    "Compliance",
    "Drift",
    "Dropout",
    "EventRates",
    "Headache",
    "Infusions",
    "Parameters",
    "People",
    "Scenario",
    "Vitals",
    "scenario_parameters",
]

Scenario = Literal["treated", "null", "placebo", "untreated"]


@dataclass(frozen=True, slots=True)
class Beta:
    """A beta distribution by its two shapes."""

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (self.a > 0 and self.b > 0):
            raise ArgumentError(
                "a beta distribution has two shapes", got=f"{self.a}, {self.b}", allowed="numbers above 0"
            )

    @classmethod
    def of(cls, mean: float, variance: float) -> Beta:
        """Return the beta distribution with this mean and variance."""
        size = mean * (1 - mean) / variance - 1
        return cls(mean * size, (1 - mean) * size)

    @property
    def mean(self) -> float:
        """The mean, a / (a + b)."""
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> float:
        """The variance, mean x (1 - mean) / (a + b + 1)."""
        return self.mean * (1 - self.mean) / (self.a + self.b + 1)


@dataclass(frozen=True, slots=True)
class Headache:
    """Law of the headache days (see `propensity` and `chain`).

    Parameters
    ----------
    baseline : Beta
        Probability of a headache day before the course, over patients.
    responders : float
        Share of patients in whom the drug works lastingly.
    reduction : Beta
        In those, the share by which their probability falls.
    transient : float
        Share of patients whose pain falls during the infusion alone.
    relapse : float
        Share of responders who lose the effect in each 28 days after a course.
    carry_over : float
        Within-patient correlation of one day with the next.
    entry_days : int or None
        Only patients with at least this many headache days in the 28 days before the course are taken.
    """

    baseline: Beta = Beta(4.1, 0.5)  # [S->C] refractory: 26.8 +- 3.9 of 30
    responders: float = 0.40  # [S] 27-40 % sustained
    reduction: Beta = Beta(0.498880, 0.775381)  # [C] follow-up then has the moments of Beta(1.09, 0.36)
    transient: float = 0.35  # [S] 71-79 % acute less 40 % sustained
    relapse: float = 0.05  # [P]
    carry_over: float = 0.2055  # [C] (.42 - .27) / (1 - .27), Kostecki-Dillon
    entry_days: int | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """Change that is no effect of the drug: `total` is with the regression to the mean (days per 28)."""

    total: float | None = None


@dataclass(frozen=True, slots=True)
class Infusions:
    """How the drug is given.

    Parameters
    ----------
    styles : mapping of str to float
        Share of patients by style of course: inpatient, outpatient, emergency, repeated.
    stopped_for_event : float
        Share of sessions stopped for an adverse event.
    """

    styles: Mapping[str, float] = field(
        default_factory=lambda: {"inpatient": 0.30, "outpatient": 0.40, "emergency": 0.15, "repeated": 0.15}
    )
    stopped_for_event: float = 0.015  # [S] .007-.03
    stopped_by_patient: float = 0.01  # [P]
    target_reached: float = 0.05  # [P]
    rate_reduced: float = 0.15  # [P] share of inpatient sessions with a step down


@dataclass(frozen=True, slots=True)
class Vitals:
    """Pain and circulation of a session; means are over sessions."""

    pain_before: float = 7.1  # [S] Pomeroy
    pain_after: float = 3.8  # [S] Pomeroy
    kept_without_effect: float = 0.85  # [P] share of the pain that is left without an acute response
    sbp: tuple[float, float] = (125.0, 14.0)  # [P] before: mean, SD
    dbp: tuple[float, float] = (78.0, 9.0)  # [P]
    sbp_rise: tuple[float, float] = (16.0, 11.0)  # [S]
    dbp_rise: tuple[float, float] = (11.0, 8.5)  # [S]
    severe_pressure: float = 180.0  # mmHg; a severe hypertension event is among sessions above it


@dataclass(frozen=True, slots=True)
class EventRates:
    """Probability that a session has an adverse event of a group: in the first session, in later ones.

    Parameters
    ----------
    rates : mapping of str to (float, float)
        Group -> probability in the first session of a patient, in each later one.
    severe_hypertension : float
        Probability of severe hypertension in a session.
    icc : float
        Correlation of the same event in two sessions of one patient.
    placebo_ratio : float
        Rates of the control arm as a share of these.
    background_per_month : float
        Events per 28 days that no session brought about.
    """

    rates: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {
            "dissociation": (0.60, 0.35),  # [S] mapped
            "sedation": (0.40, 0.40),  # [S] mapped .3-.5
            "dizziness": (0.30, 0.30),  # [S] mapped .2-.45
            "nausea": (0.12, 0.12),  # [S] mapped .1-.15
            "vomiting": (0.05, 0.05),  # [S] mapped .03-.07
            "blurred_vision": (0.17, 0.17),  # [S] mapped .15-.2
            "vivid_dreams": (0.10, 0.10),  # [S] mapped
            "hallucination": (0.06, 0.06),  # [S] mapped .05-.08
            "agitation": (0.03, 0.03),  # [S] mapped
            "diarrhoea": (0.02, 0.02),  # [P]
        }
    )
    severe_hypertension: float = 0.01  # [S] .98 % of 2342 sessions
    icc: float = 0.10  # [P]
    placebo_ratio: float = 0.2  # [P]
    background_per_month: float = 0.05  # [P]
    ongoing: float = 0.04  # [P]
    day_precision: float = 0.10  # [P]
    grades: tuple[float, float, float, float] = (0.65, 0.28, 0.06, 0.01)  # [P]
    serious_if_grade_3: float = 0.15  # [P]


@dataclass(frozen=True, slots=True)
class People:
    """Who is treated; mean and SD where there are two numbers."""

    female: float = 0.84  # [S] 80-88 %
    age: tuple[float, float] = (44.0, 14.0)  # [S]
    weight_kg: tuple[float, float] = (86.0, 19.0)  # [S] mean, [P] SD
    prior_preventives: tuple[float, float] = (6.9, 3.1)  # [S]
    overuse: float = 0.52  # [S] 40-65 %
    aura: float = 0.25  # [P]
    migraine_type: float = 0.70  # [P] share of headache days with the features of migraine


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters of one simulated study."""

    headache: Headache = field(default_factory=Headache)
    drift: Drift = field(default_factory=Drift)
    compliance: Compliance = field(default_factory=Compliance)
    dropout: Dropout = field(default_factory=Dropout)
    infusions: Infusions = field(default_factory=Infusions)
    vitals: Vitals = field(default_factory=Vitals)
    events: EventRates = field(default_factory=EventRates)
    people: People = field(default_factory=People)
    waves: Waves = field(default_factory=Waves)
    calendar: Calendar = field(default_factory=Calendar)
    retreatment: Retreatment = field(default_factory=Retreatment)
    titration: Titration = field(default_factory=Titration)
    timezone: str = "Europe/Berlin"
    first_day: str = "2025-01-06"
    enrolment_days: int = 364
    earlier_days: int = 0  # days of diary before the 28 of the baseline

    def __post_init__(self) -> None:
        zone_of(self.timezone)
        try:
            date.fromisoformat(self.first_day)
        except (TypeError, ValueError):
            raise ArgumentError(
                "first_day is not a date", got=repr(self.first_day), allowed="YYYY-MM-DD, as text"
            ) from None
        instance_of("enrolment_days", self.enrolment_days, int)
        within(self, 0, 36_500, "enrolment_days", allowed="0 to 36500")
        instance_of("earlier_days", self.earlier_days, int)
        within(self, 0, 366, "earlier_days", allowed="0 to 366")

    @property
    def uneven(self) -> bool:
        """Whether days of a patient differ in their chance of headache without any treatment."""
        return self.waves.sd > 0 or self.calendar.acts


#: Everybody with a diary, refractory or not: mean .62, intraclass correlation .27 [C] Kostecki-Dillon.
GENERAL = Beta.of(0.62, 0.27 * 0.62 * 0.38)

#: Scenario -> the laws of headache days and of drift.
SCENARIOS: Mapping[str, tuple[Headache, Drift]] = MappingProxyType(
    {
        "treated": (Headache(), Drift()),
        "null": (
            Headache(baseline=GENERAL, responders=0.0, transient=0.0, entry_days=22),
            Drift(total=-1.9),  # [C] regression to the mean of patients who start at their worst
        ),
        "placebo": (
            Headache(baseline=GENERAL, responders=0.0, transient=0.0, entry_days=22),
            Drift(total=-5.6),  # [S] intravenous placebo in chronic migraine
        ),
        "untreated": (Headache(baseline=GENERAL, responders=0.0, transient=0.0), Drift()),
    }
)


def scenario_parameters(scenario: str, **changes: object) -> Parameters:
    """Return the parameters of a scenario; `changes` replace whole groups of them.

    Examples
    --------
    >>> scenario_parameters("null").headache.entry_days
    22
    """
    one_of("scenario", scenario, SCENARIOS)
    headache, drift = SCENARIOS[scenario]
    return Parameters(**{"headache": headache, "drift": drift, **changes})  # type: ignore[arg-type]
