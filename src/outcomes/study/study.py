"""The class of a study: its checked tables, and what was wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.config.queries import Query
from outcomes.config.reporting import Reporting
from outcomes.errors import ArgumentError, one_of
from outcomes.schema.check import Checked, check
from outcomes.schema.declared import checked_waivers, told_columns
from outcomes.schema.estimand import Estimand, changed_estimand
from outcomes.schema.findings import Received
from outcomes.schema.local_time import zone_of
from outcomes.schema.losses import losses_frame
from outcomes.schema.rules import Rules
from outcomes.schema.tables import TABLES
from outcomes.schema.usable import meeting_of, refuse_unusable
from outcomes.study import account
from outcomes.study.located import located
from outcomes.study.received import received_frames
from outcomes.study.settings import Settings, Whole, check_title, day_of, rules_of
from outcomes.study.summary_lines import summary_lines

__all__ = ["Study"]


class Study:
    """The checked tables of one study; nothing in it changes.

    Parameters
    ----------
    diary : DataFrame
        One row per patient and day: at least patient_id, date, headache.
    sessions, patients, titration, adverse_events, assessments, laboratory : DataFrame, optional
        The other tables; sessions, or patients with index_date, is needed.
    rules : Rules or mapping, optional
        Definitions and limits that differ from the defaults.
    timezone : str
        IANA zone of the clinic.
    cutoff : str, date or Timestamp, optional
        Local date after which nothing is used.
    title : str
        The study's name.
    columns : mapping, optional
        Names of the frames' columns where they are not ours: ``{"diary": {"patient_id": "PatNr"}}``, our name
        first; without the table it holds for every table that has the column.
    reading : mapping, optional
        How the frames' texts are written, by table, with the keys that a table has in study.toml:
        ``{"diary": {"date_format": "%d.%m.%Y", "yes": ["ja"]}}``; without the table for all of them.
    waivers : mapping of str to mapping, optional
        Table -> column -> why the study is used although the column is declared wrongly.

    Raises
    ------
    ArgumentError
        For something that is not a frame, or a name in `columns` or `reading` that is not known.
    SourceError
        When a table lacks a column, or no date of a column can be read: it says which argument reads them.
    DataError
        When there is neither a table of sessions nor an index date, no diary day can be used, or the
        identifiers of two tables never meet.

    Notes
    -----
    Frames of pandas, polars, narwhals, pyarrow and duckdb are taken, typed or as text.

    Examples
    --------
    >>> diary = pd.DataFrame({"patient_id": ["01"], "date": ["2026-01-05"], "headache": ["yes"]})
    >>> patients = pd.DataFrame({"patient_id": ["01"], "index_date": ["2026-01-20"]})
    >>> Study(diary=diary, patients=patients).diary.loc[0, "headache"]
    np.True_
    >>> theirs = diary.rename(columns={"patient_id": "PatNr"}).assign(date="5.1.2026")
    >>> how = {"diary": {"date_format": "%d.%m.%Y"}}
    >>> names = {"diary": {"patient_id": "PatNr"}}
    >>> study = Study(diary=theirs, patients=patients, columns=names, reading=how)
    >>> study.diary.loc[0, "date"]
    Timestamp('2026-01-05 00:00:00')
    """

    __slots__ = ("_checked", "_made", "_received", "_settings", "_small", "_whole", "substances")

    def __init__(
        self,
        *,
        diary: pd.DataFrame,
        sessions: pd.DataFrame | None = None,
        patients: pd.DataFrame | None = None,
        titration: pd.DataFrame | None = None,
        adverse_events: pd.DataFrame | None = None,
        assessments: pd.DataFrame | None = None,
        laboratory: pd.DataFrame | None = None,
        rules: Rules | Mapping[str, object] | None = None,
        timezone: str = "UTC",
        cutoff: str | date | pd.Timestamp | None = None,
        title: str = "Study",
        columns: Mapping[str, Any] | None = None,
        reading: Mapping[str, Any] | None = None,
        estimand: Estimand | Mapping[str, object] | None = None,
        waivers: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        timezone = zone_of(timezone)
        check_title(title)
        tables = {
            "patients": patients, "sessions": sessions, "titration": titration, "diary": diary,
            "adverse_events": adverse_events, "assessments": assessments, "laboratory": laboratory,
        }  # fmt: skip
        received = received_frames(tables, rules, timezone=timezone, columns=columns, reading=reading)
        settings = Settings(
            rules=rules_of(rules),
            timezone=timezone,
            cutoff=day_of(cutoff),
            title=title,
            estimand=changed_estimand(Estimand(), estimand),
            waivers=checked_waivers(waivers or {}),
        )
        self._fill(received, settings)

    def _fill(self, received: Mapping[str, Received], settings: Settings, whole: Whole | None = None) -> None:
        self._received, self._settings, self._whole = dict(received), settings, whole
        #: The substances that sessions name: of a part, those that the whole study names.
        self.substances: frozenset[str] = account.substances(received, whole)
        self._made: dict[str, pd.DataFrame] = {}  # see derive.remember
        self._small: Study | None = None  # see small_texts
        self._checked: Checked = check(
            received,
            rules=settings.rules,
            timezone=settings.timezone,
            cutoff=settings.cutoff,
            waivers=settings.waivers,
            part_of=None if whole is None else whole.rows,
            substances=self.substances,
        )
        if whole is None:  # what no study can be without is asked of all parts together
            refuse_unusable((left := self._checked).flow, left.alarms, meeting_of(received), left.findings)

    @classmethod
    def _made_of(
        cls, received: Mapping[str, Received], settings: Settings, whole: Whole | None = None
    ) -> Study:
        """Return the study of tables that have been received already, or of its part with some patients."""
        study = cls.__new__(cls)
        study._fill(received, settings, whole)
        return study

    @property
    def data_until(self) -> pd.Timestamp | None:
        """For a part of a study: the last diary date of the whole; None for a whole study."""
        return None if self._whole is None else self._whole.last_day

    def as_of(self, cutoff: str | date | pd.Timestamp) -> Study:
        """Return the study as it stood at the end of a local date."""
        if cutoff is None:
            raise ArgumentError("as_of needs a date", allowed="YYYY-MM-DD, for instance 2026-06-30")
        return self._made_of(self._received, replace(self._settings, cutoff=day_of(cutoff)), self._whole)

    def with_rules(self, **changes: object) -> Study:
        """Return the same data under other rules: `study.with_rules(migraine_day="reported")`."""
        rules = rules_of(self.rules.model_dump() | changes)
        return self._made_of(self._received, replace(self._settings, rules=rules), self._whole)

    def table(self, name: str) -> pd.DataFrame:
        """Return a copy of the accepted rows of a table; without rows when it was not given."""
        # pandas copies when somebody writes into it: a million rows need not be copied to be read
        accepted = self._checked.accepted[one_of("table", name, TABLES)].copy(deep=False)
        return account.with_words(accepted, self.declared_wrongly)

    @property
    def patients(self) -> pd.DataFrame:
        """The accepted patients."""
        return self.table("patients")

    @property
    def sessions(self) -> pd.DataFrame:
        """The accepted sessions."""
        return self.table("sessions")

    @property
    def titration(self) -> pd.DataFrame:
        """The accepted rows of the pump's log, rates in mg/kg/h."""
        return self.table("titration")

    @property
    def diary(self) -> pd.DataFrame:
        """The accepted diary days."""
        return self.table("diary")

    @property
    def adverse_events(self) -> pd.DataFrame:
        """The accepted adverse events."""
        return self.table("adverse_events")

    @property
    def assessments(self) -> pd.DataFrame:
        """The accepted assessments."""
        return self.table("assessments")

    @property
    def laboratory(self) -> pd.DataFrame:
        """The accepted laboratory values."""
        return self.table("laboratory")

    @property
    def findings(self) -> pd.DataFrame:
        """Everything that is wrong: table, file, row, column, rule, severity, cost, message, ...

        An error costs the row (``row rejected``) or its cell (``cell not used``); a warning costs nothing.
        """
        return self._checked.findings.copy()

    @property
    def findings_by_patient(self) -> pd.DataFrame:
        """The findings of single rows with patient_id, site and month (YYYY-MM) of the row they are in."""
        return located(self._checked.findings, self._received)

    @property
    def flow(self) -> pd.DataFrame:
        """Rows received, accepted and rejected by reason: table, status, reason, rows."""
        return self._checked.flow.copy()

    @property
    def cells(self) -> pd.DataFrame:
        """Filled cells of the accepted rows: table, column, cost, given, used, blanked."""
        return self._checked.cells.copy()

    @property
    def losses(self) -> pd.DataFrame:
        """What is not used: table, column (empty for whole rows), lost, of; nothing when all is used."""
        return losses_frame(self._checked.flow, self._checked.cells)

    def blank_rows(self, table: str, column: str) -> NDArray[np.bool_]:
        """Return which accepted rows of a table had an entry in a column that is not used."""
        lost = self._checked.blanked.get((one_of("table", table, TABLES), column))
        return np.zeros(len(self._checked.accepted[table]), dtype=bool) if lost is None else lost.copy()

    @property
    def alarms(self) -> pd.DataFrame:
        """Columns that are declared wrongly: table, column, cells, decides, waived, message, hint."""
        return self._checked.alarms.copy()

    @property
    def declared_wrongly(self) -> tuple[str, ...]:
        """One sentence for each such column that decides something: every result says it in its status."""
        return told_columns(self._checked.alarms)

    @property
    def rejected(self) -> dict[str, pd.DataFrame]:
        """The rejected rows of each given table as text, with file, row and reason."""
        return {name: frame.copy() for name, frame in self._checked.rejected.items()}

    @property
    def rejected_days(self) -> pd.DataFrame:
        """The patient_id and date of rejected diary rows, where both could be read.

        Such a day had an entry: a diary that stores attacks only must not count it as free of headache.
        """
        return account.rejected_days(self._checked, self._received.get("diary"))

    @property
    def broken_logs(self) -> frozenset[str]:
        """The session_id of pump logs without one of their rows or rates: what is left adds up to no dose."""
        return account.broken_logs(self._checked, self._received.get("titration"))

    @property
    def unread_boluses(self) -> frozenset[str]:
        """The session_id of sessions whose bolus was entered and is not used: it is unknown, and not none."""
        return account.unread_boluses(self)

    @property
    def given(self) -> frozenset[str]:
        """Names of the tables that were given."""
        return frozenset(self._received)

    @property
    def estimand(self) -> Estimand:
        """The primary question: [estimand] of study.toml."""
        return self._settings.estimand

    @property
    def rules(self) -> Rules:
        """The rules by which the study is derived."""
        return self._settings.rules

    @property
    def timezone(self) -> str:
        """IANA zone of the clinic."""
        return self._settings.timezone

    @property
    def cutoff(self) -> pd.Timestamp | None:
        """Local date after which nothing is used, or None."""
        return self._settings.cutoff

    @property
    def title(self) -> str:
        """The study's name."""
        return self._settings.title

    @property
    def note(self) -> str:
        """A sentence that the report prints under the title."""
        return self._settings.note

    @property
    def reporting(self) -> Reporting:
        """The part [report] of study.toml: readers, smallest count, what is kept; or its defaults."""
        return self._settings.reporting

    @property
    def queries(self) -> Mapping[str, Query]:
        """The part [queries] of study.toml: groups of event terms, by name."""
        return dict(self._settings.queries)

    @property
    def config(self) -> Path | None:
        """The study.toml that the study was read from; None for one that was made from frames."""
        return self._settings.config

    @property
    def provenance(self) -> pd.DataFrame:
        """One row per file: table, file, sha256, bytes, rows, lines; empty for a study made from frames.

        Lines are the physical ones of a text file; each of them is accounted for.
        """
        return account.provenance(self._settings.files)

    def summary(self) -> str:
        """Return in a few lines what the study is and the answer to its primary question.

        Returns
        -------
        str
            The title, how far the data go, the rows that are not used, and the sentence of
            `outcomes.estimate`, which the report and the notebooks print too.

        Examples
        --------
        >>> import outcomes as oc
        >>> print(oc.simulate(30, seed=2, months=2).study.summary().splitlines()[0])
        Simulated study, seed 2
        """
        return summary_lines(self)

    def __repr__(self) -> str:
        return account.study_line(self)

    def _repr_html_(self) -> str:
        """Return title, rows of each table and number of findings; no value of a patient."""
        return account.study_card(self)
