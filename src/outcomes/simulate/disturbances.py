"""What makes a clinic's world harder than a trial's; everything here is off unless it is asked for.

Slow waves, the calendar, treatment again that depends on the disease, and titration to response.
All numbers are choices [P], near what diaries show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Literal

from outcomes.errors import ArgumentError, instance_of, one_of

__all__ = ["Calendar", "Retreatment", "Titration", "Waves"]

RULES = ("planned", "random", "relapse", "worsening")


def _numbers(law: object) -> None:
    """Refuse anything but finite numbers."""
    for field in fields(law):  # type: ignore[arg-type]
        value = getattr(law, field.name)
        if value is None or isinstance(value, str):
            continue
        instance_of(field.name, value, Real)
        if not math.isfinite(value):
            raise ArgumentError(f"{field.name} is not a number", got=repr(value), allowed="a finite number")


@dataclass(frozen=True, slots=True)
class Waves:
    """Good and bad weeks of each patient: an Ornstein-Uhlenbeck process on the logit of a headache day.

    Parameters
    ----------
    sd : float
        Standard deviation of the log odds; 0 is no wave.
    days : float
        Days after which the correlation has fallen to 1 / e.
    """

    sd: float = 0.0
    days: float = 40.0

    def __post_init__(self) -> None:
        _numbers(self)
        if self.sd < 0 or self.days <= 0:
            raise ArgumentError(
                "a wave needs a spread and a duration",
                got=f"sd {self.sd}, days {self.days}",
                allowed="sd of 0 or more, days above 0",
            )

    @property
    def carried(self) -> float:
        """Correlation of one day with the next."""
        return math.exp(-1 / self.days)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Log odds of a headache day by the calendar.

    Parameters
    ----------
    weekend : float
        Added on Saturday and Sunday.
    season : float
        Added on the worst day of the year, taken off half a year later, a cosine between.
    worst_day : int
        Day of the year, 1 to 366.
    """

    weekend: float = 0.0
    season: float = 0.0
    worst_day: int = 15

    def __post_init__(self) -> None:
        _numbers(self)
        if not 1 <= self.worst_day <= 366:
            raise ArgumentError(
                "worst_day is not a day of the year", got=repr(self.worst_day), allowed="1 to 366"
            )

    @property
    def acts(self) -> bool:
        """Whether any day differs from another."""
        return bool(self.weekend or self.season)


@dataclass(frozen=True, slots=True)
class Retreatment:
    """When a second course begins.

    Parameters
    ----------
    rule : {"planned", "random", "relapse", "worsening"}
        ``planned``: halfway, in patients of the style "repeated". ``random``: whatever the diary says.
        ``relapse``: when a responder has lost the effect. ``worsening``: when the last `window` days have at
        least `level` of the baseline's headache days.
    share : float
        ``random``: share of patients in 28 days. ``relapse``: share of relapses that are treated, 7 days
        after. ``worsening``: chance on each day on which the rule holds.
    not_before : int
        Days after the first course without another (at least 14).
    window : int
        Days that ``worsening`` looks back on.
    level : float
        Share of the baseline's rate of headache days.
    """

    rule: Literal["planned", "random", "relapse", "worsening"] = "planned"
    share: float = 0.2
    not_before: int = 28
    window: int = 14
    level: float = 0.7

    def __post_init__(self) -> None:
        one_of("rule", self.rule, RULES)
        _numbers(self)
        instance_of("not_before", self.not_before, Integral)
        instance_of("window", self.window, Integral)
        if not 0 <= self.share <= 1:
            raise ArgumentError("share is not a share", got=repr(self.share), allowed="0 to 1")
        if not 14 <= self.not_before <= 3650 or not 1 <= self.window <= 28 or self.level <= 0:
            raise ArgumentError(
                "the rule of repeated treatment cannot be used",
                got=f"not_before {self.not_before}, window {self.window}, level {self.level}",
                allowed="not_before from 14, window 1 to 28, level above 0",
            )


@dataclass(frozen=True, slots=True)
class Titration:
    """Inpatient courses that go on until the patient has a day without headache.

    Parameters
    ----------
    most_days : int or None
        Days after which the course ends without one; None is no titration.
    """

    most_days: int | None = None

    def __post_init__(self) -> None:
        instance_of("most_days", self.most_days, Integral | None)
        if self.most_days is not None and not 1 <= self.most_days <= 28:
            raise ArgumentError(
                "most_days is outside its range", got=repr(self.most_days), allowed="1 to 28, or None"
            )
