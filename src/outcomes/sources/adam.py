"""Analysis data sets of a trial (ADaM: ADSL, ADAE, ADLB) as the frames that the functions of harm read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from outcomes.errors import DataError, instance_of

__all__ = ["AdamEvents", "from_adam"]

#: Column of the contract -> columns of ADAE, the first that is there.
EVENTS = {"term": ["AEDECOD", "AETERM"], "group": ["AEBODSYS", "AESOC"], "verbatim": ["AETERM"]}
DATES = {"onset": ["ASTDTM", "ASTDT"], "resolved": ["AENDTM", "AENDT"]}
#: CTCAE grades for severity in words (CDISC codelist AESEV), where ADAE has no AETOXGR.
SEVERITY = {"MILD": 1, "MODERATE": 2, "SEVERE": 3}
#: AEREL in words that say no relation.
UNRELATED = {"NONE", "N", "NOT RELATED", "UNLIKELY RELATED"}
#: AEACN -> action of the contract.
ACTIONS = {"DOSE NOT CHANGED": "none", "DOSE REDUCED": "rate_reduced", "DRUG INTERRUPTED": "paused",
           "DRUG WITHDRAWN": "stopped"}  # fmt: skip
#: PARAMCD -> test of the contract.
TESTS = {"ALT": "alt", "AST": "ast", "ALP": "alp", "GGT": "ggt", "BILI": "bilirubin", "CREAT": "creatinine"}


@dataclass(frozen=True, slots=True, eq=False)
class AdamEvents:
    """What `from_adam` makes of a trial.

    Parameters
    ----------
    events : DataFrame
        Treatment-emergent events of treated patients.
    patients : DataFrame
        Treated patients with ``arm``, and ``start, end, first_day`` of treatment.
    laboratory : DataFrame
        Laboratory values for `outcomes.lab_grades`; without rows where no ADLB was given.
    """

    events: pd.DataFrame
    patients: pd.DataFrame
    laboratory: pd.DataFrame


def from_adam(adsl: pd.DataFrame, adae: pd.DataFrame, adlb: pd.DataFrame | None = None) -> AdamEvents:
    """Return the frames of a trial's data sets: nothing has to be renamed for `oc.incidence` and the others.

    Parameters
    ----------
    adsl, adae : DataFrame
        As exported: ``USUBJID``, ``SAFFL``, ``TRT01A``, ``TRTSDT``, ``TRTEDT``; ``USUBJID``, ``TRTEMFL`` and
        the columns of events. Dates may be text (ISO 8601). Every other column stays, MedDRA's too.
    adlb : DataFrame, optional
        ``USUBJID``, ``PARAMCD``, ``AVAL``, ``A1HI`` or ``ANRHI``, ``ADT``.

    Returns
    -------
    AdamEvents
        ``patients``: one row per patient of the safety set. ``events``: its treatment-emergent events with
        ``term`` (AEDECOD, else AETERM), ``group`` (AEBODSYS), ``onset``, ``resolved``, ``grade`` (AETOXGR,
        else AESEV as 1 to 3), ``serious``, ``related``, ``event_id``. ``laboratory``: tests that
        have CTCAE grades.

    Raises
    ------
    DataError
        When a data set lacks a column that is needed, or ADSL has a patient twice.

    Notes
    -----
    An answer that is neither Y nor N is not known: missing, never no. A partial date is missing too.

    Examples
    --------
    >>> import pandas as pd
    >>> adsl = pd.DataFrame({"USUBJID": ["1", "2"], "SAFFL": "Y", "TRT01A": ["A", "B"],
    ...     "TRTSDT": "2014-01-02", "TRTEDT": "2014-02-02"})
    >>> adae = pd.DataFrame({"USUBJID": ["1"], "TRTEMFL": "Y", "AEDECOD": "NAUSEA", "AESER": "N"})
    >>> from_adam(adsl, adae).events[["patient_id", "term", "serious"]]
      patient_id    term  serious
    0          1  NAUSEA    False
    """
    _need("ADSL", adsl, ["USUBJID", "SAFFL", "TRT01A", "TRTSDT", "TRTEDT"])
    _need("ADAE", adae, ["USUBJID", "TRTEMFL"])
    if adsl["USUBJID"].duplicated().any():
        raise DataError(
            "ADSL has a patient twice",
            got=f"{int(adsl['USUBJID'].duplicated().sum())} more rows",
            hint="give one row a patient",
        )
    safe = adsl[adsl["SAFFL"].eq("Y")].reset_index(drop=True)
    start, end = (_dates(safe[column]) for column in ("TRTSDT", "TRTEDT"))
    patients = safe.assign(
        patient_id=safe["USUBJID"], arm=safe["TRT01A"], start=start, end=end, first_day=start
    )
    own = adae[adae["TRTEMFL"].eq("Y") & adae["USUBJID"].isin(safe["USUBJID"])].reset_index(drop=True)
    return AdamEvents(_events(own), patients, _laboratory(adlb))


def _need(name: str, frame: pd.DataFrame, columns: list[str]) -> None:
    instance_of(name.lower(), frame, pd.DataFrame, hint=f"the data set {name} as a frame")
    if absent := [column for column in columns if column not in frame.columns]:
        raise DataError(
            f"{name} lacks columns", got=", ".join(map(str, frame.columns)), allowed=", ".join(absent)
        )


def _dates(column: pd.Series) -> pd.Series:
    """Return whole dates; a partial one is missing."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column
    return pd.to_datetime(column.astype("str"), format="ISO8601", errors="coerce").where(
        column.astype("str").str.len().ge(10)
    )


def _given(column: pd.Series, *, dates: bool) -> pd.Series:
    return _dates(column) if dates else column.mask(column.eq(""))


def _yes_no(column: pd.Series) -> pd.Series:
    return column.map({"Y": True, "N": False}).astype("boolean")


def _events(adae: pd.DataFrame) -> pd.DataFrame:
    made: dict[str, pd.Series] = {"patient_id": adae["USUBJID"]}
    for name, columns in (EVENTS | DATES).items():
        found = [_given(adae[column], dates=name in DATES) for column in columns if column in adae.columns]
        for values in found:  # an event that nobody coded has its own words
            made[name] = made[name].fillna(values) if name in made else values
    if "AESEQ" in adae.columns:
        made["event_id"] = adae["USUBJID"].astype("str") + "-" + adae["AESEQ"].astype("str")
    if "AETOXGR" in adae.columns:
        made["grade"] = pd.to_numeric(adae["AETOXGR"], errors="coerce").astype("Int64")
    elif "AESEV" in adae.columns:
        made["grade"] = adae["AESEV"].map(SEVERITY).astype("Int64")
    if "AESER" in adae.columns:
        made["serious"] = _yes_no(adae["AESER"])
    # a data set without the question has no answer, and the tables say so
    acts = adae["AEACN"] if "AEACN" in adae.columns else pd.Series(None, index=adae.index, dtype="str")
    made["action"] = acts.map(ACTIONS).astype("str")
    if "AEREL" in adae.columns:
        answered = adae["AEREL"].notna() & adae["AEREL"].ne("")
        made["related"] = (~adae["AEREL"].isin(UNRELATED)).astype("boolean").where(answered)
    return adae.assign(**made)


def _laboratory(adlb: pd.DataFrame | None) -> pd.DataFrame:
    columns = ["patient_id", "date", "test", "value", "upper_limit"]
    if adlb is None:
        return pd.DataFrame(columns=columns)
    limit = next((column for column in ("A1HI", "ANRHI") if column in adlb.columns), "A1HI")
    _need("ADLB", adlb, ["USUBJID", "PARAMCD", "AVAL", "ADT", limit])
    graded = adlb[adlb["PARAMCD"].isin(TESTS)].reset_index(drop=True)
    return graded.assign(
        patient_id=graded["USUBJID"],
        date=_dates(graded["ADT"]),
        test=graded["PARAMCD"].map(TESTS),
        value=pd.to_numeric(graded["AVAL"], errors="coerce"),
        upper_limit=pd.to_numeric(graded[limit], errors="coerce"),
    )
