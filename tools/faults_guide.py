"""docs/faults.md from the table of rules: `python tools/faults_guide.py` writes it; a test holds it equal."""

from __future__ import annotations

from pathlib import Path

from outcomes.schema.fault_rules import fault_rules

PAGE = Path(__file__).resolve().parents[1] / "docs" / "faults.md"
HEAD = """# Faults: why rows are refused, and what to do

Made by `python tools/faults_guide.py` from the table of rules; do not edit.

`outcomes check` lists each of these with file, row and column. An **error** costs the row (`row rejected`) or
its cell (`cell not used`); a **warning** is kept and costs nothing. Of two rows that are the same one is
left out, and nothing is lost with it. Nothing is corrected silently.

- **Mend** it in the source and run `outcomes check` again; `outcomes check --csv queries.csv` is the list for
  the site.
- **Declare** it, where study.toml can say how the source writes things: the finding names the line.
- **Waive** it, with a reason, where the site has answered and nothing is to be mended:
  `[waivers] diary.late_entry = "entered on paper first"`. The findings of that rule in that table are
  asked no more; they stay on record with the reason, in `study.findings` and on the page of data quality. A
  waiver of a rule changes no number: what was rejected stays rejected.
- **Waive a column** that is declared wrongly, where the report must go on:
  `[waivers] diary.pain = "the reason"`. The report opens with the reason.

`study.findings` has the message of each finding, with limits and names of columns.

| rule | severity | example | what happens | how to mend it | how to waive it |
|---|---|---|---|---|---|
"""
HAPPENS = {"row": "row rejected", "cell": "cell not used", "kept": "kept", "copy": "left out"}


def faults_page() -> str:
    """Return the text of the page."""
    rows = []
    for rule in fault_rules().values():
        happens = " or ".join(HAPPENS[one] for one in rule.happens.split(" or "))
        waive = "TABLE.COLUMN" if rule.rule == "column_declared_wrongly" else f"TABLE.{rule.rule}"
        cells = (f"`{rule.rule}`", rule.severity, rule.example, happens, rule.mend, f"`{waive}`")
        rows.append("| " + " | ".join(cell.replace("<", "&lt;").replace("|", "/") for cell in cells) + " |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(faults_page(), encoding="utf-8")
