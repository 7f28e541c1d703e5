"""Context: what groups without the drug did, so that a change is not read as more than it is."""

from __future__ import annotations

from outcomes.page.blocks import Listing, Section, Words
from outcomes.page.view import View

__all__ = ["context"]

#: Published figures that a before/after change stands beside.
POINTS = (
    "Placebo infusions in chronic migraine: 5.6 fewer migraine days a month in weeks 1-12, 6.2 in weeks 13-24 with 44% responders "
    "(PROMISE-2, Silberstein and others, J Headache Pain 2020;21:120).",
    "Placebo after 2 to 4 failed preventives: 2.1 fewer when infused (DELIVER, doi:10.1177/03331024231170807), 1.0 (CONQUER, "
    "doi:10.1016/S1474-4422(20)30279-9) and 0.6 (FOCUS, doi:10.1016/S0140-6736(19)31946-4) when injected; 2.15 and 26% responders in 16 "
    "trials (Gorantla and others, Cephalalgia Reports 2022;5).",
    "Older placebo arms (22 trials): attacks fell by 16.8%, 23.5% responders (van der Kuy and Lohman, Cephalalgia 2002;22:265-270).",
    "Ketamine infusions, uncontrolled, by pain and not by diary: 55/77 (71%) acute responders, 15 of the 55 (27%) at follow-up (Pomeroy "
    "and others, Headache 2017;57:276-282); 48/61 (79%), 40% after 38 and 39% after 101 days (Schwenk and others, Reg Anesth Pain Med "
    "2018;43:875-879).",
)
#: What heads the section.
FINDING = "Untreated groups improve too: by 0.6 to 6.2 migraine days a month on placebo"


def context(view: View) -> Section:
    """Return the section of published figures; they are the same for every study."""
    lead = "People begin a treatment when they are at their worst."
    bands = tuple(band.text for band in view.placebo_bands)
    return Section(
        "context",
        "What any change must be set against",
        (Words(lead), Listing((*bands, *POINTS))),
        finding=FINDING,
    )
