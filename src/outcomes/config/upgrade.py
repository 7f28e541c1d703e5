"""A study.toml of an earlier version, written as this version reads it: line by line, comments stay."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any

from outcomes.config.toml_text import parse_toml
from outcomes.errors import ConfigError

__all__ = ["KEY", "OLDEST", "SCHEMA_VERSION", "Upgrade", "check_version", "upgraded"]

#: The form of study.toml that this version writes, and the oldest that it reads: 0.1.0's, without the key.
SCHEMA_VERSION, OLDEST = 2, 1
KEY = "schema_version"
#: Version -> what the same file says differently since then. No key has been renamed so far.
SINCE: dict[int, tuple[str, ...]] = {
    2: (
        "adverse events are followed until the last contact: "
        'follow_up = "cutoff" in [rules] follows them until the cut-off as before',
        "related_window_h counts from line out; it counted from line in",
    ),
}


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A file before and after."""

    before: str
    after: str
    version: int

    @property
    def told(self) -> tuple[str, ...]:
        """What means something else since the version that the file was written for."""
        return tuple(words for since, lines in SINCE.items() if since > self.version for words in lines)

    def diff(self, name: str) -> str:
        """Return what changes, as a unified diff."""
        before, after = (text.splitlines(keepends=True) for text in (self.before, self.after))
        shown = difflib.unified_diff(before, after, f"{name} (before)", f"{name} (after)")
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in shown)


def upgraded(text: str, name: str = "study.toml") -> Upgrade:
    r"""Return a study.toml with the key `schema_version` of this version; every other line stays as it is.

    Parameters
    ----------
    text : str
        The file.
    name : str
        Its name, for messages.

    Raises
    ------
    ConfigError
        When it is not TOML, or was written for a later version.

    Examples
    --------
    >>> upgraded('# mine\ntitle = "Pilot"\n').after.splitlines()
    ['# mine', 'schema_version = 2', 'title = "Pilot"']
    """
    try:
        content = parse_toml(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: this is not TOML", got=str(error), hint="correct it first") from None
    version = content.get(KEY, OLDEST)
    check_version(version)
    after = text if version == SCHEMA_VERSION else _numbered(text, has_key=KEY in content)
    if parse_toml(after) != {**content, KEY: SCHEMA_VERSION}:
        raise ConfigError(
            f"{name}: the key cannot be written automatically",
            hint=f"write {KEY} = {SCHEMA_VERSION} at its top",
        )
    return Upgrade(text, after, version)


def check_version(version: Any) -> int:
    """Return the version of a study.toml, or refuse one that this package does not know.

    Raises
    ------
    ConfigError
        For a later version, or what is no version.
    """
    if type(version) is int and OLDEST <= version <= SCHEMA_VERSION:
        return version
    later = type(version) is int and version > SCHEMA_VERSION
    raise ConfigError(
        "not a form of study.toml that this version of outcomes reads",
        got=repr(version)[:40],
        allowed=", ".join(map(str, range(OLDEST, SCHEMA_VERSION + 1))),
        hint="install a newer outcomes" if later else f"write {KEY} = {SCHEMA_VERSION}",
    )


def _numbered(text: str, *, has_key: bool) -> str:
    """Return the text with the key changed, or put before the first line that says something."""
    end = "\r\n" if "\r\n" in text else "\n"
    if has_key:
        return re.sub(rf"(?m)^([ \t]*{KEY}[ \t]*=[ \t]*)[^\s#]+", rf"\g<1>{SCHEMA_VERSION}", text, count=1)
    lines = text.splitlines(keepends=True)
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), 0)
    return "".join([*lines[:first], f"{KEY} = {SCHEMA_VERSION}{end}", *lines[first:]])
