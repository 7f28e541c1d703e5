"""How the cells of matched columns are written: words for yes and no, codes, missing, marks and units."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.config.proposal.lines import Choice, Line, Question
from outcomes.config.proposal.matching import Match, distinct, given_texts
from outcomes.config.proposal.vocabulary import known_words, plain
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.sources.conventions import TableSource
from outcomes.sources.number_texts import read_numbers
from outcomes.sources.shaping.drug_names import drug_classes

__all__ = ["missing_words", "number_marks", "said_in_words"]

Found = tuple[list[Line], list[Question]]
#: Decimal mark and mark between thousands, the default first.
MARKS = ((".", ""), (",", ""), (".", ","), (",", "."), (".", "'"), (",", "'"), (".", " "), (",", " "))
NUMBER = r"[+-]?[\d.,' ]*\d[\d.,' ]*"


def missing_words(table: str, matched: dict[str, Match], frame: pd.DataFrame) -> list[Line]:
    """Return the words that stand for a missing cell."""
    known, found = known_words("missing"), set()
    for ours, match in matched.items():
        spec = specs(table).get(ours)
        if spec is None or spec.kind in ("id", "text"):
            continue
        texts = distinct(frame[match.theirs])
        words = texts[texts.str.casefold().isin(known)]
        numbers = pd.to_numeric(words, errors="coerce")
        low, high = (float("inf") if limit is None else limit for limit in spec.limits)
        outside = numbers.isna() | (numbers < low) | (numbers > high)
        if spec.kind in ("number", "integer") and spec.limits[0] is None:
            outside = numbers.isna()
        found |= set(words[outside | (spec.kind not in ("number", "integer"))])
    return [Line("missing", sorted(found), "usual words for a cell that was not filled")] if found else []


def number_marks(table: str, matched: dict[str, Match], frame: pd.DataFrame) -> Found:
    """Return the decimal mark and the mark between thousands, or the question which are meant."""
    columns = [one for one in matched.values() if _kind(table, one.ours) in ("number", "integer")]
    texts = {one: given_texts(frame[one.theirs]) for one in columns}
    texts = {one: mine[mine.str.fullmatch(NUMBER)].reset_index(drop=True) for one, mine in texts.items()}
    texts = {one: mine for one, mine in texts.items() if mine.str.contains("[.,' ]").any()}
    if not texts:
        return [], []
    read = {
        marks: [_numbers(mine, specs(table)[one.ours], marks) for one, mine in texts.items()]
        for marks in MARKS
    }
    shares = {marks: float(np.isfinite(np.concatenate(values)).mean()) for marks, values in read.items()}
    most = max(shares.values())
    fits: list[tuple[str, str]] = []
    for marks, values in read.items():  # a mark that reads the same numbers as one before it says nothing new
        if shares[marks] == most and not any(_same(values, read[other]) for other in fits):
            fits.append(marks)
    where = ", ".join(one.theirs for one in texts)
    if len(fits) > 1:
        choices = tuple(
            Choice(mark, f'thousands "{sign}"' if sign else "no thousands") for mark, sign in fits
        )
        return [], [
            Question(
                "decimal", f"the marks in {where} can be read in two ways: is it the decimal mark?", choices
            )
        ]
    mark, sign = fits[0]
    lines = [Line("decimal", mark, f"the mark that reads {where}")] if mark != "." else []
    return lines + ([Line("thousands", sign, f"separates thousands in {where}")] if sign else []), []


def said_in_words(table: str, matched: dict[str, Match], frame: pd.DataFrame) -> Found:
    """Return the words for yes and no, and for codes, that are ours in another language."""
    lines: list[Line] = []
    questions: list[Question] = []
    said: dict[str, set[str]] = {"yes": set(), "no": set()}
    for ours, match in matched.items():
        spec = specs(table).get(ours)
        texts = given_texts(frame[match.theirs])
        if spec is None or not len(texts):
            continue
        if spec.kind == "yesno":
            _yes_or_no(match, texts, said, questions)
        elif spec.kind == "code":
            lines += _codes(spec, match.theirs, texts, questions)
        elif spec.kind == "codes":
            lines += _drugs(spec, texts)
    defaults = {"yes": ("yes", "true", "1", "y"), "no": ("no", "false", "0", "n")}
    for key, words in said.items():
        if words - set(defaults[key]):
            lines.append(Line(key, sorted(words | set(defaults[key])), f"words for {key}"))
    return lines, questions


def _same(one: list[NDArray[np.float64]], other: list[NDArray[np.float64]]) -> bool:
    return all(np.array_equal(left, right, equal_nan=True) for left, right in zip(one, other, strict=True))


def _numbers(texts: pd.Series, spec: ColumnSpec, marks: tuple[str, str]) -> NDArray[np.float64]:
    source = TableSource(file="one", decimal=marks[0], thousands=marks[1])
    values, _ = read_numbers(texts, np.ones(len(texts), dtype=bool), spec, source)
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))


def _yes_or_no(match: Match, texts: pd.Series, said: dict[str, set[str]], questions: list[Question]) -> None:
    folded, known = set(texts.str.casefold()), known_words("yesno")
    answers = {word: known[plain(word)] for word in folded if plain(word) in known}
    others = folded - set(answers)
    if answers and not any(word[:1].isdigit() for word in others):  # others may be a total, or a remark
        for word, answer in answers.items():
            said[answer].add(word)
    elif folded <= {"1", "2"}:
        choices = (Choice({"1": "yes", "2": "no"}, "1 is yes"), Choice({"1": "no", "2": "yes"}, "2 is yes"))
        what = f"{match.theirs} holds 1 and 2: which is yes?"
        questions.append(Question(f"values.{match.ours}", what, choices))


def _codes(spec: ColumnSpec, theirs: str, texts: pd.Series, questions: list[Question]) -> list[Line]:
    known, doubtful = (known_words(f"{spec.codelist or ''}{mark}") for mark in ("", "?"))
    ours = {code.casefold().replace("_", sign) for code in spec.codes for sign in "_ -"}
    words = {text: known[text.casefold()] for text in texts if text.casefold() in known}
    words = {text: code for text, code in sorted(words.items()) if text.casefold() not in ours}
    asked = [text for text in texts if text.casefold() in doubtful]
    key = f"values.{spec.name}"
    if asked:
        what = f"{theirs} holds {doubtful[asked[0].casefold()]}: which is it?"
        choices = (Choice(words | dict.fromkeys(asked, code), code.replace("_", " ")) for code in spec.codes)
        questions.append(Question(key, what, tuple(choices)))
        return []
    rest = sum(text.casefold() not in ours and text not in words for text in texts)
    said = "usual words for these codes" + (f"; {rest} more words of the file have no code" if rest else "")
    return [Line(key, words, said)] if words else []


def _drugs(spec: ColumnSpec, texts: pd.Series) -> list[Line]:
    none = known_words(spec.name)
    words = {text: "none" for text in texts if text.casefold() in none and text.casefold() != "none"}
    lines = [Line(f"values.{spec.name}", dict(sorted(words.items())), "words for no drug")] if words else []
    read = drug_classes(texts, {})
    named = int((read != texts).sum())
    if named:
        why = f"{named} of {len(texts)} different texts are names of drugs; the others are left as they are"
        lines.append(Line("drug_names", True, why))
    return lines


def _kind(table: str, ours: str) -> str:
    spec = specs(table).get(ours)
    return spec.kind if spec else ""
