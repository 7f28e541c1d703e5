"""The page on data quality: what is complete, what was found, what it costs, and what to ask the site."""

from __future__ import annotations

import pandas as pd

from outcomes.derive.days import days
from outcomes.page.blocks import Block, Drawing, Section, TableBlock, Words
from outcomes.page.html import quality_html
from outcomes.page.quality.diary_keeping import completeness, costs, entry_lag, heaping, weekdays
from outcomes.page.quality.queries import query_list
from outcomes.plots.diary_calendar import diary_calendar
from outcomes.plots.recording import recording
from outcomes.plots.style import untouched_settings
from outcomes.plots.svg import svg
from outcomes.schema.losses import rows_lost
from outcomes.study import Study
from outcomes.tables.data import plain_table, row_flow_table
from outcomes.tables.numbers import count

__all__ = ["quality_page"]

#: Months, queries and calendars beyond these are in the CSV file, or in a patient's own sheet.
MONTHS, QUERIES = 36, 200
#: Sites that have a column each.
SITES = 6
#: Days before and after the first infusion that are drawn.
BEFORE, AFTER = 90, 400


def quality_page(study: Study, *, with_values: bool = False) -> str:
    """Return the page as HTML, for the clinic: it names files, rows and, on request, values.

    Parameters
    ----------
    study : Study
        A checked study.
    with_values : bool
        Show in the list of queries what stands in the cells.
    """
    with untouched_settings():
        sections = [_used(study), _complete(study), _kept(study), _found(study), _queries(study, with_values)]
    waived = study.alarms.query("waived != ''")
    opening = [
        f"{table}.{column} is declared wrongly and waived: {reason}"
        for table, column, reason in zip(waived["table"], waived["column"], waived["waived"], strict=True)
    ]
    rules = (
        study.findings.query("waived != ''").groupby(["table", "rule", "waived"], sort=False)["count"].sum()
    )
    opening += [
        f"{count(int(number), 'finding')} of {rule} in {table} asked no more: {reason}"
        for (table, rule, reason), number in rules.items()
    ]
    return quality_html(study, sections, opening)


def _used(study: Study) -> Section:
    lost = int(rows_lost(study.flow)["rows"].sum())
    cells = int(study.cells["blanked"].sum())
    said = f"{count(lost, 'row')} and {count(cells, 'cell')} are not used."
    blocks: list[Block] = [Words(said), TableBlock(row_flow_table(study.flow), "Rows of each table.")]
    title = "Everything is used" if not lost + cells else "What is not used"
    return Section("used", title, tuple(blocks))


def _complete(study: Study) -> Section:
    by_month, by_day = completeness(study), weekdays(study)
    recorded = int(by_day["recorded"].sum())
    title = f"{100 * recorded / max(by_day['due'].sum(), 1):.0f}% of the diary days are recorded"
    blocks: list[Block] = []
    known = days(study).dropna(subset=["day", "headache"])
    if len(known):
        span = (max(int(known["day"].min()), -BEFORE), min(int(known["day"].max()), AFTER))
        drawn = recording(known, span=span)
        blocks.append(Drawing(svg(drawn, name="recording"), "One row per patient, one cell per day."))
        drawn = diary_calendar(known, patient=_emptiest(study))
        blocks.append(
            Drawing(svg(drawn, name="calendar"), "The diary with the most days missing, as a calendar.")
        )
    table, labels, texts = _by_month(by_month)
    blocks.append(TableBlock(plain_table(table, labels, name="months", text_columns=texts), _DUE))
    labels = {"weekday": "Weekday", "due": "Days due", "recorded": "Recorded", "percent": "%"}
    weekend = by_day.iloc[5:]["recorded"].sum() / max(by_day.iloc[5:]["due"].sum(), 1)
    week = by_day.iloc[:5]["recorded"].sum() / max(by_day.iloc[:5]["due"].sum(), 1)
    blocks.append(Words(f"Recorded: {100 * weekend:.0f}% of weekend days, {100 * week:.0f}% of the others."))
    table = _percent(by_day)
    blocks.append(
        TableBlock(plain_table(table, labels, name="weekdays", text_columns=["weekday"]), "By weekday.")
    )
    return Section("complete", title, tuple(blocks))


_DUE = "Percentage of due diary days that were recorded; every day from a patient's first to last is due."


def _by_month(by: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str], list[str]]:
    """Return a row per month and a column per site; a row each where there are many sites."""
    by = by.assign(told=by["percent"].map("{:.0f}% of ".format) + by["due"].astype("str"))
    if by["site"].nunique() > SITES:
        labels = {"site": "Site", "month": "Month", "told": "Recorded"}
        return by[list(labels)].tail(MONTHS), labels, ["site", "month"]
    wide = by.pivot_table(index="month", columns="site", values="told", aggfunc="first").fillna("")
    labels = {"month": "Month"} | {f"site {n}": str(name) for n, name in enumerate(wide.columns)}
    return wide.set_axis(list(labels)[1:], axis=1).reset_index().tail(MONTHS), labels, ["month"]


def _emptiest(study: Study) -> str:
    """Return the patient with most days missing between the first and the last."""
    by = study.diary.groupby("patient_id")["date"].agg(["min", "max", "nunique"])
    missing = (by["max"] - by["min"]).dt.days + 1 - by["nunique"]
    return str(missing.idxmax())


def _kept(study: Study) -> Section:
    lag, rounded = entry_lag(study), heaping(study)
    blocks: list[Block] = []
    if lag["of"].max():
        table = lag.assign(percent=100 * lag["days"] / lag["of"])
        labels = {"lag": "Entered", "days": "Days", "of": "Of", "percent": "%"}
        blocks.append(
            TableBlock(plain_table(_percent(table), labels, name="lag", text_columns=["lag"]), _LAG)
        )
    else:
        blocks.append(
            Words("No diary day records when it was entered, so it is not known how late entries are.")
        )
    if len(rounded):
        labels = {
            "column": "Column",
            "what": "Counted as round",
            "round": "Round",
            "of": "Of",
            "percent": "%",
        }
        texts = ["column", "what"]
        blocks.append(
            TableBlock(plain_table(_percent(rounded), labels, name="round", text_columns=texts), _ROUND)
        )
    return Section("kept", "How the diary is kept", tuple(blocks))


_LAG = "Days between the day itself and its entry, in the clinic's time zone."
_ROUND = "Round numbers among those above 0; many of them suggest answers from memory."


def _found(study: Study) -> Section:
    found = costs(study)
    if not len(found):
        return Section("found", "The checks found nothing", (Words("No row has a finding."),))
    labels = {
        "table": "Table",
        "message": "Finding",
        "rule": "Rule",
        "findings": "Findings",
        "rows_lost": "Rows lost",
        "cells_lost": "Cells lost",
        "patients": "Patients",
    }
    texts = ["table", "message", "rule"]
    blocks: list[Block] = [
        TableBlock(plain_table(found[list(labels)], labels, name="costs", text_columns=texts), _COST)
    ]
    by = study.findings_by_patient.fillna({"site": "not said", "month": "not said"})
    by = by.groupby(["site", "month", "severity"])["count"].sum().unstack(fill_value=0)  # noqa: PD010
    by = by.reindex(columns=["error", "warning"], fill_value=0).reset_index().tail(MONTHS)
    labels = {"site": "Site", "month": "Month", "error": "Errors", "warning": "Warnings"}
    table = plain_table(by, labels, name="sites", text_columns=["site", "month"])
    blocks.append(TableBlock(table, "Findings by site and month of the row."))
    return Section("found", f"What was found, and what it costs: {count(len(found), 'kind')}", tuple(blocks))


_COST = (
    "The most costly first: rows that no result uses, cells left blank, and the patients they belong to. "
    "A row that breaks several rules counts under each."
)


def _queries(study: Study, with_values: bool) -> Section:
    listed = query_list(study, with_values=with_values)
    names = [
        "site",
        "file",
        "row",
        "column",
        "what_is_wrong",
        "what_to_do",
        *(["value"] if with_values else []),
    ]
    shown = listed.head(QUERIES)[names].astype("object")
    labels = {name: name.replace("_", " ").capitalize() for name in names}
    words = (
        f"The first {QUERIES} of {len(listed):,}; all are in the CSV file." if len(listed) > QUERIES else ""
    )
    told = shown.where(shown.notna(), "").astype("str")
    table = plain_table(told, labels, name="queries", text_columns=names)
    return Section("queries", "Queries for the site", (TableBlock(table, words or "All queries."),))


def _percent(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(percent=frame["percent"].map(lambda share: "" if pd.isna(share) else f"{share:.0f}"))
