"""What was withheld, and why: in words."""

from __future__ import annotations

from outcomes.page.blocks import Listing, Section, Words
from outcomes.page.view import View

__all__ = ["withheld"]


def withheld(view: View) -> Section:
    """Return the section on what this page does not say."""
    limit, smallest = view.limit, view.smallest
    points = (
        f"Counts of 1 to {limit - 1} patients, and of all but 1 to {limit - 1}. A count of 0 is shown. A property that all "
        "patients share is withheld too.",
        f"Arms of few patients. Where 1 to {limit - 1} patients have no arm, another arm goes too: beside the size of all the "
        "others it would reveal theirs. No count, mean or rate of such an arm alone is shown.",
        f"Counts of sessions that come from fewer than {limit} patients.",
        "Every number from which such a count could be calculated: its percentage, interval and rate, and "
        "as many other counts in the same total as are needed. An integer programme finds which ones, and each withheld small "
        f"count was checked: given all that this page shows, it could still take at least {limit} values.",
        f"Means, intervals and rates of fewer than {smallest} patients, and quartiles of fewer than {2 * smallest}.",
        "The number of patients behind a mean where it would reveal how few are missing; its standard deviation always, because "
        "together with the interval it reveals that number.",
        "The mean of the baseline and of the value after the first period: the means of two sets of patients would reveal the patients by whom they differ. "
        "Labels that somebody typed (cohort, arm) when few patients have them. Names and hashes of the input files.",
        "Everything about one patient: lines, diaries day by day, listings of events, findings by row.",
    )
    lead = (
        "Numbers about few people can reveal who they are to somebody who knows them. All counts on this page are of the same "
        "patients, those treated, so that nobody can be found from the difference between two groups."
    )
    return Section("withheld", "What was withheld, and why", (Words(lead), Listing(points)))
