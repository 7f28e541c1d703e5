"""Units that names or numbers of columns show: minutes or hours, pounds, scales of pain, pump rates."""

from __future__ import annotations

import pandas as pd

from outcomes.config.proposal.lines import Choice, Line, Question
from outcomes.config.proposal.matching import BY_WORDS, Match, given_texts
from outcomes.config.proposal.vocabulary import known_words, plain
from outcomes.units import OTHER_UNITS, RATE_UNITS, probable_rate_unit

__all__ = ["units"]

Found = tuple[list[Line], list[Question], list[Line]]
#: Median body weights above which pounds are as likely as kilograms.
HEAVY = 110
#: Part of the different numbers that may be slips of the pen.
SLIPS = 0.2
CLOCK = r"\d{1,3}:[0-5]\d(:[0-5]\d)?"
IN_WORDS = r"(?:\d+(?:[.,]\d+)?\s*(?:d|h|m)[a-z]*\.?\s*)+"
STONE = r"\d{1,2}\s*(?:st|stone)\.?.*"


def units(table: str, matched: dict[str, Match], frame: pd.DataFrame) -> Found:
    """Return lines and questions of the table, and lines of [rules], about units."""
    lines: list[Line] = []
    questions: list[Question] = []
    rules: list[Line] = []
    for ours, match in matched.items():
        texts = given_texts(frame[match.theirs])
        known = OTHER_UNITS.get((table, ours), {})
        numbers = pd.to_numeric(texts.str.replace(",", "."), errors="coerce").dropna()
        key = f"units.{ours}"
        if match.unit in known and known[match.unit] != 1.0:
            lines.append(Line(key, match.unit, f"the name {match.theirs} says so"))
        elif ours in ("duration_h", "aura_min") and len(texts):
            lines += _duration(key, ours, texts, numbers, match)
        elif ours == "weight_kg" and not match.unit:
            _weight(key, texts, numbers, match, lines, questions)
        elif ours in BY_WORDS and len(numbers) < len(texts):
            _severity(ours, texts, match, lines, rules)
        elif ours in ("pain", "pain_before", "pain_after"):
            _pain(key, ours, numbers, match, lines, questions)
        elif ours == "rate" and "rate_unit" not in matched:
            _rate(key, numbers, match, lines, questions)
    return lines, questions, rules


def _duration(key: str, ours: str, texts: pd.Series, numbers: pd.Series, match: Match) -> list[Line]:
    if texts.str.fullmatch(CLOCK).all():
        return [Line(key, "h:mm", "texts with hours and minutes")]
    if len(numbers) < len(texts) and texts.str.fullmatch(IN_WORDS, case=False).mean() > 0.5:
        return [Line(key, "words", "texts such as 5h 30m")]
    if ours == "duration_h" and not match.unit and _mostly(numbers, above=24) and numbers.max() <= 1440:
        return [Line(key, "min", "many numbers are above 24, so they are not hours of a day")]
    return []


def _weight(
    key: str,
    texts: pd.Series,
    numbers: pd.Series,
    match: Match,
    lines: list[Line],
    questions: list[Question],
) -> None:
    if len(texts) and texts.str.fullmatch(STONE, case=False).mean() > 0.5:
        lines.append(Line(key, "st", "texts such as 11 st 4"))
    elif len(numbers) and numbers.median() > HEAVY:
        choices = (Choice("kg", "kilograms"), Choice("lb", "pounds"))
        what = f"the numbers of {match.theirs} are high for kilograms: which unit is it?"
        questions.append(Question(key, what, choices))


def _pain(
    key: str, ours: str, numbers: pd.Series, match: Match, lines: list[Line], questions: list[Question]
) -> None:
    if not len(numbers):
        return
    if _mostly(numbers, above=10) and numbers.max() <= 100:
        lines.append(Line(key, "0-100", "many numbers are above 10"))
    elif (ours == "pain" and set(numbers) == {0, 1, 2, 3}) or (ours == "pain" and set(numbers) == {1, 2, 3}):
        choices = (
            Choice("0-3", "none, mild, moderate, severe"),
            Choice("0-10", "none happens to be above 3"),
        )
        what = f"{match.theirs} never exceeds 3: which scale is it?"
        questions.append(Question("pain_scale", what, choices))


def _severity(ours: str, texts: pd.Series, match: Match, lines: list[Line], rules: list[Line]) -> None:
    known = known_words("severity")
    words = {text: known[plain(text)] for text in texts if plain(text) in known}
    if words:
        lines.append(Line(f"values.{ours}", dict(sorted(words.items())), f"{match.theirs} is told in words"))
        if ours == "pain":
            rules.append(Line("pain_scale", "0-3", "none, mild, moderate and severe"))


def _mostly(numbers: pd.Series, *, above: float) -> bool:
    """Return whether so many different numbers are above a limit that they are no slips."""
    return bool(len(numbers)) and bool((numbers > above).mean() > SLIPS)


def _rate(key: str, numbers: pd.Series, match: Match, lines: list[Line], questions: list[Question]) -> None:
    if match.unit in RATE_UNITS:
        if match.unit != "mg/kg/h":
            lines.append(Line(key, match.unit, f"the name {match.theirs} says so"))
    elif len(numbers):
        probable = str(probable_rate_unit([numbers[numbers > 0].median()])[0])
        if probable != "mg/kg/h":
            choices = tuple(Choice(unit, "") for unit in RATE_UNITS)
            what = f"the rates of {match.theirs} are high for mg/kg/h: which unit is it?"
            questions.append(Question(key, what, choices))
