"""Dose: how the change goes with the cumulative dose of the course, and why that is no effect of the dose."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.errors import OutcomesError
from outcomes.models.headache.dose import WARNING, dose_response
from outcomes.page.blocks import Block, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.wording import per_month
from outcomes.tables.numbers import count, number
from outcomes.tables.sensitivity import scales_table

__all__ = ["dose"]

CHANGE = "Difference in the change"
COLUMNS = ["scale", "what", "n", "N", "estimate", "lower", "upper", "p_value", "about"]


def dose(material: Material) -> list[Block]:
    """Return the change and the response by cumulative mg/kg; nothing when no course has a dose."""
    if not material.courses["dose_mg_per_kg"].notna().any():
        return []
    unit = per_month(material.study.rules.endpoint, material.study.rules)
    parts, warning = [], ""
    for scale, outcome, form in (
        (f"{CHANGE} of {unit}", "change", "linear"),
        (f"{CHANGE} of {unit}", "change", "quartiles"),
        ("Odds ratio of at least 50% fewer", "responder_50", "linear"),
    ):
        try:
            found = dose_response(material.periods, material.courses, outcome=outcome, form=form)  # type: ignore[arg-type]
        except OutcomesError as error:
            parts.append(pd.DataFrame([{"scale": scale, "what": form, "status": error.what}]))
            continue
        warning = WARNING
        rows = found.to_frame()
        contrast = rows["contrast"] if "contrast" in rows else rows["term"]
        name = contrast.where(contrast != "", rows["term"]).replace({"dose_mg_per_kg": f"by dose, {form}"})
        parts.append(rows.assign(scale=scale, what=name.str.replace(" - ", " against ")))
    rows = pd.concat(parts, ignore_index=True)
    rows["about"] = rows["status"].where(rows["status"] != "ok", "")
    rows = rows.reindex(columns=COLUMNS)
    doses = material.courses.loc[material.courses["course"] == 1, "dose_mg_per_kg"].dropna()
    first = material.change.to_frame().iloc[0]["period"]
    table = scales_table(rows, "Cumulative dose", name="dose-change", about="Status")
    caption = f"Change in {first} by the cumulative dose of the first course, at the same baseline."
    return [TableBlock(table, caption), Words(f"{_sentence(rows, doses)} {warning}")]


def _sentence(rows: pd.DataFrame, doses: pd.Series) -> str:
    low, middle, high = np.quantile(doses.to_numpy(dtype=np.float64), [0, 0.5, 1])
    head = f"{count(len(doses), 'patient')} have a known dose: {number(low)} to {number(high)} mg/kg, median {number(middle)}."
    # the odds of response have a slope too, around 1
    slope = rows[(rows["what"] == "per mg/kg") & rows["scale"].str.startswith(CHANGE)].iloc[:1]
    if not len(slope) or slope["lower"].isna().any():
        return f"{head} A slope along the dose could not be estimated."
    row = slope.iloc[0]
    flat = row["lower"] <= 0 <= row["upper"]
    if flat:
        return f"{head} The change shows no slope along the dose: the interval holds zero."
    return f"{head} Patients with a higher dose had a {'larger' if row['estimate'] < 0 else 'smaller'} fall."
