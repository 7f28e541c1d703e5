"""Columns that hold lists: of drugs in several columns, of symptoms in words."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from outcomes.schema.tables.diary import SYMPTOMS
from outcomes.sources.raw import RawTable
from outcomes.sources.shaping.rows import column

__all__ = ["SYMPTOM_WORDS", "named_symptoms", "put_together"]

PARTS = r"\s*[+;,|]\s*"
#: How symptoms are named in lists, in small letters: the beginnings of words, in the languages of the field.
SYMPTOM_WORDS = {
    "unilateral": r"unilateral|one[- ]sided|einseitig|eenzijdig|un c[oô]t[eé]|unilat[eé]ral|un lado",
    "pulsating": r"pulsat|throbbing|pounding|pulsier|pochend|pulsant|pulserend|puls[aá]til|battant",
    "aggravated": r"worse (?:if|when|with) (?:i )?mov|aggravated by|worse with activity"
    r"|schlimmer bei bewegung",
    "nausea": r"naus(?:ea|eous|e|ée)|übelkeit|uebelkeit|misselijk|n[aá]usea",
    "vomiting": r"vomit|erbrech|vomiss|braken|v[oó]mit",
    "photophobia": r"photophob|fotofob|light sensitiv|sensitiv\w* to light"
    r"|lichtempfindlich|lichtscheu|lichtgevoelig|sensib\w* [aà] l[au] (?:lumi[eè]re|luz)|lumi[eè]re",
    "phonophobia": r"phonophob|fonofob|(?:noise|sound) sensitiv|sensitiv\w* to (?:noise|sound)"
    r"|l(?:ä|ae)rmempfindlich|geluidgevoelig|sensib\w* al? (?:ruido|bruit)|bruit",
    "aura": r"(?:visual )?aura",
}


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


def named_symptoms(raw: RawTable, name: str, *, file: str) -> RawTable:
    """Add a column per symptom of the contract: yes if the list names it, no if it names others only."""
    cells = column(raw, name, file=file, key="symptoms").str.strip().str.casefold()
    texts = pd.Series(cells.unique(), dtype="str")
    made = {}
    for symptom in SYMPTOMS:
        if symptom in raw.frame and symptom != name:
            continue
        found = texts.str.contains(rf"(?<!\w)(?:{SYMPTOM_WORDS[symptom]})", flags=re.IGNORECASE, regex=True)
        said = found.map({True: "yes", False: "no"}).mask(texts.eq(""), "").astype("str")
        made[symptom] = cells.map(dict(zip(texts, said, strict=True))).astype("str")
    return replace(raw, frame=raw.frame.drop(columns=name).assign(**made))
