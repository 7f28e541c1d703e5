"""Write a simulated study as files: the tables, a study.toml, and the truth in a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from outcomes.errors import named_path, unwritable
from outcomes.schema.contract import specs
from outcomes.simulate.tables import simulate_tables
from outcomes.simulate.truth import FRAMES, Truth

__all__ = ["write_files", "write_simulated"]

TIME = "%Y-%m-%dT%H:%MZ"


def write_simulated(folder: str | Path, *, patients: int = 60, seed: int = 1, **options: Any) -> list[Path]:
    """Write a simulated study into a folder.

    Parameters
    ----------
    folder : str or Path
        Created if it does not exist; files of the same names are replaced, others left.
    patients, seed : int
        As for `simulate_tables`.
    **options
        Further arguments of `simulate_tables`.

    Returns
    -------
    list of Path
        The files: a CSV file per table, study.toml, and below truth/ the parameters and a CSV file per frame.

    Raises
    ------
    ArgumentError
        When the folder cannot be written, or an argument cannot be used by the law.
    """
    tables, truth = simulate_tables(patients, seed=seed, **options)
    files = {f"{name}.csv": _csv(_text(name, frame)) for name, frame in tables.items()}
    files["study.toml"] = _study_toml(tables, truth)
    files["truth/parameters.json"] = _parameters(truth)
    files |= {f"truth/{name}.csv": _csv(truth.frame(name)) for name in FRAMES}
    return write_files(folder, {name: text.encode() for name, text in files.items()})


def write_files(folder: str | Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files below a folder, and return their paths."""
    paths = [named_path("folder", folder) / name for name in files]
    try:
        for path, content in zip(paths, files.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise unwritable("the folder", error) from None
    return paths


def _csv(frame: pd.DataFrame) -> str:
    return str(frame.to_csv(index=False, lineterminator="\n"))


def _text(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table without the columns that hold nothing; yes and no in words, times in UTC."""
    kinds = {name: spec.kind for name, spec in specs(table).items() if frame[name].notna().any()}
    text = frame[list(kinds)].copy()
    for name, kind in kinds.items():
        if kind == "yesno":
            text[name] = text[name].map({True: "yes", False: "no"})
        elif kind == "timestamp":
            text[name] = text[name].dt.strftime(TIME)
        elif kind == "date":
            text[name] = text[name].dt.strftime("%Y-%m-%d")
    return text


def _study_toml(tables: Mapping[str, pd.DataFrame], truth: Truth) -> str:
    title = f"Simulated study: {truth.scenario}, {len(tables['patients'])} patients, seed {truth.seed}"
    lines = [
        "schema_version = 2",
        f"title = {json.dumps(title)}",
        f"timezone = {json.dumps(truth.parameters.timezone)}",
        'note = "Simulated data: no patient is described here. The truth is in the folder truth."',
    ]
    entry = truth.parameters.headache.entry_days
    # who was taken because of a high baseline falls by chance alone: the analysis must know
    if entry is not None:
        lines += ["", "[rules]", f"entry_days = {entry}"]
    for name in tables:
        lines += ["", f"[tables.{name}]", f'file = "{name}.csv"']
    return "\n".join(lines) + "\n"


def _parameters(truth: Truth) -> str:
    facts = {
        "scenario": truth.scenario,
        "seed": truth.seed,
        "months": truth.months,
        "compliance_intercepts": truth.compliance_intercepts,
        "pain_kept": truth.pain_kept,
        "severe_pressure_share": truth.severe_pressure_share,
        "parameters": asdict(truth.parameters),
    }
    return json.dumps(facts, indent=2) + "\n"
