"""The law of faults: what is planted is found or harmless, no line vanishes, no value is told.

Each study is a valid simulated one with one to five faults of `fault_kinds`: in cells, lines, columns, bytes.
Nothing is found that has nothing to do with them.
"""

from __future__ import annotations

import functools
import re

import numpy as np
import pandas as pd
import pytest
from fault_kinds import CANARY, CELLS, FILES, LINES, Planted, Sheet, sheet_of

import outcomes as oc
from outcomes.cli import main
from outcomes.errors import OutcomesError
from outcomes.simulate import simulate_tables

SHORT, LONG = 200, 5_000
#: Of so many studies one is also checked from the command line, and one of these also published.
CHECKED, PUBLISHED = 50, 500
CODES = {0, 1, 2, 3, 4, 11, 130}
COLUMNS = {
    "patients": ["patient_id", "index_date", "first_contact", "age", "sex"],
    "diary": ["patient_id", "date", "headache", "duration_h", "pain", "nausea", "acute_medication"],
    "sessions": ["session_id", "patient_id", "start", "end", "setting", "weight_kg"],
    "adverse_events": ["event_id", "patient_id", "term", "onset", "resolved", "grade", "serious", "outcome"],
    "titration": ["session_id", "time", "rate", "action"],
    "assessments": ["patient_id", "date", "instrument", "score"],
    "laboratory": ["patient_id", "date", "test", "value"],
}
AREAS = (("patients", "diary"), ("patients", "diary", "sessions"), tuple(COLUMNS))
#: How often each is taken: the less the longer it takes.
OFTEN = (0.6, 0.2, 0.2)
DAYS = 20


@functools.cache
def base(seed: int) -> dict[str, pd.DataFrame]:
    """Return a small valid study: three patients, their first days."""
    tables, _ = simulate_tables(patients=4, seed=seed)
    known = set(tables["patients"]["patient_id"].iloc[:3])
    small = {}
    for table, columns in COLUMNS.items():
        frame = samples(tables["patients"]) if table == "laboratory" else tables[table]
        key, of = ("session_id", small["sessions"]) if table == "titration" else ("patient_id", None)
        frame = frame.loc[frame[key].isin(known if of is None else of[key]), columns]
        if table == "diary":
            frame = frame.groupby("patient_id").head(DAYS)
        small[table] = frame.reset_index(drop=True)
    return small


def samples(patients: pd.DataFrame) -> pd.DataFrame:
    """Return a sample of each patient: the simulator makes none."""
    made = {"date": pd.Timestamp("2026-01-05"), "test": "alt", "value": 30.0}
    return patients[["patient_id"]].assign(**made)


@functools.cache
def unrelated(seed: int, area: int, folder: object) -> frozenset[tuple[str, str]]:
    """Return table and rule of what the valid study is told of."""
    sheets = {table: sheet_of(table, base(seed)[table]) for table in AREAS[area]}
    found = oc.read_study(write(sheets, folder)).findings
    assert (found["severity"] == "warning").all()
    return frozenset(zip(found["table"], found["rule"], strict=True))


def write(sheets: dict[str, Sheet], folder) -> object:
    """Write the study; the notes are declared nowhere."""
    parts = ['title = "Law"', 'timezone = "Europe/Berlin"', '[report]\naudience = "clinic"']
    for table, sheet in sheets.items():
        (folder / f"{table}.csv").write_bytes(sheet.content())
        parts.append(f'[tables.{table}]\nfile = "{table}.csv"')
    (folder / "study.toml").write_text("\n".join(parts) + "\n")
    return folder / "study.toml"


def plant(sheets: dict[str, Sheet], rng: np.random.Generator) -> list[Planted]:
    """Plant one to five faults: each in a row of its own, and at most one of a whole file."""
    planted, taken = [], set()
    file = rng.choice(["none", "none", "harmless", "refused"])
    if file != "none":
        table = str(rng.choice(list(sheets)))
        planted.append(FILES[file][int(rng.integers(len(FILES[file])))](sheets[table], rng))
    cells = [kind for kind, (table, *_) in CELLS.items() if table in sheets]
    for _ in range(int(rng.integers(1, 6)) - len(planted)):
        if rng.random() < 0.3:
            sheet, line = sheets[str(rng.choice(list(sheets)))], LINES[int(rng.integers(len(LINES)))]
            row = free(sheet, taken, rng)
            if row is not None and sheet.table != "patients" and "note" in sheet.header:
                planted.append(line(sheet, row))
                taken.add((sheet.table, len(sheet.rows) - 1))  # of a row that was added
        else:
            kind = str(rng.choice(cells))
            table, column, text, rules, also = CELLS[kind]
            row = free(sheets[table], taken, rng)
            if row is not None and column in sheets[table].header:
                sheets[table].put(row, column, text if isinstance(text, str) else text(sheets[table], row))
                found, more = frozenset(rules.split()), frozenset(also.split())
                planted.append(Planted(kind, table, row + 1, found, also=more))
    return planted


def free(sheet: Sheet, taken: set[tuple[str, int]], rng: np.random.Generator) -> int | None:
    """Return a row without a fault, and take it."""
    rows = [row for row in range(len(sheet.rows)) if (sheet.table, row) not in taken and row not in sheet.raw]
    row = int(rng.choice(rows)) if rows else None
    taken.add((sheet.table, -1 if row is None else row))
    return row


def physical_rows(content: bytes) -> int:
    """Return the rows that the bytes hold: lines that are not empty, less the header and lines of notes."""
    text = content.decode("utf-8-sig")
    return sum(bool(line.strip(" ,")) for line in re.split("\r\n|\r|\n", text)) - 1


def hold(seed: int, folder, capsys=None) -> None:
    """Hold the law for one study."""
    rng = np.random.default_rng(seed)
    area, of = int(rng.choice(len(AREAS), p=OFTEN)), int(rng.integers(2))
    sheets = {table: sheet_of(table, base(of)[table]) for table in AREAS[area]}
    planted = plant(sheets, rng)
    path, names = write(sheets, folder), [fault.kind for fault in planted]
    try:
        study, said = oc.read_study(path), ""
    except OutcomesError as error:
        study, said = None, str(error)
    assert CANARY.casefold() not in said.casefold(), names
    refused = [fault for fault in planted if fault.refused]
    assert bool(refused) == (study is None), (names, said)
    if study is not None:
        hold_findings(study, planted, sheets, unrelated(of, area, folder.parent))
    else:
        assert refused[0].refused in said, (names, said)
        assert f"{refused[0].table}.csv" in said, (names, said)
    if capsys is not None:
        hold_outputs(path, capsys, names)


def hold_findings(study, planted, sheets, known) -> None:
    """Hold that each planted fault is found in its place, that nothing else is, and that no line vanishes."""
    found = study.findings
    names = [fault.kind for fault in planted]
    assert not found.drop(columns="raw").to_csv().casefold().count(CANARY.casefold()), names
    for fault in planted:
        here = found["table"].eq(fault.table)
        here &= found["row"].isna() if fault.row is None else found["row"].eq(fault.row).fillna(False)
        assert not fault.rules or fault.rules & set(found.loc[here, "rule"]), (fault, found.loc[here, "rule"])
    rows = {(fault.table, fault.row) for fault in planted if fault.row is not None}
    rules = frozenset().union(*(fault.also for fault in planted))
    tables = {(fault.table, rule) for fault in planted if fault.row is None for rule in fault.rules}
    for table, row, rule in zip(found["table"], found["row"], found["rule"], strict=True):
        told = (table, rule) in known | tables or rule in rules or (table, row) in rows
        assert told or (table, rule) == (table, "column_not_used"), (names, table, row, rule)
    received = study.flow.query("status == 'received'").set_index("table")["rows"]
    for table, sheet in sheets.items():
        notes = sum(fault.kind == "a note of several lines" for fault in planted if fault.table == table)
        assert received[table] == physical_rows(sheet.content()) - notes, (names, table)
        assert received[table] == len(sheet.rows), (names, table)


def hold_outputs(path, capsys, names) -> None:
    """Hold that a command ends with a documented code, and that neither stream says a value."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["check", str(path)])
    out, err = capsys.readouterr()
    assert left.value.code in CODES, names
    assert CANARY.casefold() not in (out + err).casefold(), names
    assert "Traceback" not in err, names


def hold_page(path, capsys, folder) -> None:
    """Hold that no file that is published for readers outside says a value."""
    with pytest.raises(SystemExit) as left:
        main(["report", str(path), "--out", str(folder), "--audience", "external"])
    out, err = capsys.readouterr()
    assert left.value.code in CODES
    assert "Traceback" not in err
    told = (
        out
        + err
        + "".join(
            file.read_text(encoding="utf-8", errors="ignore") for file in folder.rglob("*") if file.is_file()
        )
    )
    assert CANARY.casefold() not in told.casefold()


def test_there_are_about_sixty_kinds_or_more():
    assert len(CELLS) + len(LINES) + sum(map(len, FILES.values())) >= 60


@pytest.mark.parametrize("tenth", range(10))
def test_the_law_of_faults(tenth, tmp_path, capsys):
    for seed in range(tenth, SHORT, 10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        hold(seed, folder, capsys if seed % CHECKED == 0 else None)


@pytest.mark.long
@pytest.mark.parametrize("fiftieth", range(50))
def test_the_law_of_faults_at_length(fiftieth, tmp_path, capsys):
    for seed in range(SHORT + fiftieth, LONG, 50):
        folder = tmp_path / str(seed)
        folder.mkdir()
        hold(seed, folder, capsys if seed % CHECKED == 0 else None)
        if seed % PUBLISHED == 0:
            hold_page(folder / "study.toml", capsys, tmp_path / "reports")
