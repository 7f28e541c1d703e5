"""Which table a file is, and every key of study.toml that reads it."""

from __future__ import annotations

import pandas as pd

from outcomes.config.proposal.answers import NO_ANSWER, ask_headache, score_as_headache, which_answers
from outcomes.config.proposal.cells import missing_words, number_marks, said_in_words
from outcomes.config.proposal.date_lines import dates_and_times
from outcomes.config.proposal.file_names import WHOLE
from outcomes.config.proposal.lines import Line, ProposedTable
from outcomes.config.proposal.matching import Match, given_texts, match_columns
from outcomes.config.proposal.measures import units
from outcomes.config.proposal.turned import (
    answers_in_rows,
    attack_lines,
    column_a_day,
    day_and_clocks,
    scores_in_columns,
)
from outcomes.config.proposal.vocabulary import table_of_name
from outcomes.config.proposal.which_table import best_table, score
from outcomes.schema.contract import specs
from outcomes.sources.header import say_name
from outcomes.sources.shaping.listed import SYMPTOM_WORDS

__all__ = ["tables_of"]

#: Columns by which REDCap says of which instrument and event a row is.
REPEATS, OF_REDCAP = "redcap_repeat_instrument", ("redcap_repeat_instance", "redcap_event_name")


def tables_of(frame: pd.DataFrame, file: str, typed: frozenset[str], told: str = "") -> list[ProposedTable]:
    """Return the tables that a file holds; none when it is not recognised.

    Parameters
    ----------
    frame : DataFrame of str
        The file.
    file : str
        Its name.
    typed : frozenset of str
        Columns whose types are known: their dates and numbers need no key.
    told : str
        The table for which the file's name, or the sheet's, is a word.
    """
    if REPEATS in frame:
        return _instruments(frame, file, typed, told)
    forms = _forms(frame)
    if forms:
        name, tables = forms
        found = []
        for word, table in tables.items():
            part = frame[frame[name].str.strip().eq(word)]
            part = part.loc[:, part.ne("").any()].drop(columns=name)
            line = Line("where", {name: word}, "rows of this table, by the column that names the form")
            found += [_proposed(table, part, file, typed, (line,))] if score(table, part, told) else []
        return found
    wide = column_a_day(frame) or answers_in_rows(frame)
    if wide is not None:
        return [_proposed("diary", wide.frame, file, typed, wide.lines)]
    best = best_table(frame, told)
    return [_proposed(best, frame, file, typed, ())] if best else []


def _instruments(frame: pd.DataFrame, file: str, typed: frozenset[str], told: str) -> list[ProposedTable]:
    """Return the tables of a REDCap export: the rows of each instrument that repeats, and the others."""
    found: dict[str, ProposedTable] = {}
    for word in [*given_texts(frame[REPEATS]), ""]:
        part = frame[frame[REPEATS].str.strip().eq(word)]
        part = part.loc[:, part.ne("").any()].drop(columns=[REPEATS, *OF_REDCAP], errors="ignore")
        best = best_table(part, told)
        if best and best not in found:
            line = Line("where", {REPEATS: word}, "rows of this instrument")
            found[best] = _proposed(best, part.reset_index(drop=True), file, typed, (line,))
    return list(found.values())


def _forms(frame: pd.DataFrame) -> tuple[str, dict[str, str]] | None:
    """Return the column that says of which form a row is, and the table of each of its words."""
    for name in frame:
        texts = given_texts(frame[name])
        if 2 <= len(texts) <= 12 and len(frame) > len(texts):
            tables = {text: table_of_name(text) for text in texts}
            known = {text: table for text, table in tables.items() if table}
            if len(known) >= 2 and len(set(known.values())) == len(known):
                return str(name), known
    return None


def _proposed(
    table: str, frame: pd.DataFrame, file: str, typed: frozenset[str], first: tuple[Line, ...]
) -> ProposedTable:
    """Return the part of study.toml of one table."""
    matched = match_columns(table, frame)
    lines, used, matched = _turned_lines(table, frame, matched, first)
    matched, scored = score_as_headache(table, matched, frame)
    lines += scored
    lines, answers = which_answers(lines, matched, frame, used)
    if table == "diary" and "patient_id" not in matched:
        lines.append(
            Line("from_name", {"patient_id": WHOLE}, "no column names a patient: the file's name does")
        )
    lines += [
        Line(f"columns.{one.ours}", one.theirs, one.why) for one in matched.values() if one.ours != one.theirs
    ]
    lines += _filled_down(matched, frame)
    plain = {ours: one for ours, one in matched.items() if one.theirs not in typed}
    lines += missing_words(table, plain, frame)
    questions = [ask_headache(answers)] if answers else []
    heard = matched | ({"headache": Match("headache", answers[0], "")} if answers else {})
    for said, asked in (
        dates_and_times(table, plain, frame, lines, file),
        number_marks(table, plain, frame),
        said_in_words(table, heard, frame),
    ):
        lines += said
        questions += asked
    measured, asked, rules = units(table, matched, frame)
    why = f"{len(matched)} of the {len(frame.columns)} columns of the file are recognised"
    return ProposedTable(
        table,
        (file,),
        why,
        (*lines, *measured),
        (*questions, *asked),
        _unread(frame, matched, used, first),
        tuple(rules),
        _clocks(table, matched, frame),
    )


def _turned_lines(
    table: str, frame: pd.DataFrame, matched: dict[str, Match], first: tuple[Line, ...]
) -> tuple[list[Line], set[str], dict[str, Match]]:
    """Return the lines of what is turned or joined, the columns that these use, and the columns left."""
    lines, used = list(first), set[str]()
    if table == "diary" and not {"date", "headache"} <= set(matched):
        attacks, used = attack_lines(frame)
        if attacks and ("date" not in matched or used):
            lines += attacks
            matched = {name: one for name, one in matched.items() if name not in ("date", "duration_h")}
            matched = {name: one for name, one in matched.items() if one.theirs not in used}
        elif "pain" in matched:
            lines.append(NO_ANSWER)
    if table in ("assessments", "laboratory"):
        turned = scores_in_columns(table, frame, matched)
        if turned:
            lines += turned.lines
            used |= set(turned.columns)
            matched = {name: one for name, one in matched.items() if one.theirs not in used}
    if table == "diary" and not any(line.key == "symptoms" for line in lines):
        listed = _symptoms(frame, {one.theirs for one in matched.values()} | used)
        lines += listed
        used |= {str(line.value) for line in listed}
    if table == "sessions" and "start" not in matched:
        apart = day_and_clocks(frame)
        lines += apart
        used |= {part for line in apart[:1] for parts in line.value.values() for part in parts}
        matched = {name: one for name, one in matched.items() if one.theirs not in used}
    return lines, used, matched


def _unread(
    frame: pd.DataFrame, matched: dict[str, Match], used: set[str], first: tuple[Line, ...]
) -> tuple[str, ...]:
    """Return the columns of the file that nothing reads."""
    taken = {one.theirs for one in matched.values()} | used
    taken |= {str(line.value) for line in first if line.key == "symptoms"}
    return tuple(say_name(str(name), place) for place, name in enumerate(frame, start=1) if name not in taken)


def _clocks(table: str, matched: dict[str, Match], frame: pd.DataFrame) -> frozenset[str]:
    """Return whether times of the clinic have an offset; when an entry was made decides no day."""
    found: set[str] = set()
    for ours, one in matched.items():
        if specs(table)[ours].kind == "timestamp" and ours != "entered_at":
            texts = given_texts(frame[one.theirs])
            timed = texts[texts.str.contains(r"\d:\d\d")]
            zoned = timed.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$").mean() if len(timed) else 0
            found |= {"with an offset"} if zoned > 0.5 else {"local"} if len(timed) else set()
    return frozenset(found)


def _symptoms(frame: pd.DataFrame, taken: set[str]) -> list[Line]:
    """Return the line for a column that lists symptoms in words."""
    one = match_columns("attacks", frame.drop(columns=[name for name in taken if name in frame])).get(
        "symptoms"
    )
    texts = given_texts(frame[one.theirs]) if one else pd.Series(dtype="str")
    if one is None or not texts.str.contains("|".join(SYMPTOM_WORDS.values()), case=False).any():
        return []
    return [Line("symptoms", one.theirs, "those that are named are yes, the others no")]


def _filled_down(matched: dict[str, Match], frame: pd.DataFrame) -> list[Line]:
    one = matched.get("patient_id")
    if one is None or not len(frame):
        return []
    cells = frame[one.theirs].str.strip()
    empty = cells.eq("") & frame.ne("").any(axis=1)
    if cells.iloc[0] == "" or not empty.any() or empty.mean() < 0.3:
        return []
    return [Line("fill_down", [one.theirs], "most identifiers stand only in the first of their rows")]
