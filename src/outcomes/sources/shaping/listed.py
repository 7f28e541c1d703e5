"""Columns that hold lists: of drugs in several columns, of symptoms in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.errors import plural
from outcomes.schema.findings import Fault
from outcomes.schema.tables.diary import SYMPTOMS
from outcomes.sources.raw import RawTable
from outcomes.sources.shaping.rows import column

__all__ = ["SYMPTOM_WORDS", "named_symptoms", "put_together"]

PARTS = r"\s*[+;,|]\s*"
_SENSITIVE = r"sensi[tb]|empfindlich|scheu|gevoelig|schuw|phob|fob|hurts|bother|stört|stoert|worse"
#: How symptoms are named in lists, in small letters: the beginnings of words, in the languages of the field.
SYMPTOM_WORDS = {
    "unilateral": r"unilateral|one[- ]sided|einseitig|eenzijdig|un c[oô]t[eé]|unilat[eé]ral|un lado",
    "pulsating": r"pulsat|throbbing|pounding|pulsier|pochend|pulsant|pulserend|puls[aá]til|battant",
    "aggravated": r"worse (?:if|when|with) (?:i )?mov|aggravated by|worse with activity"
    r"|schlimmer bei bewegung",
    "nausea": r"naus(?:ea|eous|e|ée)|übelkeit|uebelkeit|misselijk|n[aá]usea",
    "vomiting": r"vomit|erbrech|vomiss|braken|v[oó]mit",
    "photophobia": r"photophob|fotofob|lichtscheu|lumi[eè]re"
    rf"|(?:light|licht|lu[zc]e?\b)(?!.?head)(?=.*(?:{_SENSITIVE}))|(?:{_SENSITIVE})\w*\W.*\b(?:light(?!.?head)|lu[zc]e?\b)",
    "phonophobia": r"phonophob|fonofob|bruit|ruido"
    rf"|(?:noise|sound|l(?:ä|ae)rm|ger(?:ä|ae)usch|geluid)(?=.*(?:{_SENSITIVE}))"
    rf"|(?:{_SENSITIVE})\w*\W.*\b(?:noise|sound)",
    "aura": r"(?:visual )?aura",
}
#: What says that a symptom was not there, or that there was none.
_NOT = (
    r"(?:no|not|non|without|none|nothing|kein\w*|ohne|nichts|sans|pas de?|aucune?|senza|nessun\w*|niente|sin"
    r"|ning[uú]n\w*|sem|nenhum\w*|geen|zonder)\b"
)
#: Symptoms that are none of the contract's: a list that names these alone denies the contract's.
OTHERS = (
    r"neck|fatigue|tired|dizz|light.?head|vertig|confus|concentrat|mood|irritab|anxi|insomn|sleep|tinnitus|ringing|runny"
    r"|nasal|tear|watery|eye|sweat|chill|fever|numb|tingl|speech|vision|visual|blurr|allodyn|smell|odou?r|yawn|thirst|hung"
    r"|appetite|diarrh|stomach|pain|ache|pressure|stiff|weak|nacken|müd|mued|schwindel|konzentr|reizbar|schlaf|auge"
    r"|tränen|traenen|schwitz|fr[öo]e?stel|taub|kribbel|sprach|seh|geruch|gähn|durchfall|bauch|schwäch|schwaech|schmerz"
    r"|druck|cou\b|humeur|yeux|larm|nuque|collo|stanch|vertigin|cuello|cansan|mareo|nek\b|moe\b|duizel"
)


def put_together(raw: RawTable, lists: dict[str, tuple[str, ...]], *, file: str) -> RawTable:
    """Add columns that hold all names of several columns, joined by +, each name once."""
    frame = raw.frame
    for name, columns in lists.items():
        cells = pd.concat([column(raw, one, file=file, key="lists") for one in columns], axis=1)
        named = cells.assign(row=cells.index).melt("row")
        parts = named["value"].str.split(PARTS, regex=True)
        rows = named.assign(name=parts).explode("name")[["row", "name"]]
        rows = rows.assign(name=rows["name"].str.strip()).query("name != ''").drop_duplicates()
        joined = rows.groupby("row")["name"].agg("+".join).reindex(frame.index).fillna("").astype("str")
        frame = frame.drop(columns=[one for one in columns if one in frame]).assign(**{name: joined})
    return replace(raw, frame=frame)


def named_symptoms(raw: RawTable, name: str, own: dict[str, str], *, file: str) -> RawTable:
    """Add a column per symptom of the contract: yes if the list names it, no if it names others only.

    A list of which no word is known says nothing: its codes or its language may name any of them.

    Parameters
    ----------
    raw : RawTable
        The file.
    name : str
        The column with the lists.
    own : dict of str to str
        What study.toml says of words: a symptom of the contract, or nothing of it (``""``).
    file : str
        Its name.
    """
    cells = column(raw, name, file=file, key="symptoms").str.strip().str.casefold()
    lists = pd.Series(cells.unique(), dtype="str")
    words = lists.str.split(PARTS, regex=True).explode().str.strip()
    words = words[words.ne("")]
    said = words.map({word.strip().casefold(): symptom for word, symptom in own.items()})
    denied = _named(words, _NOT)
    known = said.notna() | denied | _named(words, OTHERS)
    made, whole = {}, pd.Series(False, index=words.index)
    for symptom in SYMPTOMS:
        if symptom in raw.frame and symptom != name:
            continue
        pattern = SYMPTOM_WORDS[symptom]
        named = _named(words, pattern) & ~_named(words, rf"{_NOT}\W+(?:\w+\W+)?(?:{pattern})")
        whole |= named
        made[symptom] = said.eq(symptom) | (named & said.isna())
    known |= whole
    silent = ~known.groupby(level=0).any().reindex(lists.index, fill_value=False)
    for symptom, there in made.items():
        yes = there.groupby(level=0).any().reindex(lists.index, fill_value=False)
        answer = yes.map({True: "yes", False: "no"}).mask(silent, "").astype("str")
        made[symptom] = cells.map(dict(zip(lists, answer, strict=True))).astype("str")
    strange = cells.isin(lists[~known.groupby(level=0).all().reindex(lists.index, fill_value=True)])
    faults = (*raw.faults, *_unknown(int(strange.sum()), int((~known).groupby(words).any().sum())))
    return replace(raw, frame=raw.frame.drop(columns=name).assign(**made), faults=faults)


def _named(words: pd.Series, pattern: str) -> pd.Series:
    return words.str.contains(rf"(?<!\w)(?:{pattern})", regex=True)


def _unknown(rows: int, words: int) -> tuple[Fault, ...]:
    text = f"the list of symptoms holds {plural(words, 'word that is not known', 'words that are not known')}"
    hint = 'name the symptom, or none of ours: values.symptoms = { "your word" = "nausea", "another" = "" }'
    none = np.empty(0, dtype=np.intp)
    fault = Fault("diary", "unknown_symptom", text, none, "", "warning", hint, whole_table=rows)
    return (fault,) if rows else ()
