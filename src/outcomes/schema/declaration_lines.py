"""The lines of study.toml that would read a column whose cells have other shapes than declared."""

from __future__ import annotations

import re

from outcomes.schema.columns import ColumnSpec
from outcomes.schema.number_shapes import NUMBER_SHAPES, what_to_do
from outcomes.schema.shapes import CLOCK, COMMA, MIXED, WORDS

__all__ = ["lines_that_read"]

#: Shape of a date -> the format that reads it.
FORMATS = {
    "99.99.9999": ("%d.%m.%Y",),
    "99.99.99": ("%d.%m.%y",),
    "99/99/9999": ("%d/%m/%Y", "%m/%d/%Y"),
    "9999/99/99": ("%Y/%m/%d",),
    "9999.99.99": ("%Y.%m.%d",),
    "99-99-9999": ("%d-%m-%Y",),
    "9999-99-99": ("%Y-%m-%d",),
    "99999999": ("%Y%m%d", "%d%m%Y"),
}
#: Column -> the line that reads it in its other usual unit.
OTHER_UNITS = {
    "weight_kg": 'units.weight_kg = "lb"',
    "duration_h": 'units.duration_h = "min"',
    "rate": 'units.rate = "mcg/kg/min"',
}


def lines_that_read(table: str, spec: ColumnSpec, shapes: list[str], told: str = "") -> str:
    """Return the lines of study.toml that would read cells of these shapes.

    `told` is what the reader of the texts says to do: of dates that no shape tells it knows more.

    Examples
    --------
    >>> from outcomes.schema.contract import specs
    >>> lines_that_read("diary", specs("diary")["date"], ['"99.99.9999"'])
    'in study.toml, [tables.diary]: date_format = "%d.%m.%Y"'
    """
    if shapes and spec.kind in ("number", "integer"):
        if shapes[0] in NUMBER_SHAPES:
            return what_to_do(shapes[0], spec.name)
        if shapes[0] == MIXED and told and not _written(spec, shapes):
            return told  # no line reads 60 kg
    rules, lines = _rules(spec, shapes), _lines(spec, shapes, told)
    parts = [f"[rules]: {'; '.join(rules)}"] if rules else []
    parts += [f"[tables.{table}]: {'; '.join(lines)}"] if lines else []
    return "in study.toml, " + "; ".join(parts)


def _rules(spec: ColumnSpec, shapes: list[str]) -> list[str]:
    beyond = {'"0-100"', "whole numbers, some above 100"} & set(shapes)
    return ['pain_scale = "0-100"'] if spec.name == "pain" and beyond else []


def _lines(spec: ColumnSpec, shapes: list[str], told: str) -> list[str]:
    if spec.kind in ("date", "timestamp"):
        return [_format_line(spec, shapes, told)]
    numbers = [shape for shape in shapes if re.search("0-|numbers", shape)]
    if spec.kind == "yesno":
        return _of_answers(spec, bool(numbers))
    lines = []
    if spec.kind in ("number", "integer"):
        lines += ['decimal = ","'] if COMMA in shapes else []
        written = _written(spec, shapes)
        lines += written or (
            [OTHER_UNITS[spec.name]] if spec.name in OTHER_UNITS and numbers and not lines else []
        )
        lines += [f'values.{spec.name} = {{ "your word" = "0" }}'] if WORDS in shapes else []
        return lines or [f'missing = ["..."] for texts that mean: {spec.name} was not recorded']
    code = next(code for code in spec.codes if code != "none")
    return [f'values.{spec.name} = {{ "your word" = "{code}" }} (codes: {", ".join(spec.codes)})']


def _written(spec: ColumnSpec, shapes: list[str]) -> list[str]:
    """Return the line that reads durations of which most are written as 1:30, or as 90 min."""
    how = {CLOCK: "h:mm", MIXED: "words"}.get(shapes[0]) if shapes and spec.unit in ("h", "min") else None
    return [f'units.{spec.name} = "{how}"'] if how else []


#: One other number among 0 and 1 makes a column a scale: only its owner knows better.
SLIP = 'or, where the other numbers are slips: missing = ["the number"]'


def _of_answers(spec: ColumnSpec, scale: bool) -> list[str]:
    if scale and spec.name == "headache":
        return ['columns.pain = "headache" (your name for the column)', 'headache = "pain above 0"', SLIP]
    if scale:
        return ['a number for yes and one for no: yes = ["1"], no = ["2"]', SLIP]
    return ['yes = ["your word"]', 'no = ["your word"]']


def _format_line(spec: ColumnSpec, shapes: list[str], told: str) -> str:
    key = "date_format" if spec.kind == "date" else "timestamp_format"
    found = told.partition("; ")[2]
    if found and not found.startswith("for "):  # no mere example
        return found.removeprefix("as these look, declare ")
    for shape in shapes:
        plain = shape.strip('"')
        known = next((FORMATS[date] for date in FORMATS if plain.startswith(date)), ())
        time = " %H:%M" if spec.kind == "timestamp" and ":" in plain else ""
        if known:
            return " or ".join(f'{key} = "{form}{time}"' for form in known)
    return found or f"{key} in the strftime directives"
