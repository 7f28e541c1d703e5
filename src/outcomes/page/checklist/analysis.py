"""Items about the analysis: question, design, methods, results and their limits."""

from __future__ import annotations

from collections.abc import Callable

from outcomes.derive.emergent import emergent
from outcomes.errors import OutcomesError
from outcomes.models.headache.change import change
from outcomes.page.checklist.known import Fact, Known
from outcomes.page.wording import per_month
from outcomes.questions.negative_control import negative_control
from outcomes.schema.estimand import NEXT_COURSE

__all__ = ["ANALYSIS"]


def _question(known: Known) -> Fact:
    asked, rules = known.study.estimand, known.study.rules
    what = per_month(asked.variable or rules.endpoint, rules)
    return Fact(
        f"Primary question: {asked.summary.replace('_', ' ')} of {what}, period {asked.period} after the "
        f"first course, {NEXT_COURSE[asked.strategy]}, in treated patients with an eligible baseline. "
        "Say whether it was stated before the data were seen.",
        "methods; manifest: parameters",
    )


def _design(known: Known) -> Fact:
    n, rules = known.treated, known.study.rules
    if known.arms:
        text = (
            f"Arms {', '.join(known.arms)}, {n} treated patients. State how patients came to be in each arm"
        )
    else:
        text = f"Single-arm before-and-after study of {n} treated patients, no control group"
    return Fact(
        f"{text}: {rules.baseline_days} days of diary before the first course, compared with "
        f"periods of {rules.month_days} days after it. Name the design in the title.",
        "methods",
    )


def _answer(known: Known) -> Fact:
    if known.answer is None:
        return Fact("", "")
    text = str(known.answer.meta["text"])
    return Fact(f"{text} Nothing is adjusted for.", "in-short; headache-days", whole=not known.arms)


def _summary(known: Known) -> Fact:
    answer = known.answer
    return Fact("" if answer is None else str(answer.meta["text"]), "in-short")


def _definitions(known: Known) -> Fact:
    rules = known.study.rules
    return Fact(
        f"Outcome {per_month(rules.endpoint, rules)} (headache day: {rules.headache_day}; migraine day: "
        f"{rules.migraine_day}). Exposure: courses of sessions at most {rules.course_gap_days} days apart. "
        f"Events: from line in until {rules.related_window_h:g} h after line out. Add the confounders.",
        "methods",
    )


def _bias(known: Known) -> Fact:
    try:
        control = f" {negative_control(known.study).meta['text']}"
    except OutcomesError:
        control = ""
    return Fact(
        "Regression to the mean is shown beside the change; placebo arms of trials are given "
        f"as a rival explanation.{control}",
        "how-sure; context",
    )


def _numbers(known: Known) -> Fact:
    rules = known.study.rules
    ways = {
        "prorated": f"prorated to {rules.month_days} days",
        "observed": "as counted, not prorated",
    }
    return Fact(
        f"Days are {ways[rules.value]}; responders fell by at least 30, 50 or 75 % of the baseline; "
        f"goal: at most {rules.goal_days} days.",
        "methods; headache-days",
        whole=True,
    )


def _methods(known: Known) -> Fact:
    found = change(known.first)
    return Fact(
        f"{found.title}: {found.method}. Every table of the page names its method.", "methods", whole=True
    )


def _subgroups(known: Known) -> Fact:
    return Fact(
        "oc.subgroups(study): change by subgroup, test of each factor, adjusted for their number, shrunken "
        "values beside it; exploratory.",
        "who-benefits",
    )


def _missing(known: Known) -> Fact:
    rules, asked = known.study.rules, known.study.estimand
    return Fact(
        f"A period needs {rules.min_days} recorded days; fewer: {asked.missing.replace('_', ' ')}; bounds "
        "and a tipping point beside it. A missing day is never counted as a day without headache.",
        "how-sure; methods",
        whole=True,
    )


def _lost(known: Known) -> Fact:
    return Fact(
        f"Days from a next course on: {NEXT_COURSE[known.study.estimand.strategy]}; patients without enough "
        "days are counted in every period.",
        "how-sure",
        whole=True,
    )


def _sensitivity(known: Known) -> Fact:
    return Fact(
        "The same question under every strategy for a next course (oc.what_if), other models of the same "
        "change, the tipping point of missing days.",
        "how-sure",
        whole=True,
    )


def _outcomes(known: Known) -> Fact:
    first = known.first
    with_value, at_risk = int(first["change"].notna().sum()), int(first["baseline_eligible"].sum())
    found = emergent(known.study)
    events = found[found["emergent"].fillna(False)]
    return Fact(
        f"First period: {with_value} of {at_risk} patients with a value. Adverse events since the first "
        f"session: {len(events)} in {events['patient_id'].nunique()} of {known.treated} patients.",
        "headache-days; adverse-events",
        whole=True,
    )


def _risks(known: Known) -> Fact:
    return Fact(
        "Events are given as the numbers of patients and sessions with an event, and out of how many.",
        "adverse-events",
        True,
    )


def _other(known: Known) -> Fact:
    return Fact(
        "Later periods, how long a fall lasts, dose, several models of the same change; all but the primary "
        "question are marked secondary.",
        "how-sure",
        whole=True,
    )


def _limits(known: Known) -> Fact:
    alone = "" if known.arms else "No control group: the change is not an effect of the treatment. "
    return Fact(
        f"{alone}Every change includes the effects of time, other care and expectation. Add "
        "misclassification, "
        "unmeasured confounding and any change in who was treated.",
        "in-short; how-sure",
    )


#: Fact of items.csv -> what says it.
ANALYSIS: dict[str, Callable[[Known], Fact]] = {
    "question": _question,
    "design": _design,
    "answer": _answer,
    "summary": _summary,
    "definitions": _definitions,
    "bias": _bias,
    "numbers": _numbers,
    "methods": _methods,
    "subgroups": _subgroups,
    "missing": _missing,
    "lost": _lost,
    "sensitivity": _sensitivity,
    "outcomes": _outcomes,
    "risks": _risks,
    "other": _other,
    "limits": _limits,
}
