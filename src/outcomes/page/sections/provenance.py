"""Provenance: the files by their content, and the versions of what made the report."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.versions import versions
from outcomes.tables.data import plain_table

__all__ = ["provenance"]

FILES = {"table": "Table", "file": "File", "rows": "Rows", "bytes": "Bytes", "sha256": "SHA-256"}


def provenance(material: Material) -> Section:
    """Return the section of inputs and versions."""
    study = material.study
    until = "every day received" if study.cutoff is None else f"days up to {study.cutoff.date().isoformat()}"
    blocks: list[Block] = [Words(f"Used: {until}. Local dates are of the zone {study.timezone}.")]
    files = study.provenance
    if len(files):
        table = plain_table(files, FILES, name="files", text_columns=["table", "file", "sha256"])
        blocks.append(TableBlock(table, "Input files."))
    else:
        blocks.append(Words("The study was made from frames in memory; there are no files to name."))
    rows = pd.DataFrame(list(versions().items()), columns=["package", "version"])
    table = plain_table(
        rows,
        {"package": "Package", "version": "Version"},
        name="versions",
        text_columns=["package", "version"],
    )
    blocks.append(
        TableBlock(table, "Versions. The manifest beside this page holds the same and more.", folded=True)
    )
    return Section("provenance", "Provenance", tuple(blocks))
