"""A table as LaTeX: a longtable with booktabs rules, for LuaLaTeX or XeLaTeX.

great_tables writes LaTeX too, but leaves the per-cent sign of a cell as it is, which makes the rest of the line a comment.
"""

from __future__ import annotations

from outcomes.tables.description import Heading, Table

__all__ = ["escape", "latex_bytes"]

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
    "-": "{-}",
    "\N{MINUS SIGN}": "$-$",
    "\N{EN DASH}": "--",
}


def escape(text: str) -> str:
    r"""Return a text as LaTeX prints it, sign for sign.

    Examples
    --------
    >>> print(escape("27% of \\input{x}"))
    27\% of \textbackslash{}input\{x\}
    """
    return "".join(SIGNS.get(letter, letter) for letter in text)


def latex_bytes(table: Table) -> bytes:
    """Return the table as UTF-8; it needs the packages booktabs and longtable, and LuaLaTeX or XeLaTeX."""
    sides = "".join("l" if column.left else "r" for column in table.columns.values())
    head = [*_spanning(table), _row([escape(words) for words in table.heads])]
    body = [
        rf"\multicolumn{{{len(sides)}}}{{l}}{{\textbf{{{escape(line.texts[0])}}}}} \\"
        if line.group
        else _row([escape(text) for text in line.texts])
        for line in table.lines()
    ]
    lines = [
        "% packages: booktabs, longtable; engine: LuaLaTeX or XeLaTeX",
        rf"\begin{{longtable}}{{{sides}}}",
        *([rf"\caption{{{escape(table.caption)}}}\\"] if table.caption else []),
        r"\toprule",
        *head,
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        *body,
        r"\end{longtable}",
        *[rf"{{\footnotesize {escape(note)}\par}}" for note in table.notes],
    ]
    return ("\n".join(lines) + "\n").encode()


def _row(texts: list[str]) -> str:
    return " & ".join(texts) + r" \\"


def _spanning(table: Table) -> list[str]:
    if not table.spanning:
        return []
    cells, rules, place = [], [], 1
    for heading in table.spanning:
        last = place + heading.span - 1
        cells.append(_over(heading))
        if heading.words:
            rules.append(rf"\cmidrule(lr){{{place}-{last}}}")
        place = last + 1
    return [_row(cells), "".join(rules)]


def _over(heading: Heading) -> str:
    return rf"\multicolumn{{{heading.span}}}{{c}}{{{escape(heading.words)}}}" if heading.words else ""
