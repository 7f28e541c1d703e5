"""docs/faults.md from the rules themselves: what each finds in the example study, and what the code says.

`python tools/faults_guide.py` writes the page; a test holds it equal to what the rules say today.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pandas as pd

import outcomes as oc
from outcomes.study import example_folder

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "faults.md"
#: Makers of a finding -> place of the rule, of the message and of the hint among what they are given.
MAKERS = {"Fault": (1, 2, 6), "Misread": (0, 1, 3)}
HEAD = """# Faults: why rows are refused, and what to do

Made by `python tools/faults_guide.py` from the rules; do not edit.

`outcomes check` lists each of these with file, row and column. An **error** costs the row (`row rejected`) or
its cell (`cell not used`); a **warning** is kept and costs nothing. Nothing is corrected silently.

- **Mend** it in the source and run `outcomes check` again; `outcomes check --csv queries.csv` is the list for
  the site.
- **Declare** it, where study.toml can say how the source writes things: the finding names the line.
- **Waive** it, where a whole column is declared wrongly and the report must go on:
  `[waivers] diary.pain = "the reason"`. The page opens with the reason. Single rows cannot be waived.

## Found in the example study

The example of each was planted in the data (`data/example/faults.csv`).

| rule | severity | example | what is said | what happens | what to do |
|---|---|---|---|---|---|
"""
REST = """
## Further rules

| rule | what is said | what to do |
|---|---|---|
"""


def faults_page() -> str:
    """Return the text of the page."""
    found = oc.load_example().findings
    planted = pd.read_csv(example_folder() / "faults.csv", dtype="str")
    examples = planted.drop_duplicates("rule").set_index("rule")["what"]
    rows = []
    for rule, mine in found.groupby("rule", sort=True):
        one = mine.iloc[0]
        example, happens = examples.get(rule, ""), one["cost"] or "kept"
        todo = one["hint"] or "correct it in the source"
        rows.append(_row((f"`{rule}`", one["severity"], example, one["message"], happens, todo)))
    known = set(found["rule"])
    further = {rule: said for rule, said in sorted(rules_in_code().items()) if rule not in known}
    rest = [_row((f"`{rule}`", message, hint)) for rule, (message, hint) in further.items()]
    return HEAD + "\n".join(rows) + "\n" + REST + "\n".join(rest) + "\n"


def rules_in_code() -> dict[str, tuple[str, str]]:
    """Return the rules that are written out in the code, with message and hint as far as they are texts."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted((ROOT / "src" / "outcomes").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            names = _named_texts(function)
            for node in ast.walk(function):
                name = getattr(getattr(node, "func", None), "id", "")
                if isinstance(node, ast.Call) and name in MAKERS:
                    rule, message, hint = (_text(node, place, names) for place in MAKERS[name])
                    hint = hint or _keyword(node, "hint", names) or "correct it in the source"
                    if re.fullmatch(r"[a-z_0-9]+", rule):
                        found.setdefault(rule, (message, hint))
    return found


def _named_texts(function: ast.FunctionDef) -> dict[str, str]:
    """Return the texts that a function gives a name, the first of each."""
    found: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, _words(node.value, {}))
    return found


def _text(call: ast.Call, place: int, names: dict[str, str]) -> str:
    return _words(call.args[place], names) if len(call.args) > place else ""


def _keyword(call: ast.Call, name: str, names: dict[str, str]) -> str:
    return next((_words(one.value, names) for one in call.keywords if one.arg == name), "")


def _words(node: ast.AST, names: dict[str, str]) -> str:
    """Return a text as it is written; what is filled in stands as three points."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "..." for one in node.values)  # noqa: PD011
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(' '.join(str(cell).split()).replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(faults_page(), encoding="utf-8")
