"""What a partitioned data set says of itself: partitions, files, counts and hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcomes.errors import DataError, named_path

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "HIDDEN",
    "LAYOUT",
    "MANIFEST",
    "STUDY",
    "Manifest",
    "PartFile",
    "facts_of_file",
    "part_name",
    "read_manifest",
    "write_json",
    "write_manifest",
]

MANIFEST, STUDY = "manifest.json", "study.toml"
#: What is not finished yet has a name that begins with this.
HIDDEN = ".unfinished-"
#: Of the layout of the folder; a data set of another one is partitioned again.
LAYOUT = 2
#: What a manifest says of the rest of itself: one that was edited is refused.
SEAL = "sha256"


@dataclass(frozen=True, slots=True)
class PartFile:
    """One table of one partition: rows, bytes and hash of its file."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A data set as it was written.

    Parameters
    ----------
    layout : int
        Version of the folder's layout.
    plan : dict
        Which files it is of, and how many partitions: what another call would have to write.
    columns, typed : mapping of str to list of str
        Table -> the source's columns, and those of them that had types there.
    rows : mapping of str to int
        Table -> rows received, over all partitions.
    last_day : str or None
        The last diary date that was used when it was written; of a study without a cut-off.
    sources : list of dict
        The provenance: one entry a source file.
    parts : list of dict
        One entry a partition: table -> `PartFile`.
    """

    layout: int
    plan: dict[str, Any]
    columns: Mapping[str, list[str]]
    typed: Mapping[str, list[str]]
    rows: Mapping[str, int]
    last_day: str | None
    sources: list[dict[str, Any]]
    parts: list[dict[str, PartFile]]

    def content(self) -> dict[str, Any]:
        """Return what the file holds."""
        return asdict(self)

    @property
    def last(self) -> pd.Timestamp | None:
        """The last diary date."""
        import pandas as pd  # processes start before it is loaded

        return None if self.last_day is None else pd.Timestamp(self.last_day)


def part_name(number: int) -> str:
    """Return the name of a partition's folder."""
    return f"part-{number:05d}"


def read_manifest(dataset: str | Path) -> Manifest:
    """Read the manifest of a partitioned data set.

    Raises
    ------
    DataError
        When the folder is no partitioned data set, is not finished, or is of another layout.
    """
    folder = named_path("dataset", dataset, hint="the folder that `outcomes partition` wrote")
    path = folder / MANIFEST
    if not path.is_file():
        begun = any(folder.glob(f"{HIDDEN}*")) if folder.is_dir() else False
        raise DataError(
            f"{path}: the data set is not finished"
            if begun
            else f"{path}: this is not a partitioned data set",
            hint="outcomes partition STUDY DIR makes one"
            + (", and goes on where it stopped" if begun else ""),
        )
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        parts = [{name: PartFile(**facts) for name, facts in part.items()} for part in told.pop("parts")]
        seal = told.pop(SEAL, None)
        found = Manifest(**told, parts=parts)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DataError(
            f"{path}: this is not a manifest of a partitioned data set",
            hint="partition the study again, or restore the file from a copy",
        ) from None
    if found.layout != LAYOUT:
        raise DataError(
            f"{path}: the data set has a different layout",
            got=str(found.layout),
            allowed=str(LAYOUT),
            hint="partition the study again",
        )
    if seal != _seal(found.content()):
        raise DataError(
            f"{path}: this is not the manifest that was written",
            got="other content than its own hash says",
            hint="partition the study again, or restore the file from a copy",
        )
    return found


def write_manifest(dataset: Path, manifest: Manifest) -> Path:
    """Write a data set's manifest, with the hash of what it says: a partition cannot be struck from it."""
    content = manifest.content()
    write_json(dataset / MANIFEST, content | {SEAL: _seal(content)})
    return dataset / MANIFEST


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write_json(path: Path, content: Any) -> None:
    """Write a file of JSON by one rename: it is whole, or not there."""
    hidden = path.with_name(f"{HIDDEN}{path.name}")
    hidden.write_text(json.dumps(content, indent=1), encoding="utf-8")
    hidden.replace(path)


def facts_of_file(path: Path, rows: int) -> PartFile:
    """Return what the manifest says of a file that was just written."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return PartFile(rows, path.stat().st_size, digest)
