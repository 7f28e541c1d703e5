"""Context: what groups without the drug did, so that a change is not read as more than it is."""

from __future__ import annotations

from outcomes.report.blocks import Listing, Section, Words
from outcomes.report.material import Material

__all__ = ["context"]

#: Published figures that a before/after change stands beside.
POINTS = (
    "Old placebo arms (22 trials): headache frequency fell by 16.8%, and 23.5% of patients were responders.",
    "Subcutaneous antibody placebo (16 randomised trials): 2.15 fewer days a month, 26% responders.",
    "Intravenous placebo in chronic migraine (PROMISE-2): 5.6 to 6.2 fewer days a month, 44% responders.",
    "Intravenous placebo did better than subcutaneous placebo by 1.34 days (chronic migraine 1.96).",
    "Ketamine infusions, uncontrolled: 71-79% acute responders, 27-40% still at 5 weeks, about 39% at 14 weeks; "
    "42% (14/33) with any adverse event. Randomised trials of bolus and intranasal ketamine were not superior.",
    "Selection alone: choosing patients with at least 22 of 28 headache days gave a fall of 1.9 days and 11% "
    "30% responders in a simulation without any effect.",
)


def context(material: Material) -> Section:
    """Return the section of published figures; they are the same for every study."""
    lead = (
        "An uncontrolled cohort improves without any drug: people begin a treatment when they are at their worst. "
        "These figures of groups without an effect of the drug, and of other cohorts, are what a change here is read beside."
    )
    return Section("context", "What a change must be read beside", (Words(lead), Listing(POINTS)))
