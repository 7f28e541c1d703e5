"""A study written as SDTM or ADaM: a new folder, readable by its owner only, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from outcomes.errors import ArgumentError
from outcomes.publish.disk import make_folder, refused, replace_file
from outcomes.study import Study
from outcomes.study.as_cdisc import adam_contents, sdtm_contents

__all__ = ["write_adam", "write_sdtm"]


def write_sdtm(study: Study, out: Path, *, transport: bool) -> list[Path]:
    """Write the domains of a study and the study.toml that reads them.

    Parameters
    ----------
    study : Study
        A checked study.
    out : Path
        Folder; created if it does not exist. One that holds anything is refused.
    transport : bool
        SAS transport files in place of Dataset-JSON.

    Raises
    ------
    ArgumentError
        When the folder is not empty.
    ReportError
        When the disk refuses.
    """
    _refuse_filled(out)
    return _written(sdtm_contents(study, transport=transport), out)


def write_adam(study: Study, out: Path, *, transport: bool) -> list[Path]:
    """Write the analysis data sets of a study and the study.toml that reads them; as `write_sdtm`."""
    _refuse_filled(out)
    return _written(adam_contents(study, transport=transport), out)


def _refuse_filled(out: Path) -> None:
    if os.path.isdir(out) and os.listdir(out):  # a folder that may not be looked into is refused when written
        raise ArgumentError(f"{out} is not empty", hint="name a new folder; nothing was written")


def _written(files: Mapping[str, bytes], out: Path) -> list[Path]:
    try:
        make_folder(out)
        for name, content in files.items():
            replace_file(out / name, content)
    except OSError as error:
        raise refused(error, out, "not all data sets could be written") from None
    return [out / name for name in files]
