"""docs/faults.md is what the rules say today."""

from __future__ import annotations

import importlib.util

from shared import ROOT


def _guide():
    spec = importlib.util.spec_from_file_location("faults_guide", ROOT / "tools" / "faults_guide.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_on_faults_is_made_from_the_rules():
    guide = _guide()
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert text == guide.faults_page(), "write it anew: python tools/faults_guide.py"
    assert all(f"| `{rule}` |" in text for rule in guide.rules_in_code())
    assert len(guide.rules_in_code()) > 20
