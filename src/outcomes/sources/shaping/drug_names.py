"""Names of acute drugs, also trade names, as the classes of the contract.

The table beside this file holds names that mean one class wherever they are sold (general knowledge, read by
pharmacy names and trade names of English-, German-, French-, Italian- and Spanish-speaking markets). A name
that means different things in different countries is not in it: study.toml says what it is, under values.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import pandas as pd

from outcomes.schema.codelists import CODELISTS

__all__ = ["drug_classes"]

TABLE = Path(__file__).with_name("acute_drugs.csv")
PARTS = r"\s*[+;,|/&]\s*"
#: A strength or a number of pieces, which is no part of a name.
STRENGTH = r"\b\d+(?:[.,]\d+)?\s*(?:x|mg|g|mcg|ug|µg|μg|ml|%)?(?![a-z0-9])"
#: Words for the form of a drug, in the five languages of the table.
FORMS = (
    r"tablets?|tabletten?|tabletas?|tbl|tabs?|caps?|capsules?|kapseln?|comprimes?|comprimidos?|cp|compresse",
    r"nasal|spray|nasenspray|inject|injection|inj|sc|im|iv|pen|supp|suppository|suppositoire|zapfchen",
    r"odt|mlt|lingua|melt|rapidmelt|schmelztabletten?|akut|forte|retard|sodium|hcl|tropfen|gouttes|drops|po",
)


def drug_classes(cells: pd.Series, own: dict[str, str]) -> pd.Series:
    """Return cells in which every known name is its class; other words stay as they are written.

    Parameters
    ----------
    cells : Series of str
        Names, joined by + ; , | / or &.
    own : dict of str to str
        What study.toml says of names; it wins over the table.

    Examples
    --------
    >>> drug_classes(pd.Series(["Sumatriptan 50mg + Dafalgan", "Optalidon", ""]), {}).tolist()
    ['triptan+simple_analgesic', 'Optalidon', '']
    """
    distinct = pd.Series(cells.unique(), dtype="str")
    names = distinct.str.split(PARTS, regex=True).explode().str.strip()
    whole = _plain(names)
    plain = _plain(names.str.casefold().str.replace(STRENGTH, " ", regex=True))
    short = plain.str.replace(rf"\b(?:{'|'.join(FORMS)})\b", " ", regex=True)
    short = short.str.replace(r"\s+", " ", regex=True).str.strip()
    classes = whole.map(_table()).fillna(plain.map(_table())).fillna(short.map(_table()))
    known = {word.casefold() for word in own} | set(CODELISTS["acute_medication"])
    classes = classes.mask(names.str.casefold().isin(known)).fillna(names)
    joined = classes[classes.ne("")].groupby(level=0, sort=False).agg("+".join)
    read = joined.reindex(distinct.index).fillna("").astype("str")
    return cells.map(dict(zip(distinct, read, strict=True))).astype("str")


def _plain(names: pd.Series) -> pd.Series:
    """Return names without case, accents and signs."""
    plain = (
        names.str.casefold()
        .str.replace("ß", "ss")
        .str.normalize("NFKD")
        .str.replace(r"[\u0300-\u036f]", "", regex=True)
    )
    return plain.str.findall(r"[a-z0-9]+").str.join(" ")


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["class"] for row in csv.DictReader(file)}
