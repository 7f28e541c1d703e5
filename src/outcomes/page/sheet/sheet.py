"""One patient's page: calendar, months, sessions, drugs, scores, events, and what they can and cannot say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

from outcomes.errors import instance_of
from outcomes.page.blocks import Block, Listing, Section, TableBlock, Words
from outcomes.page.html import sheet_page
from outcomes.page.pdf import sheet_pdf
from outcomes.page.picture import picture
from outcomes.page.sheet import sheet_tables, told
from outcomes.page.sheet.record import Record
from outcomes.plots.diary_calendar import diary_calendar
from outcomes.plots.patient_months import patient_months
from outcomes.plots.style import axes_or_new, untouched_settings
from outcomes.study import Study
from outcomes.tables.numbers import count

__all__ = ["PatientSheet", "patient_sheet", "patient_sheets"]

#: Characters of a file's name: a longer id is replaced by a digest of it.
LONGEST = 120
#: Size of the drawings in inches.
WIDE, CALENDAR, MONTHS = 7.2, 1.7, 1.6


@dataclass(frozen=True, slots=True, eq=False)
class PatientSheet:
    """One patient's page.

    Parameters
    ----------
    patient_id : str
        Whose.
    study : Study
           Where it comes from.
    sections : tuple of Section
        What is on it.
    """

    patient_id: str
    study: Study
    sections: tuple[Section, ...]

    @property
    def name(self) -> str:
        """Name of its files without the ending: the study id, in characters that every disk takes."""
        safe = quote(self.patient_id, safe="").replace(".", "%2E")
        if len(safe) > LONGEST:
            safe = hashlib.sha256(self.patient_id.encode()).hexdigest()[:32]
        return f"patient-{safe}"

    @property
    def title(self) -> str:
        """Heading."""
        return f"Headache diary of patient {self.patient_id}"

    @property
    def html(self) -> str:
        """The page as HTML: no script, no request."""
        return sheet_page(self.study, self.title, self.sections)

    def pdf(self) -> bytes:
        """Return the page as tagged PDF; it needs the package typst."""
        return sheet_pdf(self.study, self.title, self.sections)

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<PatientSheet of {self.study.title!r}>"


def patient_sheet(study: Study, patient_id: str) -> PatientSheet:
    """Make one patient's page for the consultation.

    Parameters
    ----------
    study : Study
        A checked study.
    patient_id : str
        As in its tables.

    Returns
    -------
    PatientSheet
        ``html`` and ``pdf()``: the diary calendar, the months beside the patient's own baseline and the goal,
        sessions with dose and pain, acute drugs with the thresholds of overuse, scores, adverse events, and
        what the numbers can and cannot say for one person. It is a person's record: it must not leave the
        clinic.

    Raises
    ------
    ArgumentError
        When no table has this patient; no other id is named.
    DataError
        When the patient has no diary day that can be used.

    Examples
    --------
    >>> import outcomes as oc
    >>> made = oc.simulate(12, seed=1, months=2).study
    >>> sheet = patient_sheet(made, made.patients["patient_id"].iloc[0])
    >>> [section.title for section in sheet.sections][:2]
    ['In short', 'The diary']
    """
    instance_of("study", study, Study, hint="read one with oc.read_study")
    record = Record(study)
    record.check(patient_id)
    with untouched_settings():
        return _sheet(record, patient_id)


def patient_sheets(study: Study) -> Iterator[PatientSheet]:
    """Make the sheets of all patients with a diary, one after the other by study id."""
    record = Record(study)
    with untouched_settings():
        for patient in record.with_diary:
            yield _sheet(record, patient)


def _sheet(record: Record, patient: str) -> PatientSheet:
    periods = record.periods(patient)
    rows = None if periods is None else periods.to_frame()
    parts = (
        _in_short(record, patient, rows),
        _diary(record, patient, rows),
        _drugs(record, patient),
        _sessions(record, patient),
        _scores(record, patient),
        _events(record, patient, treated=rows is not None),
        _limits(record, patient),
    )
    return PatientSheet(patient, record.study, tuple(part for part in parts if part is not None))


def _section(name: str, title: str, *blocks: Block) -> Section:
    return Section(name, title, blocks, folds=False)


def _in_short(record: Record, patient: str, rows: pd.DataFrame | None) -> Section:
    text = told.opening(rows, month=record.rules.month_days, goal=record.study.rules.goal_days)
    sessions = record.own(record.exposure, patient)
    text += told.treated_again(sessions.loc[sessions["course"] > 1].groupby("course")["start_date"].min())
    wrong = [Words(f"{words}.") for words in record.study.declared_wrongly]
    return _section("in-short", "In short", *wrong, Words(text))


def _diary(record: Record, patient: str, rows: pd.DataFrame | None) -> Section:
    mine = record.own(record.days, patient)
    axes = diary_calendar(
        mine, patient=patient, ax=axes_or_new(None, width=WIDE, height=CALENDAR),
        sessions=record.exposure, events=record.events, timezone=record.study.timezone,
    )  # fmt: skip
    axes.set_title("")
    blocks: list[Block] = [
        picture(axes, "calendar", "One column per week, one row per weekday; a frame marks an infusion.")
    ]
    if rows is not None and rows["value"].notna().any():
        bars = patient_months(
            rows, ax=axes_or_new(None, width=WIDE, height=MONTHS),
            goal=record.study.rules.goal_days, month=record.rules.month_days,
        )  # fmt: skip
        caption = (
            f"Days with headache per {record.rules.month_days}, of the days with an entry. Line: before "
            "the treatment; dashed: the goal; bracket: what to expect if nothing but time had passed."
        )
        blocks.append(picture(bars, "months", caption))
    return _section("diary", "The diary", *blocks)


def _drugs(record: Record, patient: str) -> Section | None:
    rows = record.own(record.burden, patient)
    if not len(rows) or rows["acute_medication_days"].isna().all():
        return None
    caption = (
        f"Days per {record.rules.month_days} with acute drugs; from the line upwards they may make "
        "headache worse."
    )
    return _section("drugs", "Acute drugs", TableBlock(sheet_tables.drugs(rows, record.study.rules), caption))


def _sessions(record: Record, patient: str) -> Section | None:
    rows = record.own(record.exposure, patient)
    if not len(rows):
        return None
    return _section(
        "sessions", "Infusions", TableBlock(sheet_tables.sessions(rows), _of(len(rows), "infusion"))
    )


def _scores(record: Record, patient: str) -> Section | None:
    rows = record.own(record.study.assessments, patient)
    if rows["score"].isna().all():
        return None
    caption = f"First and last score. {sheet_tables.better(rows['instrument'])}"
    return _section("scores", "Questionnaires", TableBlock(sheet_tables.scores(rows), caption))


def _events(record: Record, patient: str, *, treated: bool) -> Section:
    if "adverse_events" not in record.study.given:
        return _section(
            "events",
            "Side effects",
            Words("No table of side effects was given; that does not mean there were none."),
        )
    if not treated:
        none = "No treatment is recorded yet, so no event is listed as a side effect of one."
        return _section("events", "Side effects", Words(none))
    rows = record.own(record.events, patient)
    rows = rows[rows["emergent"]]
    if not len(rows):
        return _section("events", "Side effects", Words("None has been recorded since the treatment began."))
    table = TableBlock(sheet_tables.events(rows, record.study.timezone), _of(len(rows), "event"))
    return _section("events", "Side effects", table)


def _of(n: int, word: str) -> str:
    if n <= sheet_tables.MOST:
        return f"{count(n, word)} recorded."
    which = "last" if word == "infusion" else "worst"
    return f"The {sheet_tables.MOST} {which} of {n} {word}s."


def _limits(record: Record, patient: str) -> Section:
    mine = record.own(record.days, patient)
    known = int(mine["headache"].notna().sum())
    possible = (mine["date"].max() - mine["date"].min()).days + 1
    points = told.can_and_cannot(law=bool(record.cohort.laws), complete=100 * known / possible)
    return _section("limits", "What these numbers can and cannot say", Listing(points))
