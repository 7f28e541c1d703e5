"""How much a file may be: a giant one, or a small one that unpacks to a giant, is refused by name.

The limits are of one file. They hold before the memory is asked for, not after.
"""

from __future__ import annotations

from pydantic import Field

from outcomes.errors import SourceError
from outcomes.schema.setting import Setting
from outcomes.sources.sizes import MAX_FILE_MB, MB

__all__ = ["Limits"]


class Limits(Setting):
    """The part [limits] of study.toml.

    Examples
    --------
    >>> Limits().refuse_more("max_columns", 12, file="diary.csv")
    """

    max_file_mb: int = Field(MAX_FILE_MB, ge=1, description="MB that a file may take up on disk")
    max_unpacked_mb: int = Field(
        2048, ge=1, description="MB that an archive, or the cells of a Parquet file, may take up unpacked"
    )
    max_rows: int = Field(20_000_000, ge=1, description="rows that a file may have")
    max_columns: int = Field(1000, ge=1, description="columns that a file may have")
    max_cell_characters: int = Field(
        100_000, ge=1, description="characters that a cell may have; the row of a longer one is rejected"
    )

    def refuse_more(self, limit: str, count: int, *, file: str) -> None:
        """Refuse a file that has more than a limit allows.

        Parameters
        ----------
        limit : str
            Name of the limit.
        count : int
            Bytes for a limit in MB, else rows or columns.
        file : str
            Name of the file.

        Raises
        ------
        SourceError
            When there are more.
        """
        allowed = getattr(self, limit)
        in_mb = limit.endswith("_mb")
        if count <= allowed * (MB if in_mb else 1):
            return
        words = {
            "max_file_mb": "the file is too large",
            "max_unpacked_mb": "the file is too large when it is unpacked",
            "max_rows": "the file has too many rows",
            "max_columns": "the file has too many columns",
        }
        raise SourceError(
            f"{file}: {words[limit]}",
            got=f"{count / MB:,.0f} MB or more" if in_mb else f"{count:,} or more",
            allowed=f"{allowed:,}{' MB' if in_mb else ''}",
            hint=f"if this is intended, set {limit} in [limits] of study.toml",
        )
