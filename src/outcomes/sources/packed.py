"""A packed file: gzip, or a zip archive of one file, unpacked no further than the limits allow."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import IO

from outcomes.errors import SourceError
from outcomes.sources.limits import Limits
from outcomes.sources.sizes import MB

__all__ = ["PACKED", "unpack"]

#: Endings of packed files.
PACKED = (".gz", ".zip")


def unpack(content: bytes, *, file: str, limits: Limits | None = None) -> tuple[bytes, str]:
    """Return what is packed, and the name that its kind is known by.

    Parameters
    ----------
    content : bytes
        The whole file.
    file : str
        Its name, with the ending .gz or .zip.
    limits : Limits, optional
        How much it may unpack to; by default the usual limits.

    Raises
    ------
    SourceError
        For another kind of content, a damaged or protected archive, several files in one, or more than the
        limits allow.

    Examples
    --------
    >>> unpack(gzip.compress(b"patient_id,date,headache"), file="diary.csv.gz")
    (b'patient_id,date,headache', 'diary.csv')
    """
    limits = limits or Limits()
    try:
        if Path(file).suffix.lower() == ".gz":
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                return _bounded(packed, file=file, limits=limits), file[: -len(".gz")]
        return _only_member(content, file=file, limits=limits)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError):
        raise SourceError(
            f"{file}: the archive is damaged, or of a different kind than its extension says",
            hint="pack the file again, or name the unpacked one",
        ) from None


def _only_member(content: bytes, *, file: str, limits: Limits) -> tuple[bytes, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [one for one in archive.infolist() if not one.is_dir() and "__MACOSX" not in one.filename]
        if len(members) != 1:
            raise SourceError(
                f"{file}: the archive does not contain exactly one file",
                got=f"{len(members)} files",
                hint="unpack it, and name the file of this table",
            )
        if members[0].flag_bits & 1:
            raise SourceError(
                f"{file}: the archive is protected by a password", hint="unpack it beside study.toml"
            )
        with archive.open(members[0]) as packed:
            return _bounded(packed, file=file, limits=limits), members[0].filename


def _bounded(packed: gzip.GzipFile | IO[bytes], *, file: str, limits: Limits) -> bytes:
    """Read no more than one byte over the limit, whatever the archive says of its own size."""
    unpacked = packed.read(limits.max_unpacked_mb * MB + 1)
    limits.refuse_more("max_unpacked_mb", len(unpacked), file=file)
    return unpacked
