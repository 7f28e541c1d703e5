"""Identifiers and shifts from a secret key: the same key makes the same ones, nobody without it can."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from pathlib import Path

import pandas as pd

from outcomes.errors import ArgumentError

__all__ = ["KEY_VARIABLE", "new_ids", "read_key", "weeks"]

KEY_VARIABLE = "OUTCOMES_DEIDENTIFY_KEY"
SHORTEST = 16  # bytes of a key
#: Weeks by which a patient's dates may move, either way; never nought.
MOST_WEEKS = 52


def read_key(path: Path | None) -> bytes:
    """Return the key: of a file that only its owner may read, or of the environment.

    Raises
    ------
    ArgumentError
        When there is none, it is too short, or others may read the file.
    """
    if path is None:
        text = os.environ.get(KEY_VARIABLE, "").encode()
        where = KEY_VARIABLE
    else:
        try:
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ArgumentError(f"{path.name}: others may read the key", hint=f"chmod 600 {path.name}")
            text, where = path.read_bytes().strip(), path.name
        except OSError as error:
            what = error.strerror or type(error).__name__
            raise ArgumentError(
                f"{path.name}: the key cannot be read", got=what, hint="check its name, and that it is yours"
            ) from None
    if len(text) < SHORTEST:
        raise ArgumentError(
            f"{where}: there is no key of at least {SHORTEST} characters",
            hint=f"make one: openssl rand -hex 32; give it in {KEY_VARIABLE}, or in a file of mode 600",
        )
    return text


def new_ids(ids: pd.Series, key: bytes, *, what: str) -> pd.Series:
    """Return a new identifier for each; missing stays missing.

    Examples
    --------
    >>> new_ids(pd.Series(["A", "B", "A"], dtype="str"), b"k" * 16, what="P").nunique()
    2
    """
    return ids.map({one: f"{what}{_digest(key, what, one)[:12]}" for one in ids.dropna().unique()}).astype(
        "str"
    )


def weeks(ids: pd.Index, key: bytes) -> pd.Series:
    """Return by how many weeks each patient's dates move: from -52 to 52, never nought."""
    moved = [int(_digest(key, "shift", one), 16) % (2 * MOST_WEEKS) - MOST_WEEKS for one in ids]
    return pd.Series([week + (week >= 0) for week in moved], index=ids, dtype="int64")


def _digest(key: bytes, what: str, text: str) -> str:
    return hmac.new(key, f"{what}\x00{text}".encode(), hashlib.sha256).hexdigest()
