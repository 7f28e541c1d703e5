"""A shortened path goes through the same points."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from outcomes.plots.short_path import short_path

number = st.decimals(-400, 400, places=2).map(str) | st.sampled_from(["0", "1.50", "30.00"])
point = st.tuples(number, number)
part = st.tuples(
    point, st.lists(st.tuples(st.sampled_from("LLLLC"), st.lists(point, min_size=3, max_size=3)))
)


def written(parts, closed: bool) -> str:
    lines = []
    for start, rest in parts:
        lines.append(f"M {' '.join(start)} ")
        lines += [
            f"{letter} " + " ".join(" ".join(at) for at in points[: 3 if letter == "C" else 1]) + " "
            for letter, points in rest
        ]
        lines += ["z"] * closed
    return "\n".join(lines)


def points(path: str) -> list[tuple[str, float, float]]:
    """Return what a browser draws: letter, x, y of each point, by the rules of SVG."""
    found, letter, x, y = [], "", 0.0, 0.0
    tokens = re.findall(r"[A-Za-z]|-?\d+\.?\d*", path)
    place = 0
    while place < len(tokens):
        if tokens[place].isalpha():
            letter, place = tokens[place], place + 1
            if letter == "z":
                found.append(("z", 0.0, 0.0))
            continue
        taken = 1 if letter in "HV" else 2
        values = [float(token) for token in tokens[place : place + taken]]
        x, y = {"H": (values[0], y), "V": (x, values[0])}.get(letter, tuple(values[-2:]))
        found.append(("L" if letter in "HV" else letter, x, y))
        letter = "L" if letter == "M" else letter
        place += taken
    return found


@given(st.lists(part, max_size=3), st.booleans())
def test_the_points_are_the_same(parts, closed):
    path = written(parts, closed)
    assert points(short_path(path)) == points(path)
    assert len(short_path(path)) <= len(path)
