"""An SVG path in as few characters as say the same: most of a page's bytes are paths."""

from __future__ import annotations

__all__ = ["short_path"]


def short_path(path: str) -> str:
    r"""Return a path of absolute commands, one a line as matplotlib writes them, in fewer characters.

    A point straight below or beside the one before is named by one coordinate, further points of a line
    need no letter, and zeros at the end of decimals go.

    Examples
    --------
    >>> short_path("M 25.50 83.39 \nL 220.19 83.39 \nL 220.19 3.00 \nL 30 7.1 \nL 1 2 \nz")
    'M25.5 83.39H220.19V3L30 7.1 1 2z'
    """
    written: list[str] = []
    letter, x, y = "", "", ""
    for line in path.split("\n"):
        command, *numbers = line.split() or [""]
        numbers = [_plain(number) for number in numbers]
        if command == "L" and numbers[0] == x:
            piece, letter = f"V{numbers[1]}", "V"
        elif command == "L" and numbers[1] == y:
            piece, letter = f"H{numbers[0]}", "H"
        elif command == "L" and letter in ("L", "M"):
            piece = " " + " ".join(numbers)
        else:
            piece, letter = command + " ".join(numbers), command
        written.append(piece)
        if numbers:
            x, y = numbers[-2:]
    return "".join(written)


def _plain(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number
