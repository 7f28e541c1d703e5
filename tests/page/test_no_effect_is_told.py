"""Nothing works, patients get worse, patients are treated again: what is told agrees with what is true.

No sentence may be read as an effect of the treatment: a sentence with a word of cause denies it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape

import numpy as np
import pytest

import outcomes as oc
from outcomes.page.html import page
from outcomes.page.make import sections_of
from outcomes.page.material import Material
from outcomes.page.sections.headache_days import headache_days
from outcomes.page.sections.in_short import in_short
from outcomes.page.view.clinic import Clinic
from outcomes.simulate import Compliance, Drift, Retreatment, Titration, Waves, scenario_parameters
from outcomes.tables.numbers import true_minus

#: Words by which a reader takes a change for what the treatment did.
CAUSE = re.compile(
    r"\beffects?\b|\beffective\b(?! number| sample)|\befficacy\b|\bcaus(e|es|ed)\b|\bbecause of\b|"
    r"\bdue to\b|\bthanks to\b|\bwork(s|ed)\b|\bled to\b|\bhelped\b|\bbenefit(s|ed)?\b|\bimproved\b|"
    r"\breduc(es|ed)\b|\bresponded to\b",
    re.IGNORECASE,
)
#: A sentence with one of these denies it, or asks. No claims are fixed and side effects, that a pump's rate
#: was reduced, and what patients say themselves on the scale of global change (much improved).
DENIED = re.compile(
    r"\b(not|no|none|never|nothing|without|cannot|whether|neither|nor|if|would|may|fixed|side|adverse|"
    r"unwanted|rate reduced|much improved)\b",
    re.IGNORECASE,
)
NULL = scenario_parameters("null", drift=Drift(), waves=Waves(0.7), titration=Titration(14), earlier_days=28)
WORSE = scenario_parameters("untreated")
AGAIN = replace(
    scenario_parameters("treated"),
    waves=Waves(0.7),
    retreatment=Retreatment("worsening", share=1.0),
    compliance=Compliance(free_odds_ratio=1.0, short_baseline=0.0),
)
WORLDS = ("null", "worse", "again")
#: Share of the free days after the course that become headache days in patients who get worse.
WORSENING = 0.6
#: Truth is of all days, the study of those that are recorded: three standard errors of the estimate.
ERRORS = 3.0


@dataclass(frozen=True)
class Made:
    """A study, and the true mean change of its first period from every day, recorded or not."""

    study: oc.Study
    change: float


def getting_worse() -> Made:
    """Return patients nobody helps, who get worse on the day after the course; days counted one by one."""
    one = oc.simulate(30, seed=6, months=2, parameters=WORSE)
    days = one.truth.days().merge(oc.courses(one.study)[["patient_id", "course_end"]], on="patient_id")
    worse = (days["date"] > days["course_end"]) & (np.random.default_rng(1).random(len(days)) < WORSENING)
    days["headache"] |= worse
    after = (days["date"] - days["course_end"]).dt.days
    known = {part: days[at].groupby("patient_id")["headache"].mean() * 28
             for part, at in (("before", days["day"] < 0), ("after", after.between(1, 28)))}  # fmt: skip
    diary = one.study.diary[["patient_id", "date"]].merge(days[["patient_id", "date", "headache"]])
    study = oc.Study(
        diary=diary, patients=one.study.patients, sessions=one.study.sessions, timezone=one.study.timezone
    )
    return Made(study, float((known["after"] - known["before"]).mean()))


@pytest.fixture(scope="module")
def made() -> dict[str, Made]:
    null, again = (oc.simulate(30, seed=6, months=2, parameters=law) for law in (NULL, AGAIN))
    found = {"worse": getting_worse()}
    for name, one in (("null", null), ("again", again)):
        truth = one.truth.estimands.set_index(["strategy", "period_number"])["change"]
        found[name] = Made(one.study, float(truth["while untreated", 1]))
    return found


def claims(text: str) -> list[str]:
    """Return the sentences that a reader could take for an effect."""
    sentences = re.split(r"(?<=[.!?:;])\s+", " ".join(text.split()))
    return [one for one in sentences if CAUSE.search(one) and not DENIED.search(one)]


def told(study: oc.Study) -> str:
    """Return what the summary, the answer, the change and the negative control say."""
    results = [oc.estimate(study), oc.negative_control(study), oc.change(oc.periods(study))]
    parts = [study.summary(), *(f"{found.title}. {'. '.join(found.notes)}" for found in results)]
    return ". ".join(parts)


def test_the_search_finds_claims_and_leaves_denials() -> None:
    assert claims("The infusion reduced headache days by 3.") != []
    assert claims("Patients improved thanks to the treatment.") != []
    assert claims("A change in one group of patients is not an effect of the treatment.") == []


@pytest.mark.parametrize("name", WORLDS)
def test_no_sentence_of_the_results_can_be_taken_for_an_effect(made, name) -> None:
    assert claims(told(made[name].study)) == []


@pytest.mark.parametrize("name", WORLDS)
def test_the_primary_number_agrees_with_the_truth(made, name) -> None:
    one = made[name]
    row = oc.estimate(one.study).to_frame().iloc[0]
    assert abs(row["estimate"] - one.change) < ERRORS * row["std_error"]
    sign = "+" if row["estimate"] > 0 else "-"
    assert f"was {sign}{abs(row['estimate']):.1f}" in one.study.summary()


def test_who_gets_worse_is_told_so(made) -> None:
    row = oc.estimate(made["worse"].study).to_frame().iloc[0]
    assert row["lower"] > 0
    assert "fewer" not in made["worse"].study.summary()


def test_the_page_of_those_who_get_worse_says_so_first(made) -> None:
    view = Clinic(Material(made["worse"].study))
    assert " more headache days" in headache_days(view).finding
    sentence = next(one.text for one in in_short(view).blocks if getattr(one, "kind", "") == "plain")
    assert re.search(r"was \+\d+\.\d .* more on average", sentence)
    assert "fewer" not in sentence


def test_in_the_null_world_what_is_left_beside_chance_is_no_fall(made) -> None:
    study = made["null"].study
    found = oc.regression_to_mean(oc.periods(study), oc.days(study), entry=study.rules.entry_days).to_frame()
    net = found.query("term == 'net' and period == 'days 1-28'").iloc[0]
    assert net["estimate"] + ERRORS * net["std_error"] > 0
    assert found.query("term == 'raw' and period == 'days 1-28'")["estimate"].item() < 0


@pytest.mark.long
@pytest.mark.parametrize("name", WORLDS)
def test_no_sentence_of_the_page_can_be_taken_for_an_effect(made, name) -> None:
    study = made[name].study
    html = page(study, sections_of(study))
    blocks = re.findall(r"<(?:p|li|h1|h2|h3|figcaption|caption|td|th)\b[^>]*>(.*?)</", html, flags=re.DOTALL)
    text = ". ".join(unescape(re.sub(r"<[^>]+>", " ", block)) for block in blocks)
    assert claims(text) == []
    assert (true_minus(oc.negative_control(study).meta["text"]) in " ".join(text.split())) == (name == "null")
    row = oc.estimate(study).to_frame().iloc[0]
    assert f"{abs(row['estimate']):.1f}" in text
