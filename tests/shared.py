"""Where the reference numbers and real data sets lie: the folder `shared` beside the project."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("OUTCOMES_SHARED", ROOT.parent / "shared"))


def examples(quick: int, long: int) -> int:
    """Return how many random examples a slow law is held to: a few each time, many in the long tests."""
    return long if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else quick


def keywords(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's parameters, those of a typed set of keywords (`Unpack`) among them."""
    found: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is not parameter.VAR_KEYWORD:
            found.append(parameter.name)
        elif "Unpack[" in str(parameter.annotation):
            kind = str(parameter.annotation).split("Unpack[")[1].rstrip("]")
            found += inspect.unwrap(function).__globals__[kind].__annotations__
    return found


def shared(*parts: str) -> Path:
    """Return a path below the shared folder; without it a test fails under CI and is skipped elsewhere."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        message = f"reference file missing: {'/'.join(parts)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def reference(*parts: str) -> Any:
    """Return the parsed JSON of a reference file."""
    return json.loads(shared("reference", *parts).read_text(encoding="utf-8"))
