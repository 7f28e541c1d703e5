"""In whose milligrams the doses of a result are given."""

from __future__ import annotations

import pandas as pd

__all__ = ["dose_note", "dose_of"]


def dose_note(doses: pd.DataFrame) -> tuple[str, ...]:
    """Return the note that names the substance of the doses; none where no session names it.

    Parameters
    ----------
    doses : DataFrame
        `outcomes.exposure` or `outcomes.courses`; their column dose_substance is used where it is there.
    """
    of = dose_of(doses)
    return (f"doses and rates are in milligrams{of}",) if of else ()


def dose_of(doses: pd.DataFrame) -> str:
    """Return what follows a unit of dose: ``" of racemic ketamine"``; empty where no session names it.

    Examples
    --------
    >>> dose_of(pd.DataFrame({"dose_substance": ["", "esketamine"]}))
    ' of esketamine'
    """
    named = sorted({*doses["dose_substance"].dropna().unique()} - {""}) if "dose_substance" in doses else []
    return f" of {' and '.join(named).replace('_', ' ')}" if named else ""
