"""The list of queries for a site: file, row, column and what to do, a line per finding."""

from __future__ import annotations

import pandas as pd

from outcomes.study import Study

__all__ = ["QUERY_COLUMNS", "query_list"]

#: Columns of the list; `value` only on request, for it is a patient's.
QUERY_COLUMNS = (
    "site",
    "table",
    "file",
    "row",
    "line",
    "column",
    "severity",
    "rule",
    "what_is_wrong",
    "what_it_costs",
    "what_to_do",
)
#: Signs by which a spreadsheet takes a text for a formula.
FORMULA = r"^([=+\-@\t\r])"


def query_list(study: Study, *, with_values: bool = False) -> pd.DataFrame:
    """Return one row per finding, by site, file and row.

    Parameters
    ----------
    study : Study
        A checked study.
    with_values : bool
        Add the column `value`: the text of the cell as the site entered it. Such a list is a record of
        patients and goes back to the clinic only.

    Returns
    -------
    DataFrame
        `QUERY_COLUMNS`; a finding of a whole table has neither row nor line.
        No text begins like a formula. What study.toml waives is not asked.
    """
    rows = study.findings_by_patient
    whole = study.findings
    whole = whole[whole["row"].isna()].assign(site=pd.Series(dtype="str"))
    found = pd.concat([whole, rows], ignore_index=True)
    found = found[found["waived"].eq("")]
    renamed = {"message": "what_is_wrong", "cost": "what_it_costs", "hint": "what_to_do", "raw": "value"}
    found = found.rename(columns=renamed)
    found["what_to_do"] = found["what_to_do"].where(found["what_to_do"].ne(""), "correct it in the source")
    found = found.sort_values(["site", "file", "row"], kind="stable", na_position="first", ignore_index=True)
    columns = [*QUERY_COLUMNS, *(["value"] if with_values else [])]
    texts = found[columns].select_dtypes("str").columns
    safe = {name: found[name].str.replace(FORMULA, r"'\1", regex=True) for name in texts}
    return found[columns].assign(**safe)
