"""Every rule that a finding may name: how grave it is, what it costs, an example, and how to mend it.

A `Fault` of another rule, severity or cost is a mistake of the package; docs/faults.md is this table.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["FaultRule", "fault_rules"]

TABLE = Path(__file__).with_name("fault_rules.csv")


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One rule.

    Parameters
    ----------
    rule : str
        Its code, as findings name it.
    severity, happens : str
        ``error``, ``warning`` or both; ``row``, ``cell``, ``kept`` or several, joined by ``or``.
    example, mend : str
        In words.
    """

    rule: str
    severity: str
    happens: str
    example: str
    mend: str


@cache
def fault_rules() -> dict[str, FaultRule]:
    """Return every rule by its code.

    Examples
    --------
    >>> fault_rules()["late_entry"].severity
    'warning'
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["rule"]: FaultRule(**row) for row in csv.DictReader(file)}
