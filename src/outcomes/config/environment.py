"""Environment variables that take the place of what study.toml says.

`OUTCOMES__RULES__ENDPOINT=migraine_days` is the key `endpoint` of the part `rules`. Every variable that
begins with `OUTCOMES__` must be a key: a misspelt one is an error as it is in the file. Secrets have names of
their own (`OUTCOMES_NOTIFY_URL`), are read where they are used, and are never a key of the file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from typing import Any

from outcomes.errors import ConfigError

__all__ = ["PREFIX", "overlay", "overrides"]

PREFIX = "OUTCOMES__"


def overrides(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables that are keys of study.toml, by name."""
    found = os.environ if environment is None else environment
    return {name: found[name] for name in sorted(found) if name.startswith(PREFIX)}


def overlay(content: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the content of a study.toml with the values that the environment gives.

    Examples
    --------
    >>> overlay({"title": "A", "rules": {}}, {"OUTCOMES__RULES__MIN_DAYS": "20"})
    {'title': 'A', 'rules': {'min_days': 20}}
    """
    result = _copy(content)
    for name, text in overrides(environment).items():
        *parts, key = name.removeprefix(PREFIX).lower().split("__")
        place = result
        for part in parts:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise ConfigError(
                    f"{name} is not a key",
                    got=f"{part} is a value, not a part",
                    hint="unset the variable, or name a key as OUTCOMES__RULES__MIN_DAYS does",
                )
        place[key] = _value(text)
    return result


def _copy(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in content.items()}


def _value(text: str) -> Any:
    """Read a value as TOML writes it; what is not TOML is a text."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if set(parsed) == {"value"} else text
