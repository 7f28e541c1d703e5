"""Own queries: narrow and broad terms, from study.toml and from a mapping, counted with nested rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import outcomes as oc
from outcomes.derive.queries import with_queries
from outcomes.errors import ArgumentError, ConfigError, DataError

EVENTS = pd.DataFrame(
    {
        "patient_id": ["a", "a", "b", "c"],
        "term": ["Derealisation", "nausea", "Confusion", "floating"],
        "pt": [None, None, None, "Depersonalisation/derealisation disorder"],
    }
)
TERMS = {"terms": ["derealisation", "depersonalisation/derealisation disorder"], "broad": ["confusion"]}

TOML = """title = "case"
timezone = "Europe/Berlin"
[queries.dissociative]
terms = ["Derealisation"]
broad = ["confusion"]
[tables.diary]
file = "diary.csv"
[tables.sessions]
file = "sessions.csv"
[tables.adverse_events]
file = "events.csv"
"""


def study_in(folder: Path, toml: str = TOML) -> Path:
    (folder / "diary.csv").write_text("patient_id,date,headache\na,2026-01-01,yes\n")
    (folder / "sessions.csv").write_text(
        "session_id,patient_id,start,end\ns,a,2026-01-05T09:00,2026-01-05T11:00\n"
    )
    (folder / "events.csv").write_text(
        "patient_id,term,onset\na,derealisation,2026-01-05T10:00\na,CONFUSION,2026-01-05T10:30\n"
    )
    (folder / "study.toml").write_text(toml)
    return folder / "study.toml"


def test_terms_are_found_whatever_their_capitals_and_in_the_preferred_term() -> None:
    found = with_queries(EVENTS, {"dissociative": TERMS})
    assert found["query_dissociative"].tolist() == [True, False, False, True]
    assert found["query_dissociative_broad"].tolist() == [True, False, True, True]
    patients = pd.DataFrame({"patient_id": list("abcd")})
    assert oc.incidence(found, patients, where="query_dissociative")["n"].tolist() == [2]
    nested = oc.incidence(found, patients, by="term", where="query_dissociative_broad").to_frame()
    assert dict(zip(nested["term"], nested["n"], strict=True)) == {
        "Confusion": 1,
        "Derealisation": 1,
        "floating": 1,
    }


def test_a_study_carries_its_queries_through_rules_and_dates(tmp_path) -> None:
    study = oc.read_study(study_in(tmp_path))
    for same in (study, study.with_rules(min_days=14), study.as_of("2026-01-31")):
        found = oc.event_queries(same)
        assert found["query_dissociative"].tolist() == [True, False]
        assert found["query_dissociative_broad"].tolist() == [True, True]


def test_what_is_no_query_is_refused(tmp_path) -> None:
    with pytest.raises(ArgumentError, match="has no terms"):
        with_queries(EVENTS, {"x": []})
    with pytest.raises(ArgumentError, match="is not a list of terms"):
        with_queries(EVENTS, {"x": "derealisation"})
    with pytest.raises(ArgumentError, match="unknown part"):
        with_queries(EVENTS, {"x": {"terms": ["a"], "wide": ["b"]}})
    with pytest.raises(DataError, match="already have a column"):
        with_queries(EVENTS.assign(query_x=1), {"x": ["a"]})
    with pytest.raises(ArgumentError, match="the study has no queries"):
        oc.event_queries(oc.load_example())
    with pytest.raises(ConfigError):
        oc.read_study(study_in(tmp_path, TOML.replace('terms = ["Derealisation"]', "terms = []")))
