"""Items about patients and data: who, when, where from, how many, and how they are protected."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from outcomes.derive.flow import flow
from outcomes.derive.sets import SETS
from outcomes.errors import plural
from outcomes.page.checklist.known import Fact, Known
from outcomes.page.versions import versions
from outcomes.schema.contract import specs
from outcomes.schema.losses import rows_lost

__all__ = ["PATIENTS"]

MONTH_DAYS = 30.4375
#: Tables of the clinic's own record; the others are told by the patients.
RECORDS = ("sessions", "titration", "adverse_events", "laboratory")


def _dates(known: Known) -> Fact:
    sessions, diary = known.study.sessions["start"].dropna(), known.study.diary["date"].dropna()
    parts = [f"sessions {_months(sessions)}"] if len(sessions) else []
    parts += [f"diaries {_months(diary)}"] if len(diary) else []
    sites = known.study.patients["site"].dropna().nunique()
    parts += [plural(sites, "site", "sites")] if sites else []
    kinds = sorted(known.study.sessions["setting"].dropna().unique())
    parts += [f"settings: {', '.join(kinds)}"] if kinds else []
    until = known.study.cutoff
    parts += [f"data up to {until:%Y-%m-%d}"] if until is not None else []
    return Fact(f"{'; '.join(parts)}. Add the setting and its catchment area.", "provenance")


def _months(times: pd.Series) -> str:
    return f"{times.min():%Y-%m} to {times.max():%Y-%m}"


def _eligibility(known: Known) -> Fact:
    rules = known.study.rules
    entry = (
        f"entry with at least {rules.entry_days:g} headache days per {rules.month_days}"
        if rules.entry_days is not None
        else "no entry rule is declared (rules.entry_days)"
    )
    return Fact(
        f"Analysed: treated patients with at least {rules.min_baseline_days} of {rules.baseline_days} "
        f"baseline days recorded; {entry}. Add how patients were found and why others were not included.",
        "who",
    )


def _matching(known: Known) -> Fact:
    return Fact("", "") if known.arms else Fact("Not applicable: one group, no matching.", "", whole=True)


def _sources(known: Known) -> Fact:
    files = known.study.provenance
    named = [f"{row.table} from {row.file}" for row in files.itertuples()] if len(files) else []
    tables = named or [name.replace("_", " ") for name in sorted(known.study.given)]
    return Fact(
        f"{'; '.join(tables)}. Headache days: daily diary. Add the diary (paper, app) and the devices.",
        "provenance; manifest: inputs",
    )


def _size(known: Known) -> Fact:
    text = f"All {known.treated} treated patients in the data; no number was planned in study.toml."
    return Fact(f"{text} Say whether one was planned elsewhere.", "who")


def _stages(known: Known) -> Fact:
    stages = flow(known.study)
    told = [f"{row.stage} {row.patients}" for row in stages.itertuples()]
    return Fact(f"{'; '.join(told)}.", "who", whole=True)


def _reasons(known: Known) -> Fact:
    counted = known.first["set"].value_counts()
    told = [f"{SETS[name]} {counted[name]}" for name in SETS if counted.get(name, 0)]
    rows = int(rows_lost(known.study.flow)["rows"].sum())
    return Fact(
        f"In the first period: {'; '.join(told)}. {plural(rows, 'row was', 'rows were')} not used, "
        "with reasons.",
        "who; data-quality",
        whole=True,
    )


def _diagram(known: Known) -> Fact:
    return Fact("Drawn by oc.plots.flow_diagram(oc.flow(study)).", "")


def _people(known: Known) -> Fact:
    patients = known.study.patients
    parts = []
    if patients["age"].notna().any():
        age = patients["age"].astype("float64")
        parts.append(f"age {age.mean():.1f} (SD {age.std():.1f})")
    if patients["sex"].notna().any():
        parts.append(f"{(patients['sex'] == 'female').sum()} of {patients['sex'].notna().sum()} female")
    base = known.first.loc[known.first["baseline_eligible"], "baseline"].dropna()
    if len(base):
        parts.append(f"baseline {base.mean():.1f} (SD {base.std():.1f}) days, n = {len(base)}")
    return Fact(f"{'; '.join(parts)}." if parts else "", "who", whole=True)


def _without(known: Known) -> Fact:
    patients = known.study.patients
    asked = [
        name for name in ("age", "sex", "diagnosis", "prior_preventives") if patients[name].notna().any()
    ]
    parts = [f"{name.replace('_', ' ')} {patients[name].isna().sum()}" for name in asked]
    missing = int((known.first["baseline_eligible"] & known.first["change"].isna()).sum())
    return Fact(
        f"Without a value: {'; '.join([*parts, f'change in the first period {missing}'])}.", "who", True
    )


def _follow_up(known: Known) -> Fact:
    days = (known.follow_up["end"] - known.follow_up["start"]).dt.total_seconds() / 86_400
    if not len(days):
        return Fact("", "")
    return Fact(
        f"{days.mean() / MONTH_DAYS:.1f} months on average, {days.sum() / 365.25:.1f} patient-years in "
        f"total, to the {'cut-off' if known.study.rules.follow_up == 'cutoff' else 'last contact'}.",
        "adverse-events",
        whole=True,
    )


def _harmonised(known: Known) -> Fact:
    return Fact(
        f"Columns and codes as study.toml maps them to the contract of outcomes {versions()['outcomes']}; "
        f"{len(known.study.findings)} findings are listed with their places.",
        "data-quality; manifest: config, inputs",
        whole=True,
    )


def _privacy(known: Known) -> Fact:
    readers = known.study.reporting
    told = (
        f"counts of people below {readers.smallest_count} are withheld"
        if readers.audience == "external"
        else "the report is for the clinic and withholds nothing"
    )
    return Fact(
        f"Study identifiers only; {told}. Add who holds the data and on what legal basis.", "provenance"
    )


def _instruments(known: Known) -> Fact:
    found = known.study.assessments.groupby("instrument")["patient_id"].agg(["size", "nunique"])
    told = [f"{name} {row['size']} scores of {row['nunique']} patients" for name, row in found.iterrows()]
    return Fact(f"{'; '.join(told)}. Add versions and languages." if told else "", "headache-days")


def _reported(known: Known) -> Fact:
    diary, kinds = known.study.diary, known.study.assessments["instrument"].dropna().nunique()
    text = f"Headache diary: {len(diary)} days of {diary['patient_id'].nunique()} patients"
    return Fact(f"{text}; {plural(kinds, 'questionnaire', 'questionnaires')}.", "who", whole=True)


def _elements(known: Known) -> Fact:
    used = {
        name: int(known.study.table(name)[list(specs(name))].notna().any().sum())
        for name in sorted(known.study.given)
    }
    told = "; ".join(f"{name.replace('_', ' ')} {count}" for name, count in used.items())
    return Fact(f"Columns of the contract in use: {told} (data/schema lists them).", "manifest: inputs", True)


def _records(known: Known) -> Fact:
    given = [name.replace("_", " ") for name in RECORDS if name in known.study.given]
    return Fact(f"{', '.join(given)}." if given else "", "provenance; manifest: inputs", whole=True)


def _diagnoses(known: Known) -> Fact:
    counted = known.study.patients["diagnosis"].value_counts()
    told = [f"{str(name).replace('_', ' ')} {count}" for name, count in counted.items()]
    return Fact(f"{'; '.join(told)}. Add the edition of the criteria." if told else "", "who")


#: Fact of items.csv -> what says it.
PATIENTS: dict[str, Callable[[Known], Fact]] = {
    "dates": _dates,
    "eligibility": _eligibility,
    "matching": _matching,
    "sources": _sources,
    "size": _size,
    "stages": _stages,
    "reasons": _reasons,
    "diagram": _diagram,
    "people": _people,
    "without": _without,
    "follow_up": _follow_up,
    "harmonised": _harmonised,
    "privacy": _privacy,
    "instruments": _instruments,
    "reported": _reported,
    "elements": _elements,
    "records": _records,
    "diagnoses": _diagnoses,
}
