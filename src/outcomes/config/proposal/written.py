"""A proposal as the text of a study.toml: a line a key, with the reason behind it."""

from __future__ import annotations

import json
import re
from typing import Any

from outcomes.config.proposal.lines import Line, Proposal, ProposedTable, Question
from outcomes.config.upgrade import KEY, SCHEMA_VERSION

__all__ = ["study_toml", "toml_value"]

HEAD = """\
# Proposed by `outcomes init --from`. Each line says why it is here: confirm it, or change it.
# A line that begins with #? is open: remove the #? from the one that is right.
"""


def study_toml(proposal: Proposal, *, title: str) -> str:
    """Return the text of a study.toml.

    Parameters
    ----------
    proposal : Proposal
        What is proposed.
    title : str
        Name of the study.
    """
    lines = [
        HEAD,
        f"{KEY} = {SCHEMA_VERSION}  # the form of this file, as this version writes it",
        f"title = {toml_value(title)}  # confirm: the name of the study",
    ]
    if "timezone" in proposal.questions:
        lines += _open(proposal.questions["timezone"])
    else:
        zone = toml_value(proposal.timezone or "UTC")
        lines.append(f'timezone = {zone}  # confirm: the clinic\'s zone, such as "Europe/Zurich"')
    rules = [line for table in proposal.tables for line in table.rules]
    asked = [one for table in proposal.tables for one in table.questions if one.key == "pain_scale"]
    if rules or asked:
        lines += ["", "[rules]", *map(_line, rules), *[text for one in asked for text in _open(one)]]
    if proposal.folders:
        why = "a folder of data sets of CDISC: their variables are known"
        lines += ["", "[tables]", *(_line(Line(key, name, why)) for key, name in proposal.folders.items())]
    for table in proposal.tables:
        lines += ["", *_part(table)]
    for file, why in proposal.unknown:
        lines += ["", f"# {file}: not read; {why}"]
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """Return a value as TOML.

    Examples
    --------
    >>> toml_value({"start": "Started", "acute drugs": ["a"], "on": True})
    '{ start = "Started", "acute drugs" = ["a"], on = true }'
    """
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(str(key))} = {toml_value(part)}" for key, part in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _part(table: ProposedTable) -> list[str]:
    lines = [f"[tables.{table.table}]  # {table.why}"]
    files = list(table.files) if len(table.files) > 1 else table.files[0]
    lines += [f"file = {toml_value(files)}", *map(_line, table.lines)]
    for question in table.questions:
        if question.key != "pain_scale":
            lines += _open(question)
    if table.unread:
        lines.append(f"# not read: {', '.join(table.unread)}")
    return lines


def _line(line: Line) -> str:
    return f"{line.key} = {toml_value(line.value)}  # {line.why}"


def _open(question: Question) -> list[str]:
    lines = [f"# open: {question.what}"]
    choices = [
        f"#? {question.key} = {toml_value(one.value)}  # {one.why}".rstrip("# ") for one in question.choices
    ]
    return lines + (choices or [f'#? {question.key} = "..."'])


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
