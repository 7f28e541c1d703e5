"""Missing days: how many of them must have been headache days before the conclusion changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from outcomes.models.headache.imputation import Imputations
from outcomes.models.headache.tipping import tipping_point
from outcomes.page.blocks import Block, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.wording import EVENTS, endpoint_words
from outcomes.results import Estimates
from outcomes.tables.numbers import EMPTY, count
from outcomes.tables.sensitivity import tipping_table

__all__ = ["missing_days"]

VERDICTS = {
    (True, True): "a change would no longer be shown",
    (True, False): "still shown: these days could not change it",
    (False, True): "a change would be shown",
    (False, False): "still not shown: these days could not change it",
}
HOLDS = {True: "shown", False: "not shown"}


def missing_days(material: Material) -> list[Block]:
    """Return the tipping point of every period in days."""
    rules = material.study.rules
    if rules.endpoint not in EVENTS:
        return [Words(f"A tipping point in days is not defined for {endpoint_words(rules.endpoint)}.")]
    made = material.imputed_by["mar"]
    if not len(made):
        return [Words(f"The tipping point: no result. {made.status[0].upper()}{made.status[1:]}.")]
    if not made.unrecorded.any():
        return [
            Words(
                "Every patient at risk has a value in every period: the conclusion depends on no missing period."
            )
        ]
    found = {str(visit): tipping_point(made, visit=visit) for visit in made.visits}
    days = endpoint_words(rules.endpoint)
    rows = pd.DataFrame([_row(name, result, made) for name, result in found.items()])
    caption = f"How many of the missing days would have to be {days} to change the conclusion."
    return [Words(_sentence(rows, made, days)), TableBlock(tipping_table(rows, days), caption)]


def _row(period: str, result: Estimates, made: Imputations) -> dict[str, Any]:
    frame, tip = result.to_frame(), result.meta.get("tipping_delta")
    row: dict[str, Any] = {"period": period, "N": len(made.baseline)}
    if "delta" not in frame or frame["delta"].isna().all():
        return row | {
            "n": 0,
            "days": 0,
            "assumed": 0,
            "needed": np.nan,
            "holds": EMPTY,
            "verdict": "nothing is missing",
        }
    start = frame[frame["delta"] == 0].iloc[0]
    holds = bool(start["lower"] > 0 or start["upper"] < 0)
    days = int(result.meta["days_shifted"])
    needed = np.nan if tip is None else float(frame.loc[frame["delta"] == tip, "event_days"].iloc[0])
    possible = 0 <= needed <= days
    counted = {"n": int(start["n"]), "days": days, "assumed": start["event_days"], "needed": needed}
    return row | counted | {"holds": HOLDS[holds], "verdict": VERDICTS[holds, possible]}


def _main(rows: pd.DataFrame) -> int | None:
    """Return the last period with missing values in which at least half of the patients have one."""
    fit = rows.index[(rows["n"] > 0) & (rows["n"] <= rows["N"] / 2)]
    return int(fit[-1]) if len(fit) else None


def _sentence(rows: pd.DataFrame, made: Imputations, days: str) -> str:
    main = _main(rows)
    if main is None:
        return "In every period with a gap, more than half of the patients have no value: what is concluded there rests on the imputation."
    row = rows.loc[main]
    head = (
        f"In {row['period']}, {row['n']} of {count(row['N'], 'patient')} with a baseline have no value. Their {row['days']:,d} days are filled "
        f"with {row['assumed']:,.0f} {days}, as similar patients had; a change is then {row['holds']}."
    )
    if row["verdict"] in (VERDICTS[True, False], VERDICTS[False, False]):
        return f"{head} No possible number of {days} in them would change that."
    gone = made.unrecorded[:, main]
    before = made.baseline[gone].mean() / made.month
    share = row["needed"] / row["days"]
    change = row["needed"] - row["assumed"]
    return (
        f"{head} If {row['needed']:,.0f} of the {row['days']:,d} ({share:.0%}) had been {days}, {abs(change):,.0f} {'more' if change > 0 else 'fewer'} "
        f"than assumed, {row['verdict']}. "
        f"That is {'more' if share > before else 'less'} than the {before:.0%} that the same patients had at their own baseline."
    )
