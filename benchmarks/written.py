"""The command of a benchmark whose table stands on a page: a few studies printed, or all written."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd

__all__ = ["run"]


def run(table: Callable[[int], pd.DataFrame], name: str, *, studies: int, quick: int, about: str) -> None:
    """Print the table of `quick` studies a cell; with ``run`` write that of `studies` beside this file."""
    parser = argparse.ArgumentParser(description=about.split("\n")[0])
    parser.add_argument("command", nargs="?", choices=["run"])
    whole = parser.parse_args().command is not None
    found = table(studies if whole else quick)
    print(found.to_string(index=False))
    if whole:
        found.to_csv(Path(__file__).with_name(f"{name}.csv"), index=False)
