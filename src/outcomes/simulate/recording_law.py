"""Which days are recorded, and who stops recording; labels as in `outcomes.simulate.parameters`."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

from outcomes.errors import ArgumentError, instance_of

__all__ = ["Compliance", "Dropout", "within"]


def within(
    law: Any, low: float, high: float, *names: str, allowed: str, ends: tuple[bool, bool] = (True, True)
) -> None:
    """Refuse numbers of a law that are outside their range; `ends` says whether the limits are inside."""
    for name in names:
        got = getattr(law, name)
        instance_of(name, got, Real)
        if not (low <= got <= high) or (got == low and not ends[0]) or (got == high and not ends[1]):
            raise ArgumentError(f"{name} is outside its range", got=repr(got), allowed=allowed)


@dataclass(frozen=True, slots=True)
class Compliance:
    """Which days are recorded.

    Parameters
    ----------
    start, end : float
        Share of days recorded on the first and on the last day of the diary.
    weekend_odds_ratio : float
        Odds of a record on Saturday and Sunday against other days.
    free_odds_ratio : float
        Odds of a record on a day without headache against one with; 1 = missing at random.
    free_odds_ratio_after : float or None
        The same from day 0 of the first course on; None: as before. Another value is informative recording
        that changes with treatment, which no diary can show.
    patient_sd : float
        Standard deviation over patients of the log odds.
    by_headache : tuple of (float, float) or None
        Share recorded of days with and of days without headache; replaces all of the above.
    item_missing : float
        Share of headache days whose pain is not filled in; likewise, apart from it, the hours.
    late : float
        Share of entries made more than five days later.
    short_baseline : float
        Share of patients whose diary starts within the 28 days before the course.
    """

    start: float = 0.92  # [S]
    end: float = 0.85  # [S]
    weekend_odds_ratio: float = 0.55  # [S]
    free_odds_ratio: float = 0.60  # [P]; that free days are recorded less often is [S]
    free_odds_ratio_after: float | None = None
    patient_sd: float = 0.5  # [P]
    by_headache: tuple[float, float] | None = None  # domain.md section 2 uses (.95, .80)
    item_missing: float = 0.02  # [P]
    late: float = 0.02  # [P]
    short_baseline: float = 0.05  # [P]

    def __post_init__(self) -> None:
        within(self, 0, 1, "start", "end", allowed="above 0, to 1", ends=(False, True))
        within(self, 0, 1, "item_missing", "late", "short_baseline", allowed="0 to 1")
        for name in ("weekend_odds_ratio", "free_odds_ratio"):
            within(self, 0, float("inf"), name, allowed="above 0", ends=(False, False))
        if self.free_odds_ratio_after is not None:
            within(self, 0, float("inf"), "free_odds_ratio_after", allowed="above 0", ends=(False, False))
        within(self, 0, float("inf"), "patient_sd", allowed="0 or more", ends=(True, False))
        shares = self.by_headache
        if shares is not None and not (len(shares) == 2 and all(0 <= share <= 1 for share in shares)):
            raise ArgumentError(
                "by_headache is not two shares", got=repr(shares), allowed="(.95, .80), or None"
            )


@dataclass(frozen=True, slots=True)
class Dropout:
    """Who stops the diary, and when.

    Parameters
    ----------
    share : float
        Share of patients who stop before the end when `log_odds_per_day` is 0. The chance is the same in
        each period, the day uniform within it.
    log_odds_per_day : float
        Change of the log odds to stop in a period for each headache day per 28 recorded in the period
        before, from the mean: 0 is missing completely at random, else missing at random.
    current_log_odds_per_day : float
        The same for each headache day of the period in which the patient stops, recorded or not: missing
        not at random unless it is 0.
    """

    share: float = 0.1  # [P]
    log_odds_per_day: float = 0.0  # [P]
    current_log_odds_per_day: float = 0.0

    def __post_init__(self) -> None:
        within(self, 0, 1, "share", allowed="0 to less than 1", ends=(True, False))
        least, most = float("-inf"), float("inf")
        for name in ("log_odds_per_day", "current_log_odds_per_day"):
            within(self, least, most, name, allowed="a finite number", ends=(False, False))
