"""Small studies written to a folder, for tests of reading and checking."""

from __future__ import annotations

from pathlib import Path

import outcomes as oc

PATIENTS = (
    "patient_id,index_date,first_contact,age,sex\n"
    "01,2026-01-20,2025-12-01,44,female\n"
    "02,2026-01-20,2025-12-01,50,male\n"
)
DIARY = "patient_id,date,headache\n01,2026-01-05,yes\n02,2026-01-05,no\n"
SESSIONS = (
    "session_id,patient_id,start,end,setting,weight_kg,dose_mg,stop_reason\n"
    "s1,01,2026-01-20T09:00+01:00,2026-01-20T12:00+01:00,outpatient,80,72,completed\n"
    "s2,02,2026-01-21T09:00+01:00,2026-01-21T11:00+01:00,outpatient,70,,completed\n"
)
TITRATION = (
    "session_id,time,rate,action\ns1,2026-01-20T09:00+01:00,0.3,start\ns1,2026-01-20T12:00+01:00,0,stop\n"
)
EVENTS = "patient_id,term,onset,resolved,grade\n01,nausea,2026-01-20T10:00+01:00,2026-01-20T11:00+01:00,1\n"
ASSESSMENTS = "patient_id,date,instrument,score\n01,2026-01-20,HIT-6,66\n"

ALL = {
    "patients": PATIENTS,
    "diary": DIARY,
    "sessions": SESSIONS,
    "titration": TITRATION,
    "adverse_events": EVENTS,
    "assessments": ASSESSMENTS,
}


def write_study(folder: Path, tables: dict[str, str | bytes], *, options: str = "", top: str = "") -> Path:
    """Write the tables and a study.toml for the clinic; `options`: of the diary, `top`: before the tables."""
    parts = ['title = "Test"', 'timezone = "Europe/Zurich"', top]
    for name, content in tables.items():
        (folder / f"{name}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        parts.append(f'[tables.{name}]\nfile = "{name}.csv"\n{options if name == "diary" else ""}')
    path = folder / "study.toml"
    text = "\n".join(parts)
    if "[report]" not in text:
        text += "\n[report]"
    path.write_text(text.replace("[report]", '[report]\naudience = "clinic"', 1) + "\n", encoding="utf-8")
    return path


def study_of(folder: Path, tables: dict[str, str | bytes] | None = None, **changes: str) -> oc.Study:
    """Read a study from the sound tables with some of them replaced."""
    return oc.read_study(write_study(folder, (tables or ALL) | changes))


def rules_found(study: oc.Study) -> set[tuple[str, int | None, str, str, str]]:
    """Return table, row, column, rule and severity of each finding."""
    found = study.findings
    rows = [
        None if row is None or row != row else int(row)
        for row in found["row"].astype("object").where(found["row"].notna(), None)
    ]
    return set(zip(found["table"], rows, found["column"], found["rule"], found["severity"], strict=True))


def assert_nothing_lost(study: oc.Study) -> None:
    """Hold received = accepted + rejected for each table, and rejected rows to have an error or a copy."""
    flow = study.flow.pivot_table(index="table", columns="status", values="rows", aggfunc="sum", fill_value=0)
    flow = flow.reindex(columns=["received", "accepted", "rejected"], fill_value=0)
    assert (flow["received"] == flow["accepted"] + flow["rejected"]).all()
    errors = study.findings.query("severity == 'error' or rule == 'same_row_again'")
    for name, rejected in study.rejected.items():
        named = set(zip(errors["file"], errors["row"], strict=True)) if len(errors) else set()
        assert set(zip(rejected["file"], rejected["row"], strict=True)) <= named
        assert len(rejected) == flow.loc[name, "rejected"]
