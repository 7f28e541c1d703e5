"""Which column of a diary says whether there was a headache, where no name tells: it is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from outcomes.config.proposal.lines import Choice, Line, Question
from outcomes.config.proposal.matching import MOST, Match, given_texts
from outcomes.config.proposal.vocabulary import known_words, plain

__all__ = ["NO_ANSWER", "ask_headache", "score_as_headache", "which_answers"]

#: A diary without yes or no: its score tells.
NO_ANSWER = Line("headache", "pain above 0", "no column answers yes or no: confirm this rule")


def which_answers(
    lines: list[Line], matched: Mapping[str, Match], frame: pd.DataFrame, used: Collection[str]
) -> tuple[list[Line], list[str]]:
    """Return the lines, and the columns that say yes and no and that nothing reads.

    With such a column a score is no answer: a day without headache has none, and would be lost.

    Parameters
    ----------
    lines : list of Line
        What is proposed; `NO_ANSWER` is left out where a column may answer.
    matched : mapping of str to Match
        The columns that are recognised.
    frame : DataFrame of str
        The file.
    used : collection of str
        Further columns that are read.
    """
    if NO_ANSWER not in lines:
        return lines, []
    taken = {one.theirs for one in matched.values()} | set(used)
    said = known_words("yesno")
    words = {str(name): set(given_texts(frame[name]).map(plain)) for name in frame if name not in taken}
    answers = [name for name, texts in words.items() if {said.get(text) for text in texts} == {"yes", "no"}]
    return [line for line in lines if line != NO_ANSWER or not answers], answers


def ask_headache(answers: list[str]) -> Question:
    """Return the question which of the columns it is."""
    what = (
        'which column says whether there was a headache? if none: remove this line, headache = "pain above 0"'
    )
    return Question("columns.headache", what, tuple(Choice(name, "holds yes and no") for name in answers))


def score_as_headache(
    table: str, matched: dict[str, Match], frame: pd.DataFrame
) -> tuple[dict[str, Match], list[Line]]:
    """Read a column headache that holds whole numbers beyond 0 and 1 as the pain that it is."""
    one = matched.get("headache") if table == "diary" else None
    texts = given_texts(frame[one.theirs]) if one else pd.Series(dtype="str")
    grades = texts.map(plain).map(known_words("severity"))
    if (
        one is not None and grades.notna().mean() >= MOST and set(grades.dropna()) - {"0"}
    ):  # a no is an answer
        rest = {name: match for name, match in matched.items() if name != "headache"}
        line = Line("headache", "pain above 0", f"{one.theirs} is told as a severity: confirm this rule")
        return rest | {"pain": rest.get("pain", Match("pain", one.theirs, "a severity in words"))}, [line]
    numbers = pd.to_numeric(texts.str.replace(",", "."), errors="coerce")
    if (
        one is None
        or not len(texts)
        or numbers.isna().any()
        or set(numbers) <= {0, 1}
        or set(numbers) <= {1, 2}
    ):
        return matched, []
    rest = {name: match for name, match in matched.items() if name != "headache"}
    line = Line("headache", "pain above 0", f"{one.theirs} holds a score and no answer: confirm this rule")
    if "pain" in rest:
        return rest, [line]
    return rest | {"pain": Match("pain", one.theirs, "a score of pain", one.unit)}, [line]
