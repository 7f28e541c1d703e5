"""[estimand] of study.toml: what is estimated, of whom, and what becomes of a next course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.schema.rules import Endpoint
from outcomes.schema.setting import Setting
from outcomes.schema.setting_faults import setting_fault

__all__ = ["DAY_VARIABLES", "MEAN_CHANGE", "NEXT_COURSE", "Estimand", "changed_estimand"]

MEAN_CHANGE = "mean_change"
NextCourse = Literal["while_untreated", "hypothetical", "treatment_policy", "composite"]

#: Strategy for a next course -> what it asks, as it stands in a sentence.
NEXT_COURSE: dict[str, str] = {
    "while_untreated": "while untreated (days before a next course)",
    "hypothetical": "as if nobody had been treated again",
    "treatment_policy": "whether or not treated again",
    "composite": "counting a further course as no response",
}
#: Endpoints that count days: the others have no model of days.
DAY_VARIABLES = ("headache_days", "moderate_severe_days", "migraine_days", "acute_medication_days")


class Estimand(Setting):
    """The primary question of a study in the words of ICH E9(R1); all else is secondary or sensitivity.

    Every field has a default; `None` is the default that fits the others: for the first period a next course
    is ``while_untreated``, for later ones ``hypothetical``, for responders ``composite``.

    Examples
    --------
    >>> Estimand().strategy, Estimand(period=3).strategy, Estimand(summary="responder_50").strategy
    ('while_untreated', 'hypothetical', 'composite')
    """

    population: Literal["eligible_baseline"] = Field(
        "eligible_baseline", description="treated patients with an eligible baseline"
    )
    min_baseline: float | None = Field(
        None, ge=0, le=30, description="only patients with at least this many baseline days with the event"
    )
    variable: Endpoint | None = Field(None, description="endpoint; by default rule endpoint")
    period: int = Field(1, ge=1, le=60, description="period after the first course; 1 is days 1-28")
    summary: Literal["mean_change", "responder_30", "responder_50", "responder_75"] = Field(
        "mean_change", description="mean change, or the share of patients whose value fell by that percentage"
    )
    arms: Literal["compared", "pooled"] = Field(
        "compared", description="in a study with arms: by arm with their contrast first, or all together"
    )
    next_course: NextCourse | None = Field(
        None,
        description="how days from the next course on are used; the default follows from the other settings",
    )
    missing_days: Literal["at_random", "no_response"] | None = Field(
        None, description="patients with too few diary days; by default no_response for responders"
    )

    @property
    def strategy(self) -> NextCourse:
        """What becomes of a next course."""
        if self.next_course is not None:
            return self.next_course
        if self.summary != MEAN_CHANGE:
            return "composite"
        return "while_untreated" if self.period == 1 else "hypothetical"

    @property
    def missing(self) -> str:
        """What becomes of patients with too few diary days."""
        return self.missing_days or ("at_random" if self.summary == MEAN_CHANGE else "no_response")

    @model_validator(mode="before")
    @classmethod
    def _one(cls, given: Any) -> Any:
        """Refuse a list of estimands: one is primary."""
        if isinstance(given, (list, tuple)):
            raise ValueError("one estimand is primary: write [estimand] once, others go to oc.estimate")
        return given

    @model_validator(mode="after")
    def _agree(self) -> Estimand:
        """Refuse parts that contradict each other."""
        mean = self.summary == MEAN_CHANGE
        if mean and self.next_course == "composite":
            raise ValueError("next_course composite is for responders: a change has no value for no response")
        if mean and self.missing_days == "no_response":
            raise ValueError("missing_days no_response is for responders")
        if not mean and self.next_course in ("hypothetical", "while_untreated"):
            raise ValueError(f"next_course {self.next_course} is for mean_change; responders: composite")
        if self.strategy == "hypothetical" and self.variable not in (None, *DAY_VARIABLES):
            raise ValueError(f"next_course hypothetical needs days: variable {', '.join(DAY_VARIABLES)}")
        return self


def changed_estimand(primary: Estimand, given: Estimand | Mapping[str, Any] | None) -> Estimand:
    """Return the primary, another estimand, or the primary with the parts that a mapping changes.

    Raises
    ------
    ArgumentError
        For a part that is not one, and for parts that contradict each other.
    """
    instance_of("estimand", given, Estimand | Mapping | None, hint='for instance {"period": 3}')
    if given is None or isinstance(given, Estimand):
        return given or primary
    for name in given:
        one_of("a part of the estimand", name, Estimand.model_fields)
    try:
        return Estimand.model_validate(primary.model_dump() | dict(given))
    except ValidationError as error:
        faults = [setting_fault(".".join(map(str, fault["loc"])), fault) for fault in error.errors()]
        raise ArgumentError(f"the estimand cannot be used: {'; '.join(faults)}") from None
