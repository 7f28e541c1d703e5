"""The answer to the study's primary question: one sentence and one number for every place of the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from outcomes.errors import OutcomesError
from outcomes.models.headache.estimand_rows import sentence
from outcomes.page.material import Material
from outcomes.page.wording import less_or_more
from outcomes.tables.numbers import interval, number, true_minus

__all__ = ["Primary", "primary", "primary_outside", "with_doubt"]


@dataclass(frozen=True, slots=True)
class Primary:
    """What `oc.estimate` says of the primary question.

    Parameters
    ----------
    text : str
        Its sentence.
    rows : DataFrame
        The number first, then those of each arm; empty when there is none.
    summary : str
        mean_change, responder_50 and the like.
    """

    text: str
    rows: pd.DataFrame
    summary: str = "mean_change"

    @property
    def contrasts(self) -> pd.DataFrame:
        """The differences of arms from the reference; no rows without arms."""
        return self.rows[self.rows["contrast"].notna()] if "contrast" in self.rows else self.rows.iloc[:0]

    @property
    def row(self) -> pd.Series | None:
        """The number: the contrast when there are arms."""
        return self.rows.iloc[0] if len(self.rows) else None


def primary(material: Material) -> Primary:
    """Return the primary's sentence and rows; a question that has no answer says why."""
    try:
        found = material.primary
    except OutcomesError as error:
        return Primary(f"There is no number for the primary question: {error.what}.", pd.DataFrame())
    rows = found.to_frame()
    known = pd.notna(rows.iloc[0]["estimate"])
    return Primary(
        true_minus(str(found.meta["text"])), rows if known else rows.iloc[:0], str(found.meta["summary"])
    )


def primary_outside(material: Material, *, smallest: int, limit: int, treated: int) -> Primary:
    """Return the same for readers outside: n goes where it would tell how few are missing.

    Only a mean change in the page's own endpoint and patients is told: another one beside it would be of a
    set of patients that lies within the other, and the two means would tell those between them.
    """
    found = primary(material)
    asked = material.study.estimand
    same = asked.min_baseline is None and (asked.variable or material.study.rules.endpoint) == (
        material.study.rules.endpoint
    )
    if found.row is None or found.summary != "mean_change" or not same or found.rows["n"].min() < smallest:
        return Primary(
            "The answer to the study's primary question is shown to the clinic only.", pd.DataFrame()
        )
    told = found.rows.iloc[:1].reindex(columns=_COLUMNS)
    if 0 < treated - int(told["n"].iloc[0]) < limit:
        told = told.assign(n=np.nan, N=np.nan)
    meta = material.primary.meta
    arms = "arm" if pd.notna(told["contrast"].iloc[0]) else None
    text = sentence(told, arms=arms, treated=treated, words=meta["words"])
    return Primary(true_minus(text), told.drop(columns="N"), found.summary)


_COLUMNS = ["contrast", "period", "estimate", "lower", "upper", "n", "N", "status", "drawn_share"]


def with_doubt(found: Primary, endpoint: str) -> str:
    """Return the sentence, the direction in a word, and that no change lies in the interval where it does."""
    row = found.row
    if row is None or found.summary != "mean_change":
        return found.text
    size, what = abs(row["estimate"]), "difference" if len(found.contrasts) else "change"
    if len(found.contrasts) > 1:
        return f"{found.text}{_none_held(found.contrasts)}"
    if round(size, 1) == 0:
        return f"{found.text} That is no {what} on average."
    way = less_or_more(endpoint, row["estimate"])
    said = f"{found.text} That is {number(size)} {way} on average."
    if not row["lower"] <= 0 <= row["upper"]:
        return said
    limits = interval(row["lower"], row["upper"])
    return f"{said} The interval ({limits}) also includes no {what} and a {what} in the other direction."


def _none_held(rows: pd.DataFrame) -> str:
    """Say which of several differences may be none."""
    held = (rows["lower"] <= 0) & (rows["upper"] >= 0)
    if not held.any():
        return ""
    if held.all():
        return " Each interval also includes no difference."
    return f" Also no difference lies in the interval of {', '.join(rows.loc[held, 'contrast'])}."
