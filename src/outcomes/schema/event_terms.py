"""From the free text of an adverse event to one of our plain groups.

A word list, not a coding dictionary: MedDRA columns of the source pass through untouched.
"""

from __future__ import annotations

import pandas as pd

__all__ = ["group_terms"]

#: Group -> words; the first group with a word in the term is taken, so the specific ones stand first.
WORDS: dict[str, tuple[str, ...]] = {
    "hallucination": ("hallucinat",),
    "vivid_dreams": ("dream", "nightmare"),
    "dissociation": (
        "dissociat",
        "out-of-body",
        "out of body",
        "derealis",
        "derealiz",
        "depersonal",
        "detached",
    ),
    "confusion": ("confus", "disorient"),
    "agitation": ("agitat", "restless"),
    "anxiety": ("anxi", "panic"),
    "sedation": ("sedat", "drows", "sleepi", "somnol", "tired"),
    "dizziness": ("dizz", "light-head", "lightheaded", "vertigo"),
    "vomiting": ("vomit", "emesis"),
    "nausea": ("nausea", "queas"),
    "diarrhoea": ("diarrh",),
    "blurred_vision": ("blurred vision", "vision blurred", "double vision", "diplopia", "blurry"),
    "nystagmus": ("nystagm",),
    "hypertension": ("hypertens", "blood pressure increased", "raised blood pressure", "high blood pressure"),
    "tachycardia": ("tachycard", "palpitat", "fast heart"),
    "liver_enzymes": ("liver enzyme", "transaminase", "alt increased", "ast increased"),
    "headache_worsening": ("headache", "migraine"),
}


def group_terms(term: pd.Series) -> pd.Series:
    """Return the plain group of each term; ``other`` when no word is known, missing for a missing term.

    Parameters
    ----------
    term : Series of str
        Terms as entered.

    Returns
    -------
    Series of str
        Codes of the codelist ``event_group``.

    Examples
    --------
    >>> group_terms(pd.Series(["Felt drowsy", "double vision", "hiccups"], dtype="str")).tolist()
    ['sedation', 'blurred_vision', 'other']
    """
    codes, terms = pd.factorize(term)
    lowered = pd.Series(terms, dtype="str").str.casefold()
    group = pd.Series([_group(text) for text in lowered], dtype="str")
    return pd.Series(group.reindex(codes).to_numpy(), index=term.index, dtype="str", name="group")


def _group(term: str) -> str:
    return next((name for name, words in WORDS.items() if any(word in term for word in words)), "other")
