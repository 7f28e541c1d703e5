"""docs/faults.md is what the rules say; no finding has another rule, and no rule is left over."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from outcomes.schema.fault_rules import fault_rules
from outcomes.schema.findings import Fault
from shared import ROOT


def _guide():
    spec = importlib.util.spec_from_file_location("faults_guide", ROOT / "tools" / "faults_guide.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_on_faults_is_made_from_the_rules():
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert text == _guide().faults_page(), "write it anew: python tools/faults_guide.py"
    assert all(f"| `{rule}` |" in text for rule in fault_rules())
    assert all(all(vars_of) for vars_of in map(_cells, fault_rules().values())), "a cell is empty"


def _cells(rule):
    return rule.rule, rule.severity, rule.happens, rule.example, rule.mend


def test_no_finding_has_a_rule_severity_or_cost_that_the_page_does_not_say():
    rows = np.arange(1)
    Fault("diary", "late_entry", "late", rows, "entered_at", "warning")
    for rule, severity, costs in (("of_no_page", "error", None), ("late_entry", "error", None),
                                  ("duplicate_day", "error", "cell")):  # fmt: skip
        with pytest.raises(AssertionError, match=rule):
            Fault("diary", rule, "text", rows, "date", severity, costs=costs)


def test_every_rule_of_the_page_is_one_that_the_code_can_print():
    folders = (ROOT / "src" / "outcomes" / room for room in ("schema", "sources"))
    code = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
    made = {"pain_never_above_3", "pain_before_never_above_3"}  # of the column's name
    assert [rule for rule in fault_rules() if f'"{rule}"' not in code and rule not in made] == []
    assert "_never_above_3" in code
