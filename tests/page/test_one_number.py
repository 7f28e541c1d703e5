"""Every number that stands several times on the page is one: in tiles, findings, words, tables, drawings."""
# ruff: noqa: E501  (a line is one way of writing)

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

import pytest

from outcomes.page.blocks import Drawing, KeyFigure, KeyFigures, Section, TableBlock, Words
from outcomes.plots.svg import alternative

MINUS = "\N{MINUS SIGN}"
SIGNED = rf"[+{MINUS}-]?\d+(?:\.\d+)?"
LIMITS = rf"(?P<lower>{SIGNED}) to (?P<upper>{SIGNED})"
PERIOD = r"(?P<at>\d+-\d+)"

#: Where (a part of the place's name), what is written there, and the key of its numbers; groups at and what tell
#: of which period, event or session they are.
WRITTEN: tuple[tuple[str, str, str], ...] = (
    ("tile patients treated", r"^(?P<patients>\d+)\|", "all"),
    ("tile median", r"^(?P<better>\d+) better, (?P<worse>\d+) worse", "direction"),
    ("tile median", r"the same: (?P<same>\d+); no value: (?P<none>\d+)", "direction"),
    ("tile median", rf"days {PERIOD}.*: (?P<percent>\d+)% \((?P<n>\d+)/(?P<N>\d+), 95% interval {LIMITS}%", "half"),
    ("tile change", rf"^(?P<mean>{SIGNED})\|.*days {PERIOD}; 95% interval {LIMITS}; n = (?P<n>\d+)", "change"),
    ("tile of the", rf"^(?P<percent>\d+)%\|95% interval {LIMITS}%; ", "still better"),
    ("label of the", r"^of the (?P<N>\d+) whose days fell", "still better"),
    ("tile patients treated", r"\|(?P<n>\d+) with chronic migraine; median age (?P<age>[\d.]+)", "fact"),
    ("tile patients treated", r"(?P<sessions>\d+) sessions in", "all"),
    ("tile of patients had", r"\|(?P<n>\d+)/(?P<N>\d+) patients; (?P<s>\d+)/(?P<S>\d+)", "event any"),
    ("tile of patients had", r"serious event: (?P<n>\d+)", "event serious"),
    ("tile of patients had", r"grade 3 or higher: (?P<n>\d+)", "event grade 3+"),
    ("tile of patients had", r"infusion stopped: (?P<n>\d+)", "event infusion stopped"),
    ("tile of all possible", r"^(?P<percent>[\d.]+)%", "complete"),
    ("drawn directions", r"(?P<better>\d+) better, (?P<same>\d+) same, (?P<worse>\d+) worse, (?P<none>\d+) no value", "direction"),
    ("drawn front-waterfall", r"days (?P<at>\d+-\d+), .* Of (?P<n>\d+) patients with a value (?P<half>\d+) fell by at least 50%", "change"),
    ("drawn front-waterfall", r", (?P<same>\d+) did not change and (?P<worse>\d+) rose", "direction"),
    ("drawn front-waterfall", r"(?P<none>\d+) patients have no value", "direction"),
    ("drawn front-change", rf"(?<!\d){PERIOD}: (?P<mean>{SIGNED}) \({LIMITS}\), n = (?P<n>\d+)", "change"),
    ("drawn change-by-period", rf"days {PERIOD}: (?P<mean>{SIGNED}) \({LIMITS}\), n = (?P<n>\d+)", "change"),
    ("drawn meaningful", rf"(?P<what>[A-Z][^.]*?): (?P<percent>\d+) \({LIMITS}\)", "matters"),
    ("drawn incidence", r"(?P<what>[a-z][a-z ]+): (?P<n>\d+) of (?P<N>\d+) patients, (?P<percent>[\d.]+)%.*?; (?P<s>\d+) of (?P<S>\d+) sessions", "event"),
    ("drawn first-events", r"any event: (?P<N>\d+) at risk before the first event, (?P<n>\d+) with", "event any"),
    ("drawn heat-map", r"(?P<patients>\d+) patients, (?P<sessions>\d+) sessions", "all"),
    ("drawn heat-map", r"Sessions with an event: (?P<s>\d+) of (?P<S>\d+)", "event any"),
    ("drawn heat-map", r"(?P<s>\d+) with grade (?P<what>\d) as the worst", "event worst"),
    ("drawn signal", r"N = (?P<patients>\d+)", "all"),
    ("drawn recording", r"Diary days of (?P<patients>\d+) patients", "all"),
    ("drawn subgroups", rf"(?:[A-Z][a-z ]+, )?(?P<what>[a-z0-9][a-z0-9 ]*): (?P<mean>{SIGNED}) \({LIMITS}\), shrunken (?P<shrunken>{SIGNED}), (?P<n>\d+) of (?P<N>\d+)", "subgroup"),
    ("drawn subgroups", rf"all patients: (?P<mean>{SIGNED}) \({LIMITS}\), (?P<n>\d+) of (?P<N>\d+)", "change 1-28"),
    ("words in-short", rf"In (?P<n>\d+) of (?P<N>\d+) treated .* days {PERIOD} .* was (?P<mean>{SIGNED}) \(95% interval {LIMITS}\)", "change"),
    ("finding headache-days", rf"^(?P<size>[\d.]+) fewer .* in days {PERIOD}$", "change"),
    ("words in-short", r"That is (?P<size>[\d.]+) fewer", "change 1-28"),
    ("finding lasting", rf"^(?P<percent>\d+)% of the (?P<N>\d+) .* \(95% interval {LIMITS}%\)", "still better"),
    ("finding pain", rf"by (?P<size>[\d.]+) points .* session (?P<what>\d) \(change {LIMITS}\)", "pain"),
    ("finding adverse-events", r"(?P<n>\d+)/(?P<N>\d+) \((?P<percent>\d+)%\) any", "event any"),
    ("finding adverse-events", r"(?P<n>\d+)/(?P<N>\d+) \((?P<percent>\d+)%\) serious", "event serious"),
    ("finding adverse-events", r"(?P<n>\d+)/(?P<N>\d+) \((?P<percent>\d+)%\) of grade", "event grade 3+"),
    ("finding adverse-events", r"(?P<n>\d+)/(?P<N>\d+) \((?P<percent>\d+)%\) that stopped", "event infusion stopped"),
    ("finding who", r"^(?P<patients>\d+) patients, (?P<n>\d+) with chronic migraine, median age (?P<age>[\d.]+)", "fact"),
    ("finding data-quality", r"^(?P<percent>[\d.]+)%", "complete"),
    ("table change", rf"^days (?P<at>1-\d+) \| (?P<n>\d+)/(?P<N>\d+) \| [^|]* \| [^|]* \| (?P<mean>{SIGNED}) \| {LIMITS} ", "change"),
    ("table change", rf"^days (?P<at>(?!1-)\d+-\d+) \| (?P<n>\d+)/\d+ \| [^|]* \| [^|]* \| (?P<mean>{SIGNED}) ", "left"),
    ("table later", rf"^days {PERIOD} \| (?P<n>\d+) \| (?P<mean>{SIGNED}) \| {LIMITS} ", "change"),
    ("table later", rf"^days {PERIOD} \| .* \| (?P<n>\d+) \| (?P<mean>{SIGNED}) \|", "left"),
    ("table responders", rf"^days {PERIOD} \| at least 50% fewer \| (?P<n>\d+)/(?P<N>\d+) \| (?P<percent>\d+)% \| {LIMITS} ", "half"),
    ("table durability", rf"^84 \| (?P<percent>\d+)% \({LIMITS}\)", "still better"),
    ("table meaningful", r"^(?P<what>[^|]+) \| \d+/\d+ \((?P<percent>\d+)%\)", "matters"),
    ("table scores", rf"^days 1-28 \| (?P<what>[^|]+) \| \d+/\d+ \| (?P<mean>{SIGNED}) \| {LIMITS}$", "score 1-28"),
    ("table pain-by-session", rf"^(?P<what>\d+) \| (?P<n>\d+)/(?P<N>\d+) \| [^|]* \| [^|]* \| (?P<mean>{SIGNED}) \| {LIMITS} ", "pain"),
    ("table subgroups", rf"^(?P<what>[^|]+) \| (?P<n>\d+)/(?P<N>\d+) \| (?P<mean>{SIGNED}) \| {LIMITS} \| (?P<shrunken>{SIGNED}) ", "subgroup"),
    ("table strategies", rf"^while untreated[^|]* \| (?P<n>\d+)/(?P<N>\d+) \| (?P<mean>{SIGNED}) \| {LIMITS} ", "change 1-28"),
    ("table events", r"^(?P<what>[^|]+) \| (?P<n>\d+)/(?P<N>\d+) \| (?P<percent>\d+)% \| [^|]* \| (?P<s>\d+)/(?P<S>\d+) ", "event"),
    ("table events", r"^(?P<what>\d) \| \d+/\d+ \| \d+% \| [^|]* \| (?P<s>\d+)/\d+ ", "event worst"),
    ("table people", r"^chronic migraine \| (?P<n>\d+)/(?P<patients>\d+) ", "fact"),
    ("table quartiles", r"^Age, years \| (?P<age>[\d.]+)", "fact"),
)  # fmt: skip
ADJUSTED = rf"(?P<mean>{SIGNED}) \({LIMITS}\) at the same baseline"
DIFFERENCE = rf"(?P<mean>{SIGNED}) \({LIMITS}\)"
ARM = r"(?P<what>[a-z]+)"
#: The same with arms: what is at the same baseline, and what is a difference of means, says so.
OF_ARMS: tuple[tuple[str, str, str], ...] = (
    ("tile change", rf"^(?P<mean>{SIGNED})\|difference of means, .* days 1-28; 95% interval {LIMITS}; n = (?P<n>\d+) of (?P<N>\d+)", "contrast"),
    ("tile change", rf"; {ARM}: (?P<mean>{SIGNED}) \({LIMITS}, n = (?P<n>\d+)\)", "change"),
    ("words in-short", rf"In (?P<n>\d+) of (?P<N>\d+) treated .* difference in mean change .* was (?P<mean>{SIGNED}) \(95% interval {LIMITS}\)", "contrast"),
    ("finding headache-days", rf"^Difference in mean change in .*: active - placebo {DIFFERENCE}, [^,]* at the same baseline$", "contrast"),
    ("finding headache-days", ADJUSTED, "adjusted"),
    ("words how-sure", rf"^At the same baseline .* is {DIFFERENCE}", "adjusted"),
    ("drawn arm-changes", rf"at the same baseline.* days 1-28: {DIFFERENCE}", "adjusted"),
    ("table same-change", rf"^Equal variances \| (?P<n>\d+)/(?P<N>\d+) \| (?P<mean>{SIGNED}) \| {LIMITS} ", "adjusted"),
    ("drawn subgroups", rf"difference in change .* all patients: {DIFFERENCE}, (?P<n>\d+) of (?P<N>\d+)", "contrast"),
    ("table subgroups", rf"^all patients \| (?P<n>\d+)/(?P<N>\d+) \| (?P<mean>{SIGNED}) \| {LIMITS} ", "contrast"),
    ("drawn front-change", rf"{ARM}: (?P<mean>{SIGNED}) \({LIMITS}\), n = (?P<n>\d+)", "change"),
    ("table change-1", rf"^days 1-28 \| (?P<n>\d+)/(?P<N>\d+) \| [^|]* \| [^|]* \| (?P<mean>{SIGNED}) \| {LIMITS} ", "change active"),
    ("table change-2", rf"^days 1-28 \| (?P<n>\d+)/(?P<N>\d+) \| [^|]* \| [^|]* \| (?P<mean>{SIGNED}) \| {LIMITS} ", "change placebo"),
    ("tile better", rf"{ARM}: (?P<better>\d+) better, (?P<same>\d+) the same, (?P<worse>\d+) worse, (?P<none>\d+) without", "direction"),
    ("drawn directions-0", r"(?P<better>\d+) better, (?P<same>\d+) same, (?P<worse>\d+) worse, (?P<none>\d+) no value", "direction active"),
    ("drawn directions-1", r"(?P<better>\d+) better, (?P<same>\d+) same, (?P<worse>\d+) worse, (?P<none>\d+) no value", "direction placebo"),
    ("tile difference in patients with an", rf"^(?P<mean>{SIGNED}) points\|.*points \({LIMITS}\)", "any event"),
    ("tile difference in patients with an", r"points \([^)]*\), (?P<n>\d+)/(?P<N>\d+) \(\d+%\) against", "any event active"),
    ("tile difference in patients with an", r"against (?P<n>\d+)/(?P<N>\d+) ", "any event placebo"),
    ("finding adverse-events", rf"(?P<n>\d+)/(?P<N>\d+) \(\d+%\) {ARM}", "any event"),
    ("finding adverse-events", rf"difference (?P<mean>{SIGNED}) points \({LIMITS}\)", "any event"),
    ("finding pain", rf"{ARM} {DIFFERENCE} in session 1", "pain"),
    ("table pain-by-session-1", rf"^1 \| .* \| (?P<mean>{SIGNED}) \| {LIMITS} ", "pain active"),
    ("table pain-by-session-2", rf"^1 \| .* \| (?P<mean>{SIGNED}) \| {LIMITS} ", "pain placebo"),
    ("finding mood", rf"HIT-6 active (?P<active>{SIGNED}) and placebo (?P<placebo>{SIGNED})", "HIT-6"),
    ("table scores", rf"^days 1-28 \| HIT-6 \| active \| [^|]* \| (?P<active>{SIGNED}) ", "HIT-6"),
    ("table scores", rf"^days 1-28 \| HIT-6 \| placebo \| [^|]* \| (?P<placebo>{SIGNED}) ", "HIT-6"),
    ("drawn arms-difference", r"(?P<what>[a-z ]+): active (?P<n>\d+) of (?P<N>\d+) .*?, placebo (?P<m>\d+) of (?P<M>\d+) ", "event"),
    ("table arms", r"^(?P<what>[a-z ]+) \| (?P<n>\d+)/(?P<N>\d+) \| (?P<m>\d+)/(?P<M>\d+) ", "event"),
)  # fmt: skip
#: A part that is the same number as another key's.
SAME = {
    ("fact", "patients"): ("all", "patients"),
    ("event any", "S"): ("all", "sessions"),
    ("event any", "N"): ("all", "patients"),
}


def places(sections: list[Section]) -> list[tuple[str, str]]:
    """Return every text of the page with the name of its place; rows of tables have bars between their cells."""
    found: list[tuple[str, str]] = []
    for section in sections:
        found.append((f"finding {section.name}", section.finding))
        for block in section.blocks:
            if isinstance(block, Words):
                found.append((f"words {section.name}", block.text))
            elif isinstance(block, Drawing):
                found += [drawn(one) for one in (block.svg, block.narrow) if one]
            elif isinstance(block, KeyFigures):
                for tile in block.figures:
                    found.append((f"tile {tile.label}", f"{tile.value}|{tile.detail}"))
                    found.append((f"label {tile.label}", tile.label))
                    found += [drawn(one) for one in tile.svg]
            elif isinstance(block, TableBlock):
                cells = block.table.frame.assign(**block.table.texts())
                names = list(block.table.texts())
                names[1:1] = [block.table.groups] if block.table.name == "scores" else []
                rows = cells[names].astype(str).agg(" | ".join, axis=1)
                found += [(f"table {block.table.name}", row) for row in rows]
    return found


def drawn(svg: str) -> tuple[str, str]:
    name = re.search(r'id="([a-z0-9-]+?)(?:-narrow)?-figure_1"', svg)
    assert name, svg[:300]
    return f"drawn {name[1]}", alternative(svg)


def collect(
    sections: list[Section], written: tuple[tuple[str, str, str], ...] = WRITTEN
) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Return key and part -> number as written -> its places."""
    found: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    used = set()
    for place, text in places(sections):
        for where, pattern, key in written:
            if not place.startswith(where):
                continue
            for match in re.finditer(pattern, text):
                used.add(pattern)
                parts = {name: value for name, value in match.groupdict().items() if value is not None}
                of = " ".join([key, *(parts.pop(name) for name in ("at", "what") if name in parts)])
                if "size" in parts:
                    parts["mean"] = f"-{parts.pop('size')}"
                for part, value in parts.items():
                    at = SAME.get((of, part), (of, part))
                    found[at][value.replace(MINUS, "-").removeprefix("+")].add(place)
    assert {pattern for _, pattern, _ in written} == used, "each way of writing is still on the page"
    return found


def contradictions(
    found: dict[tuple[str, str], dict[str, set[str]]],
) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Return the keys whose numbers differ by more than the decimals that they are written with."""
    return {key: dict(values) for key, values in found.items() if not _one([*values])}


def _one(values: list[str]) -> bool:
    decimals = [len(value.partition(".")[2]) for value in values]
    fewest = 10 ** -min(decimals)
    numbers = [float(value) for value in values]
    return max(numbers) - min(numbers) <= fewest / 2 * (len(set(decimals)) > 1) + 1e-9


def test_a_number_with_one_key_has_one_value(sections) -> None:
    found = collect(sections)
    several = {key for key, values in found.items() if len(set().union(*values.values())) > 1}
    assert len(several) > 100, "the page says most of its results more than once"
    assert contradictions(found) == {}


def test_with_arms_the_same_words_carry_the_same_number(arms_sections) -> None:
    found = collect(arms_sections, OF_ARMS)
    assert contradictions(found) == {}
    several = {key for key, values in found.items() if len(set().union(*values.values())) > 1}
    assert {
        ("contrast", "mean"),
        ("adjusted", "mean"),
        ("any event", "mean"),
        ("pain active", "mean"),
    } <= several
    differ = found["contrast", "mean"], found["adjusted", "mean"]
    assert set(differ[0]) != set(differ[1]), "two numbers, each with its own words"
    for place, text in places(
        arms_sections
    ):  # and no other difference in change without words for which it is
        for match in re.finditer(
            rf"[^.;|]*difference[^.;|]* change[^.;|]*?{SIGNED} \({LIMITS}\)", text, re.IGNORECASE
        ):
            assert re.search("mean change|difference of means|at the same baseline|all patients", match[0]), (
                place
            )


@pytest.mark.parametrize(
    ("label", "true", "wrong"), [("change in", "n = 58", "n = 57"), ("of patients had", "143/159", "142/159")]
)
def test_a_tile_that_says_another_number_is_found(sections, label, true, wrong) -> None:
    first, *others = sections

    def changed(tile: KeyFigure) -> KeyFigure:
        assert not tile.label.startswith(label) or true in tile.detail
        return (
            replace(tile, detail=tile.detail.replace(true, wrong)) if tile.label.startswith(label) else tile
        )

    blocks = [
        replace(block, figures=tuple(map(changed, block.figures))) if isinstance(block, KeyFigures) else block
        for block in first.blocks
    ]
    assert contradictions(collect([replace(first, blocks=tuple(blocks)), *others]))
