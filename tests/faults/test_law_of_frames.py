"""The law of faults in frames and Parquet: the same faults in typed columns give the same findings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fault_kinds import CELLS, Planted, sheet_of
from test_law_of_faults import AREAS, OFTEN, base, free, write

import outcomes as oc
from outcomes.errors import OutcomesError
from outcomes.schema.contract import specs

SHORT, LONG = 3, 240


def planted_sheets(seed: int):
    """Return the sheets of a valid study with one to five faults in cells, and their kinds."""
    rng = np.random.default_rng([seed, 11])
    area, of = int(rng.choice(len(AREAS), p=OFTEN)), int(rng.integers(2))
    sheets = {table: sheet_of(table, base(of)[table]) for table in AREAS[area]}
    cells, planted, taken = [kind for kind, (table, *_) in CELLS.items() if table in sheets], [], set()
    for _ in range(int(rng.integers(1, 6))):
        kind = str(rng.choice(cells))
        table, column, text, rules, _ = CELLS[kind]
        row = free(sheets[table], taken, rng)
        if row is not None and column in sheets[table].header:
            sheets[table].put(row, column, text if isinstance(text, str) else text(sheets[table], row))
            planted.append(Planted(kind, table, row + 1, frozenset(rules.split())))
    return sheets, planted


def frames_of(sheets) -> dict[str, pd.DataFrame]:
    """Return the sheets as frames of texts, without the column of notes."""
    made = {name: pd.DataFrame(sheet.rows, columns=sheet.header) for name, sheet in sheets.items()}
    return {name: frame.drop(columns="note").astype("str") for name, frame in made.items()}


def typed(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return each column in its own type where all of its cells have it; else as text."""
    return frame.assign(**{name: _typed(frame[name], specs(table)[name].kind) for name in frame})


def _typed(text: pd.Series, kind: str) -> pd.Series:
    given = text.str.strip() != ""
    if not text.str.isascii().all():  # pandas takes digits of any script; a type would hide that they were
        return text
    if kind == "timestamp" and not text[given].str.contains(":").all():  # a type makes a date midnight
        return text
    try:
        if kind in ("number", "integer"):
            return pd.to_numeric(text.where(given))
        if kind in ("date", "timestamp"):
            form = "%Y-%m-%d" if kind == "date" else "ISO8601"
            return pd.to_datetime(text.where(given), format=form, utc=kind == "timestamp").astype(
                "datetime64[us, UTC]" if kind == "timestamp" else "datetime64[us]"
            )
    except (ValueError, OverflowError):
        return text
    if kind == "yesno" and text[given].str.casefold().isin(["yes", "no"]).all():
        return text.str.casefold().map({"yes": True, "no": False}).astype("boolean")
    return text


def findings(study: oc.Study) -> set[tuple[str, object, str, str]]:
    """Return table, row, column and rule of each finding."""
    found = study.findings.query("rule != 'column_not_used'")
    rows = found["row"].astype("object").where(found["row"].notna(), None)
    return set(zip(found["table"], rows, found["column"], found["rule"], strict=True))


def outcome(make) -> set | str:
    """Return the findings, or that the study is refused."""
    try:
        return findings(make())
    except OutcomesError:
        return "refused"


def hold(seed: int, folder) -> None:
    sheets, planted = planted_sheets(seed)
    names, frames = [fault.kind for fault in planted], frames_of(sheets)
    whole = outcome(lambda: oc.read_study(write(sheets, folder)))
    assert outcome(lambda: oc.Study(**frames, timezone="Europe/Berlin")) == whole, names
    own = {table: typed(table, frame) for table, frame in frames.items()}
    assert outcome(lambda: oc.Study(**own, timezone="Europe/Berlin")) == whole, names
    parts = ['title = "Law"\ntimezone = "Europe/Berlin"']
    for table, frame in own.items():
        frame.to_parquet(folder / f"{table}.parquet", index=False)
        parts.append(f'[tables.{table}]\nfile = "{table}.parquet"')
    (folder / "study.toml").write_text("\n".join(parts) + "\n")
    assert outcome(lambda: oc.read_study(folder / "study.toml")) == whole, names


@pytest.mark.parametrize("seed", range(SHORT))
def test_the_law_of_faults_in_frames(seed, tmp_path) -> None:
    hold(seed, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("tenth", range(10))
def test_the_law_of_faults_in_frames_at_length(tenth, tmp_path) -> None:
    for seed in range(SHORT + tenth, LONG, 10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        hold(seed, folder)
