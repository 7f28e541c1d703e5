"""Provenance: the files by their content, and the versions of what made the report."""

from __future__ import annotations

from outcomes.page.blocks import Block, Section, TableBlock, Words
from outcomes.page.versions import versions
from outcomes.page.view import View
from outcomes.tables.data import plain_table

__all__ = ["provenance"]

FILES = {"table": "Table", "file": "File", "rows": "Rows", "bytes": "Bytes", "sha256": "SHA-256"}


def provenance(view: View) -> Section:
    """Return the section of inputs and versions."""
    until = "every day received" if view.cutoff is None else f"days up to {view.cutoff.date().isoformat()}"
    blocks: list[Block] = [Words(f"Local dates are in the time zone {view.timezone}.")]
    files = view.files
    if len(files):
        table = plain_table(files, FILES, name="files", text_columns=["table", "file", "sha256"])
        blocks.append(TableBlock(table, "Input files."))
        turned = files[files["turned"].ne("")]
        if len(turned):
            said = "; ".join(turned["table"] + " from " + turned["file"] + ": " + turned["turned"])
            blocks.append(Words(f"Reshaped as study.toml declares: {said}."))
    elif view.limit:
        blocks.append(Words("The input files are named to the clinic only."))
    else:
        blocks.append(Words("The study was made from frames in memory; there are no files to name."))
    blocks.append(Words(f"Made by outcomes {versions()['outcomes']}; the manifest holds all versions."))
    return Section("provenance", "Provenance", tuple(blocks), finding=f"Used: {until}")
