"""The sheet's small tables: months with acute drugs, sessions, scores, adverse events."""

from __future__ import annotations

import pandas as pd

from outcomes.models.scores.instruments import INSTRUMENTS
from outcomes.schema.rules import Rules
from outcomes.tables.data import plain_table
from outcomes.tables.description import Table
from outcomes.tables.numbers import EMPTY, number

__all__ = ["DAY_ROUNDING", "drugs", "events", "scores", "sessions"]

#: Days per month that come from a division may lack the last digit.
DAY_ROUNDING = 1e-9

#: What a questionnaire is about, for who does not know its name.
ABOUT = {
    "HIT-6": "impact of headache",
    "MSQ": "quality of life",
    "MIDAS": "days lost to headache",
    "PHQ-9": "low mood",
    "PGIC": "change as a whole, 1 is best",
    "NRS": "pain",
}
#: Rows of a table: more do not fit on the page; the last ones are shown.
MOST = 5


def _text(values: pd.Series, digits: int = 0) -> list[str]:
    return [EMPTY if pd.isna(value) else number(float(value), digits) for value in values]


def _beside(values: pd.Series, line: float) -> list[str]:
    """Write days, with a digit where a whole number would contradict the line of overuse."""
    return [
        EMPTY if pd.isna(value) else number(float(value), int(round(value) >= line > value + DAY_ROUNDING))
        for value in values
    ]


def drugs(rows: pd.DataFrame, rules: Rules) -> Table:
    """Return days with acute drugs by month up to the last one with a diary, beside the lines of overuse."""
    kept = rows["acute_medication_days"].notna().iloc[::-1].cummax().iloc[::-1]
    rows = rows[kept].head(MOST + 2)
    text = pd.DataFrame(
        {
            "period": rows["period"].astype("str").replace("baseline", "before"),
            "any": _text(rows["acute_medication_days"]),
            "triptan": _beside(rows["triptan_like_days"], rules.overuse_triptan_like),
            "simple": _beside(rows["simple_analgesic_days"], rules.overuse_simple),
            "over": _over(rows, rules),
        }
    )
    labels = {
        "period": "Month",
        "any": "Any acute drug",
        "triptan": f"Triptan, opioid or mixed (line: {rules.overuse_triptan_like})",
        "simple": f"Simple painkiller (line: {rules.overuse_simple})",
        "over": "At or over a line",
    }
    return plain_table(text, labels, name="sheet-drugs", text_columns=["period", "over"])


def _over(rows: pd.DataFrame, rules: Rules) -> list[str]:
    """Say whether a line is reached; by both kinds together where neither reaches its own."""
    own = rows["triptan_like_days"].ge(rules.overuse_triptan_like - DAY_ROUNDING)
    own |= rows["simple_analgesic_days"].ge(rules.overuse_simple - DAY_ROUNDING)
    yes = own.map({True: "yes", False: "yes, both together"})
    return [
        EMPTY if pd.isna(v) else said if v else "no" for v, said in zip(rows["overuse"], yes, strict=True)
    ]


def sessions(rows: pd.DataFrame) -> Table:
    """Return the last sessions with the dose as given, and pain before and after."""
    rows = rows.sort_values("start").tail(MOST)
    named = rows["substance"].fillna("").str.replace("_", " ")
    dose = [
        EMPTY
        if pd.isna(mg)
        else f"{mg:.0f} mg {substance}".rstrip() + ("" if pd.isna(per) else f" ({per:.2f} mg/kg)")
        for (mg, per), substance in zip(
            rows[["dose_mg", "dose_mg_per_kg"]].to_numpy(float), named, strict=True
        )
    ]
    text = pd.DataFrame(
        {
            "date": rows["start_date"].dt.strftime("%Y-%m-%d"),
            "hours": _text(rows["hours"], 1),
            "dose": dose,
            "before": _text(rows["pain_before"]),
            "after": _text(rows["pain_after"]),
            "stop": rows["stop_reason"]
            .astype("str")
            .str.replace("_", " ")
            .replace({"nan": EMPTY, "<NA>": EMPTY}),
        }
    )
    labels = {
        "date": "Infusion",
        "hours": "Hours",
        "dose": "Dose",
        "before": "Pain before (0-10)",
        "after": "after",
        "stop": "Ended",
    }
    return plain_table(text, labels, name="sheet-sessions", text_columns=["date", "dose", "stop"])


def better(instruments: pd.Series) -> str:
    """Say in which direction a score is better."""
    known = [name for name in instruments.unique() if name in INSTRUMENTS]
    turned = [name for name in known if not INSTRUMENTS[name].lower_is_better]
    return f"Lower is better; for {', '.join(turned)} higher is." if turned else "Lower is better."


def scores(rows: pd.DataFrame) -> Table:
    """Return the first and the last score of each questionnaire."""
    rows = rows.dropna(subset=["score"]).sort_values("date")
    grouped = rows.groupby("instrument", sort=True)
    first, last, times = grouped.first(), grouped.last(), grouped.size()
    names = [f"{name}: {ABOUT[name]}" if name in ABOUT else str(name) for name in first.index]
    text = pd.DataFrame({"name": names})
    for name, part in (("first", first), ("last", last)):
        text[name] = [
            f"{score:g} ({day:%Y-%m-%d})" for score, day in zip(part["score"], part["date"], strict=True)
        ]
    text.loc[times.eq(1).to_numpy(), "last"] = EMPTY
    text = text.head(MOST + 1)
    labels = {"name": "Questionnaire", "first": "First score", "last": "Last score"}
    return plain_table(text, labels, name="sheet-scores", text_columns=["name", "first", "last"])


def events(rows: pd.DataFrame, timezone: str) -> Table:
    """Return the gravest events after the treatment began."""
    order = rows.assign(bad=rows["serious"].fillna(False).astype(bool), grade=rows["grade"].fillna(0))
    rows = order.sort_values(["bad", "grade", "onset"], ascending=[False, False, True], kind="stable").head(
        MOST
    )
    onset = pd.to_datetime(rows["onset"], utc=True).dt.tz_convert(timezone)
    text = pd.DataFrame(
        {
            "date": onset.dt.strftime("%Y-%m-%d").fillna(EMPTY),
            "term": rows["term"].astype("str").str.slice(0, 60),
            "grade": [EMPTY if grade == 0 else f"{grade}" for grade in rows["grade"]],
            "serious": [EMPTY if pd.isna(v) else "yes" if v else "no" for v in rows["serious"]],
            "outcome": rows["outcome"]
            .astype("str")
            .str.replace("_", " ")
            .replace({"nan": EMPTY, "<NA>": EMPTY}),
        }
    )
    labels = {"date": "Began", "term": "What", "grade": "Grade", "serious": "Serious", "outcome": "Outcome"}
    return plain_table(text, labels, name="sheet-events", text_columns=["date", "term", "serious", "outcome"])
