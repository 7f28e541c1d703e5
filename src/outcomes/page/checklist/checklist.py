"""A reporting checklist of a study: item by item what the run knows, where it is shown, what is missing."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

import pandas as pd

from outcomes.errors import one_of
from outcomes.page.checklist.analysis import ANALYSIS
from outcomes.page.checklist.known import Fact, Known
from outcomes.page.checklist.patients import PATIENTS
from outcomes.page.sections import SECTIONS
from outcomes.schema.study_data import check_study
from outcomes.study import Study

__all__ = ["GUIDELINES", "MISSING", "as_markdown", "as_text", "checklist"]

Guideline = Literal["strobe", "ihs-registry"]
#: Guideline -> its name in items.csv, and where it was published.
GUIDELINES = {
    "strobe": (
        "STROBE",
        "STROBE, cohort studies (von Elm and others 2007, doi:10.1371/journal.pmed.0040296)",
    ),
    "ihs-registry": (
        "IHS registry",
        "clinic-based headache registries, International Headache Society "
        "(Schwedt and others 2022, doi:10.1177/03331024221099035)",
    ),
}
MISSING = "missing: write this yourself"
FILLED, PARTLY = "filled", "partly: complete it"


def checklist(study: Study, guideline: Guideline = "strobe") -> pd.DataFrame:
    """Fill a reporting checklist with what the run knows.

    Parameters
    ----------
    study : Study
        A checked study.
    guideline : {"strobe", "ihs-registry"}
        STROBE for cohort studies [1]_, or the guideline for clinic-based headache registries [2]_.

    Returns
    -------
    DataFrame
        One row an item: item, asks (in our own words), status (``filled``, ``partly: complete it`` or
        ``missing: write this yourself``), shown (section of the page, or part of manifest.json), text.

    Notes
    -----
    Counts are given in full, as by `Study.summary`: it is for whoever writes the paper, not for publication
    as it is. Item numbers of the registry guideline are ours: it has none.

    References
    ----------
    .. [1] von Elm E and others. The Strengthening the Reporting of Observational Studies in Epidemiology
       (STROBE) statement. PLoS Med 2007;4:e296. https://doi.org/10.1371/journal.pmed.0040296
    .. [2] Schwedt TJ and others. Guidelines of the International Headache Society for clinic-based headache
       registries, 1st edition. Cephalalgia 2022;42:1099-1115. https://doi.org/10.1177/03331024221099035

    Examples
    --------
    >>> import outcomes as oc
    >>> found = oc.checklist(oc.simulate(12, seed=1, months=1).study)
    >>> found.loc[found["item"] == "22", "status"].item()
    'missing: write this yourself'
    """
    check_study(study)
    name = GUIDELINES[one_of("guideline", guideline, GUIDELINES)][0]
    known, facts = Known(study), {"": lambda _: Fact("", "")} | PATIENTS | ANALYSIS
    items = _items()
    items = items[items["guideline"] == name].reset_index(drop=True)
    said = [facts[fact](known) for fact in items["fact"]]
    status = [MISSING if not fact.text else FILLED if fact.whole else PARTLY for fact in said]
    shown = [_where(fact.shown) for fact in said]
    told = {"status": status, "shown": shown, "text": [fact.text for fact in said]}
    return items[["item", "asks"]].assign(**told).astype("str")


def _where(shown: str) -> str:
    """Return anchors of the page as the headings that a reader sees."""
    titles = {part.name: part.title for part in SECTIONS}
    return "; ".join(titles.get(place, place) for place in shown.split("; "))


def _items() -> pd.DataFrame:
    with files("outcomes.page.checklist").joinpath("items.csv").open(encoding="utf-8") as lines:
        return pd.read_csv(lines, dtype="str", keep_default_na=False)


def as_text(found: pd.DataFrame, guideline: str) -> str:
    """Return a checklist for the terminal."""
    lines = [f"Checklist: {GUIDELINES[guideline][1]}", ""]
    for row in found.itertuples():
        lines.append(f"{row.item:<5}{row.asks} [{row.status}]")
        lines += [f"     {row.text}"] if row.text else []
        lines += [f"     shown in: {row.shown}"] if row.shown else []
    counted = found["status"].value_counts()
    told = ", ".join(f"{counted.get(name, 0)} {name.split(':')[0]}" for name in (FILLED, PARTLY, MISSING))
    return "\n".join([*lines, "", f"{len(found)} items: {told}"])


def as_markdown(found: pd.DataFrame, guideline: str) -> str:
    """Return a checklist as a table of Markdown."""
    head = ["item", "asks", "status", "shown", "text"]
    rows = found[head].replace({"\\|": "\\\\|", "\n": " "}, regex=True).to_numpy().tolist()
    lines = [" | ".join(row) for row in (head, ["---"] * len(head), *rows)]
    return "\n".join([f"# Checklist: {GUIDELINES[guideline][1]}", "", *(f"| {line} |" for line in lines)])
