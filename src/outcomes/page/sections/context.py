"""Context: what groups without the drug did, so that a change is not read as more than it is."""

from __future__ import annotations

from outcomes.page.blocks import Listing, Section, Words
from outcomes.page.placebo_band import placebo_band
from outcomes.page.view import View

__all__ = ["context"]

#: Published figures that a before/after change stands beside.
POINTS = (
    "Old placebo arms (22 trials): migraine attacks fell by 16.8%, and 23.5% of patients were responders "
    "(van der Kuy and Lohman, Cephalalgia 2002;22:265-270).",
    "Subcutaneous antibody placebo (16 randomised trials): 2.15 fewer migraine days a month, 26% responders "
    "(Gorantla and others, Cephalalgia Reports 2022;5).",
    "Intravenous placebo in chronic migraine (PROMISE-2): 5.6 fewer migraine days a month in weeks 1-12 and 6.2 in weeks "
    "13-24, then 44% responders (Silberstein and others, J Headache Pain 2020;21:120).",
    "Placebo after 2 to 4 failed preventives: 2.1 fewer migraine days a month when infused (DELIVER, doi:10.1177/03331024231170807), "
    "1.0 (CONQUER, doi:10.1016/S1474-4422(20)30279-9) and 0.6 (FOCUS, doi:10.1016/S0140-6736(19)31946-4) when injected.",
    "Ketamine infusions, uncontrolled, judged by pain and not by a diary: 55/77 (71%) and 48/61 (79%) acute responders; 15 of the 55 "
    "(27%) still at the follow-up visit (Pomeroy and others, Headache 2017;57:276-282), 40% after a mean of 38 days and 39% "
    "after 101 days (Schwenk and others, Reg Anesth Pain Med 2018;43:875-879).",
    "Randomised trials of a ketamine bolus or nasal ketamine for acute attacks are few and small; most found it no better than "
    "its comparison (review: Chah and others, J Dent Anesth Pain Med 2021;21:413-429).",
    "Selection alone: in a simulation without any effect, of patients who were chosen because they had headache on at least 22 of 28 "
    "days, the mean fell by 1.0 day and 5% had at least 30% fewer; with a drift such as cohorts show it fell by 1.9 days and 11% did "
    "(not published: the simulator's null scenario makes it again).",
)


def context(view: View) -> Section:
    """Return the section: placebo arms for the page's endpoint, and published figures."""
    lead = (
        "An uncontrolled cohort improves without any drug: people begin a treatment when they are at their worst. "
        "Read a change in this report beside these figures, of groups without an effect of the drug and of other cohorts."
    )
    bands = tuple(band.text for band in placebo_band(view.rules.endpoint, view.patients))
    return Section("context", "What a change must be read beside", (Words(lead), Listing((*bands, *POINTS))))
