"""What a reader outside has: the page as texts and cells, and the bounds that follow from them."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import numpy as np
from scipy.optimize import linprog

from outcomes.page.material import Material
from outcomes.page.sections.adverse_events import PARTS

LIMIT = 5
UNKNOWN = "withheld"
#: Part of the view -> its heading in the nested table of events.
NESTED = {{"groups": "events"}.get(part, part): heading for heading, part, _ in PARTS}


class Page(HTMLParser):
    """The page as a reader has it: its texts, the descriptions of its drawings, the cells of its tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._table, self._skip = "", False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self._skip = tag == "style"
        self.texts += [known[name] for name in ("aria-label", "title", "alt") if known.get(name)]
        if tag == "div" and known.get("class") == "table":
            self._table = known["id"]
            self.tables[self._table] = []
        elif tag == "tr" and self._table:
            self.tables[self._table].append([])
        elif tag in ("td", "th") and self._table and self.tables[self._table]:
            self.tables[self._table][-1].append("")

    def handle_endtag(self, tag):
        if tag == "table":
            self._table = ""

    def handle_data(self, data):
        if self._skip:
            return
        self.texts.append(data)
        if self._table and self.tables[self._table] and self.tables[self._table][-1]:
            self.tables[self._table][-1][-1] += data.strip()

    @property
    def text(self) -> str:
        return " ".join(" ".join(map(unescape, self.texts)).split())

    def rows(self, table: str) -> dict[str, list[str]]:
        """Return first cell -> the others of a table, or of a part of the nested table of events."""
        lines = self.tables.get("events" if table in NESTED else table, [])
        if table in NESTED:
            heads = [place for place, row in enumerate(lines) if len(row) == 1]
            wanted = [place for place in heads if lines[place] == [NESTED[table]]]
            lines = (
                lines[wanted[0] : next((place for place in heads if place > wanted[0]), None)]
                if wanted
                else []
            )
        return {row[0]: row[1:] for row in lines if len(row) > 1}


def small_ratios(text: str) -> list[str]:
    """Return every n/N and n of N on a page with 1 to 4 in it, or left over."""
    found = re.findall(r"(?<![\d,.])(\d[\d,]*)(?:/| of )(\d[\d,]*)(?![\d.,]*%)", text)
    numbers = [(int(n.replace(",", "")), int(total.replace(",", ""))) for n, total in found]
    return [f"{n}/{total}" for n, total in numbers if 0 < n < LIMIT or 0 < total - n < LIMIT]


def number_of(cell: str) -> int | None:
    """Return n of a cell n/N, or None where it is withheld."""
    return None if cell == UNKNOWN else int(cell.split("/")[0].replace(",", ""))


class Attack:
    """What a reader builds from the page alone: variables, bounds, sums."""

    def __init__(self) -> None:
        self.bounds: dict[str, tuple[float, float | None]] = {}
        self.equal: list[tuple[dict[str, float], float]] = []
        self.at_most: list[tuple[dict[str, float], float]] = []

    def know(self, name: str, cell: str, total: int) -> None:
        n = number_of(cell)
        # a withheld count is at least 1, for a 0 would be shown
        self.bounds[name] = (1, total) if n is None else (n, n)

    def range(self, name: str) -> tuple[float, float]:
        names = list(self.bounds)

        def matrix(rows):
            made = np.zeros((len(rows), len(names)))
            for number, (weights, _) in enumerate(rows):
                for key, weight in weights.items():
                    made[number, names.index(key)] = weight
            return made, np.array([value for _, value in rows])

        rules = {}
        if self.equal:
            rules["A_eq"], rules["b_eq"] = matrix(self.equal)
        if self.at_most:
            rules["A_ub"], rules["b_ub"] = matrix(self.at_most)
        aim = np.zeros(len(names))
        aim[names.index(name)] = 1
        ends = [linprog(sign * aim, bounds=list(self.bounds.values()), **rules) for sign in (1, -1)]
        assert all(end.success for end in ends), "the page contradicts itself"
        return ends[0].fun, -ends[1].fun


def attack_on_harm(page: Page, patients: int, sessions: int, *, column: int) -> tuple[Attack, dict[str, str]]:
    """Use all tables of one unit: grades add up to any, 3 to 5 to grade 3+, the others are within any."""
    total = patients if column == 0 else sessions
    attack, keys = Attack(), {}
    for table in ("events", "overview", "by_worst_grade"):
        for label, row in page.rows(table).items():
            if label in ("Event", "Worst grade", "n/N") or len(row) <= column or "/" not in row[column] + "/":
                continue
            if row[column] != UNKNOWN and not re.fullmatch(r"[\d,]+/[\d,]+", row[column]):
                continue
            key = f"{table} {label}"
            keys[key] = label
            attack.know(key, row[column], total)
    grades = [key for key in keys if key.startswith("by_worst_grade")]
    largest = "overview any"
    attack.equal.append(({largest: 1.0} | dict.fromkeys(grades, -1.0), 0))
    severe = [f"by_worst_grade {grade}" for grade in (3, 4, 5) if f"by_worst_grade {grade}" in keys]
    if "overview grade 3+" in keys:
        attack.equal.append(({"overview grade 3+": 1.0} | dict.fromkeys(severe, -1.0), 0))
    for key in keys:
        if key != largest and not key.startswith("by_worst_grade"):
            attack.at_most.append(({key: 1.0, largest: -1.0}, 0))
    groups = [key for key in keys if key.startswith("events")]
    if column == 0:
        attack.at_most.append(({largest: 1.0} | dict.fromkeys(groups, -1.0), 0))
    return attack, keys


def truth_of(material: Material, unit: str) -> dict[str, int]:
    overview, grades = (material.safety[name].to_frame() for name in ("overview", "by_worst_grade"))
    overview = overview[overview["unit"] == unit]
    grades = grades[(grades["unit"] == unit) & (grades["group"] == "any")]
    groups = material.events_by("group") if unit == "patient" else material.session_events_by("group")
    found = {f"overview {term}": n for term, n in zip(overview["term"], overview["n"], strict=True)}
    names = grades["grade"].astype("object").where(grades["grade"].notna(), "not recorded")
    found |= {f"by_worst_grade {grade}": n for grade, n in zip(names, grades["n"], strict=True)}
    rows = groups.to_frame()
    return found | {
        f"events {group.replace('_', ' ')}": n for group, n in zip(rows["group"], rows["n"], strict=True)
    }


def attacked(page: Page, material: Material) -> int:
    """Attack both units; return how many withheld counts were tried."""
    patients, sessions = len(material.treated), len(material.sessions)
    tried = 0
    for unit, column, total in (("patient", 0, patients), ("session", 3, sessions)):
        attack, keys = attack_on_harm(page, patients, sessions, column=column)
        truth = truth_of(material, unit)
        if not keys:
            continue
        assert set(keys) == set(truth), "every line of the result is on the page, shown or withheld"
        for key in keys:
            small = 0 < truth[key] < LIMIT or 0 < total - truth[key] < LIMIT
            low, high = attack.range(key)
            assert low - 1e-6 <= truth[key] <= high + 1e-6
            if small:
                tried += 1
                assert high - low >= LIMIT - 1 - 1e-6, f"{unit}: {key} can be told"
    return tried
