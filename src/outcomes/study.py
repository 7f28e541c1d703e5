"""A study: its checked tables, what was wrong with them, and the rules by which they are used."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.config import read_config
from outcomes.config.place import study_file
from outcomes.config.queries import Query
from outcomes.config.reporting import Reporting
from outcomes.errors import (
    ArgumentError,
    ConfigError,
    instance_of,
    named_path,
    one_of,
    suggest,
)
from outcomes.schema.check import Checked, check
from outcomes.schema.declared import check_waivers
from outcomes.schema.estimand import Estimand, changed_estimand
from outcomes.schema.findings import Received
from outcomes.schema.losses import losses_frame
from outcomes.schema.rules import Rules
from outcomes.schema.tables import TABLES
from outcomes.schema.usable import refuse_unusable
from outcomes.sources.arguments import conventions
from outcomes.sources.files import FileFacts, read_files
from outcomes.sources.frames import receive_frame, refuse_unread_dates
from outcomes.sources.interchange import to_pandas
from outcomes.sources.receive import receive

if TYPE_CHECKING:
    from outcomes.simulate import Truth

__all__ = [
    "Simulated",
    "Study",
    "Validation",
    "example_folder",
    "load_example",
    "read_study",
    "simulate",
    "validate",
]

PROVENANCE = ("table", "file", "sha256", "bytes", "rows", "lines")


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
        For something that is no frame, or a name in `columns` or `reading` that is not known.
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

    __slots__ = (
        "_checked",
        "_config",
        "_cutoff",
        "_estimand",
        "_files",
        "_made",
        "_note",
        "_queries",
        "_received",
        "_reporting",
        "_rules",
        "_timezone",
        "_title",
        "_waivers",
    )

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
        timezone = _zone(timezone)
        instance_of("title", title, str, hint="the name of the study")
        tables = {
            "patients": patients,
            "sessions": sessions,
            "titration": titration,
            "diary": diary,
            "adverse_events": adverse_events,
            "assessments": assessments,
            "laboratory": laboratory,
        }
        frames = {
            name: to_pandas(name, frame)
            for name, frame in tables.items()
            if frame is not None or name == "diary"
        }
        sources, received = conventions(frames, columns, reading), {}
        for name, frame in frames.items():
            received[name] = receive_frame(name, frame, timezone=timezone, source=sources[name])
            refuse_unread_dates(name, frame, received[name], sources[name])
        check_waivers(waivers or {})
        self._fill(
            received,
            rules=_rules(rules),
            timezone=timezone,
            cutoff=_day(cutoff),
            title=title,
            estimand=changed_estimand(Estimand(), estimand),
            waivers=waivers,
        )

    def _fill(
        self,
        received: Mapping[str, Received],
        *,
        rules: Rules,
        timezone: str,
        cutoff: pd.Timestamp | None,
        title: str,
        note: str = "",
        files: tuple[FileFacts, ...] = (),
        reporting: Reporting | None = None,
        config: Path | None = None,
        queries: Mapping[str, Query] | None = None,
        estimand: Estimand | None = None,
        waivers: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._estimand = estimand or Estimand()
        self._reporting, self._config = reporting or Reporting(), config
        self._queries = dict(queries or {})
        self._received, self._rules, self._timezone, self._cutoff = dict(received), rules, timezone, cutoff
        self._title, self._note, self._files = title, note, files
        self._made: dict[str, pd.DataFrame] = {}  # see derive.remember
        self._waivers = {table: dict(columns) for table, columns in (waivers or {}).items()}
        self._checked: Checked = check(
            received, rules=rules, timezone=timezone, cutoff=cutoff, waivers=self._waivers
        )
        refuse_unusable(self._checked, received)

    @classmethod
    def _read(cls, received: Mapping[str, Received], **facts: object) -> Study:
        study = cls.__new__(cls)
        study._fill(received, **facts)  # type: ignore[arg-type]
        return study

    def as_of(self, cutoff: str | date | pd.Timestamp) -> Study:
        """Return the study as it stood at the end of a local date."""
        if cutoff is None:
            raise ArgumentError("as_of needs a date", allowed="YYYY-MM-DD, for instance 2026-06-30")
        return self._read(
            self._received,
            rules=self._rules,
            timezone=self._timezone,
            cutoff=_day(cutoff),
            title=self._title,
            note=self._note,
            files=self._files,
            reporting=self._reporting,
            config=self._config,
            queries=self._queries,
            estimand=self._estimand,
            waivers=self._waivers,
        )

    def with_rules(self, **changes: object) -> Study:
        """Return the same data under other rules: `study.with_rules(migraine_day="reported")`."""
        return self._read(
            self._received,
            rules=_rules(self._rules.model_dump() | changes),
            timezone=self._timezone,
            cutoff=self._cutoff,
            title=self._title,
            note=self._note,
            files=self._files,
            reporting=self._reporting,
            config=self._config,
            queries=self._queries,
            estimand=self._estimand,
            waivers=self._waivers,
        )

    def table(self, name: str) -> pd.DataFrame:
        """Return a copy of the accepted rows of a table; without rows when it was not given."""
        # pandas copies when somebody writes into it: a million rows need not be copied to be read
        return self._checked.accepted[one_of("table", name, TABLES)].copy(deep=False)

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
        none = np.zeros(len(self._checked.accepted[table]), dtype=bool)
        return none if lost is None else lost.copy()

    @property
    def alarms(self) -> pd.DataFrame:
        """Columns that are declared wrongly: table, column, cells, decides, waived, message, hint."""
        return self._checked.alarms.copy()

    @property
    def rejected(self) -> dict[str, pd.DataFrame]:
        """The rejected rows of each given table as text, with file, row and reason."""
        return {name: frame.copy() for name, frame in self._checked.rejected.items()}

    @property
    def rejected_days(self) -> pd.DataFrame:
        """The patient_id and date of rejected diary rows, where both could be read.

        Such a day had an entry: a diary that stores attacks only must not count it as free of headache.
        """
        rows = self._rejected_as_read("diary")[["patient_id", "date"]]
        return rows.dropna().drop_duplicates(ignore_index=True)

    @property
    def broken_logs(self) -> frozenset[str]:
        """The session_id of pump logs without one of their rows or rates: what is left adds up to no dose."""
        log = self._checked.accepted["titration"]
        silent = log["rate"].isna() & log["action"].ne("stop").fillna(True)
        lost = self._rejected_as_read("titration")["session_id"]
        return frozenset(lost.dropna()) | frozenset(log.loc[silent, "session_id"].dropna())

    @property
    def unread_boluses(self) -> frozenset[str]:
        """The session_id of sessions whose bolus was entered and is not used: it is unknown, and not none."""
        sessions = self._checked.accepted["sessions"]
        return frozenset(sessions.loc[self.blank_rows("sessions", "bolus_mg_per_kg"), "session_id"].dropna())

    def _rejected_as_read(self, table: str) -> pd.DataFrame:
        """Return the rejected rows of a table with the values that could be read."""
        received = self._received.get(table)
        if received is None:
            return self._checked.accepted[table].iloc[:0]
        places = self._checked.rejected[table][["file", "row"]]
        position = received.origin.reset_index(names="position").merge(places, on=["file", "row"])["position"]
        return received.frame.loc[position]

    @property
    def given(self) -> frozenset[str]:
        """Names of the tables that were given."""
        return frozenset(self._received)

    @property
    def estimand(self) -> Estimand:
        """The primary question: [estimand] of study.toml."""
        return self._estimand

    @property
    def rules(self) -> Rules:
        """The rules by which the study is derived."""
        return self._rules

    @property
    def timezone(self) -> str:
        """IANA zone of the clinic."""
        return self._timezone

    @property
    def cutoff(self) -> pd.Timestamp | None:
        """Local date after which nothing is used, or None."""
        return self._cutoff

    @property
    def title(self) -> str:
        """The study's name."""
        return self._title

    @property
    def note(self) -> str:
        """A sentence that the report prints under the title."""
        return self._note

    @property
    def reporting(self) -> Reporting:
        """The part [report] of study.toml: readers, smallest count, what is kept; or its defaults."""
        return self._reporting

    @property
    def queries(self) -> Mapping[str, Query]:
        """The part [queries] of study.toml: groups of event terms, by name."""
        return dict(self._queries)

    @property
    def config(self) -> Path | None:
        """The study.toml that the study was read from; None for one that was made from frames."""
        return self._config

    @property
    def provenance(self) -> pd.DataFrame:
        """One row per file: table, file, sha256, bytes, rows, lines; empty for a study made from frames.

        Lines are the physical ones of a text file; each of them is accounted for.
        """
        files = pd.DataFrame([asdict(fact) for fact in self._files], columns=list(PROVENANCE))
        return files.astype({"lines": "Int64"})

    def __repr__(self) -> str:
        rows = ", ".join(
            f"{name} {len(self._checked.accepted[name])}" for name in TABLES if name in self.given
        )
        return f"<Study {self._title!r}: {rows}; {len(self._checked.findings)} findings>"

    def _repr_html_(self) -> str:
        """Return title, rows of each table and number of findings; no value of a patient."""
        rows = self._checked.flow.pivot_table(
            index="table", columns="status", values="rows", aggfunc="sum", sort=False, fill_value=0
        ).reindex(columns=["received", "accepted", "rejected"], fill_value=0)
        table = rows.rename_axis(columns=None).reset_index().to_html(index=False, border=0)
        kinds = self._checked.findings.groupby("severity")["count"].sum()
        found = ", ".join(f"{number} {severity}s" for severity, number in kinds.items()) or "none"
        until = f"; nothing after {self._cutoff:%Y-%m-%d} is used" if self._cutoff is not None else ""
        facts = f"findings: {found}; time zone {html.escape(self._timezone)}{until}"
        note = f"<br><small>{html.escape(self._note)}</small>" if self._note else ""
        return f"<div><b>{html.escape(self._title)}</b>{note}{table}<small>{facts}</small></div>"


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """What the checks leave of some tables.

    Parameters
    ----------
    accepted : dict of str to DataFrame
        Rows that stay, in the contract's types; cells with an error are blank.
    rejected : dict of str to DataFrame
        The other rows as text, with file, row and reason.
    findings : DataFrame
        Every fault of every row.
    flow : DataFrame
        Rows received, accepted and rejected by reason.
    cells : DataFrame
        Filled cells of the accepted rows: given = used + blanked.
    """

    accepted: dict[str, pd.DataFrame]
    rejected: dict[str, pd.DataFrame]
    findings: pd.DataFrame
    flow: pd.DataFrame
    cells: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A simulated study and the truth behind it."""

    study: Study
    truth: Truth


def validate(
    tables: Mapping[str, pd.DataFrame],
    *,
    rules: Rules | Mapping[str, object] | None = None,
    timezone: str = "UTC",
    cutoff: str | date | pd.Timestamp | None = None,
) -> Validation:
    """Check tables by themselves and against each other.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Any of patients, sessions, titration, diary, adverse_events, assessments, laboratory; typed or text.
    rules : Rules or mapping, optional
        Definitions and limits that differ from the defaults.
    timezone : str
        IANA zone of times without an offset.
    cutoff : str, date or Timestamp, optional
        Local date after which nothing is used.

    Raises
    ------
    ArgumentError
        For a table that the contract does not have.
    SourceError
        For a table without a column that it needs.

    Examples
    --------
    >>> dates = ["2026-01-05", "2026-02-31"]
    >>> diary = pd.DataFrame({"patient_id": "1", "date": dates, "headache": "no"})
    >>> checked = validate({"diary": diary})
    >>> checked.findings[["row", "column", "rule"]].to_numpy().tolist()
    [[2, 'date', 'bad_date']]
    """
    if not isinstance(tables, Mapping):
        raise ArgumentError(
            "tables is not a mapping", got=type(tables).__name__, allowed='{"diary": frame, ...}'
        )
    if not tables:
        raise ArgumentError("there is no table to check", allowed=", ".join(TABLES))
    timezone, received = _zone(timezone), {}
    for name, frame in tables.items():
        frame = to_pandas(one_of("table", name, TABLES), frame)
        received[name] = receive_frame(name, frame, timezone=timezone)
    ordered = {name: received[name] for name in TABLES if name in received}
    done = check(ordered, rules=_rules(rules), timezone=timezone, cutoff=_day(cutoff))
    return Validation(
        {name: done.accepted[name] for name in ordered},
        done.rejected,
        done.findings,
        done.flow,
        done.cells,
    )


def read_study(path: str | Path, *, as_of: str | date | pd.Timestamp | None = None) -> Study:
    """Read the study that a study.toml describes.

    Parameters
    ----------
    path : str or Path
        The study.toml, or the folder that holds it.
    as_of : str, date or Timestamp, optional
        Local date that replaces the configuration's cut-off.

    Raises
    ------
    ConfigError
        For a study.toml that cannot be used.
    SourceError
        For a file that cannot be read as the table that it should be.
    DataError
        When nothing says when the treatment began, no diary day can be used, or two tables never meet.
    """
    path = study_file(named_path("path", path, hint="a study.toml, or the folder that holds it"))
    config = read_config(path)
    received, files = {}, []
    for table in TABLES:
        source = config.source(table)
        if source is not None:
            raw, facts = read_files(table, source, path.resolve().parent, limits=config.limits)
            received[table] = receive(table, raw, source, timezone=config.timezone)
            files += facts
    return Study._read(
        received,
        rules=config.rules,
        timezone=config.timezone,
        cutoff=_day(as_of if as_of is not None else config.cutoff),
        title=config.title,
        note=config.note,
        files=tuple(files),
        reporting=config.report,
        queries=config.queries,
        config=path.resolve(),
        estimand=config.estimand,
        waivers=config.waivers,
    )


def load_example() -> Study:
    """Return the example study: about 60 simulated patients with every kind of fault planted."""
    return read_study(example_folder())


def example_folder() -> Path:
    """Return the folder of the example study: in the installed package, or in the repository."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "example_data", here.parents[2] / "data" / "example"):
        if (folder / "study.toml").is_file():
            return folder
    raise ConfigError("the example study is not there", hint="install the package again, or make example")


def simulate(patients: int = 200, *, seed: int = 1, **options: Any) -> Simulated:
    """Make a study of known truth; see `outcomes.simulate.simulate_tables` for the options.

    Examples
    --------
    >>> made = simulate(patients=5, seed=1)
    >>> made.study.diary["patient_id"].nunique()
    5
    """
    from outcomes.simulate import simulate_tables

    known = simulate_tables.__kwdefaults__ or {}
    for name in options:
        one_of("an option of simulate", name, known)
    tables, truth = simulate_tables(patients=patients, seed=seed, **options)
    law = truth.parameters
    # who was taken because of a high baseline falls by chance alone: the analysis must know
    rules = {"entry_days": law.headache.entry_days}
    study = Study(**tables, rules=rules, title=f"Simulated study, seed {seed}", timezone=law.timezone)
    return Simulated(study, truth)


def _rules(rules: Rules | Mapping[str, object] | None) -> Rules:
    if rules is None or isinstance(rules, Rules):
        return rules or Rules()
    instance_of("rules", rules, Rules | Mapping, hint='for instance {"min_days": 20}')
    for name in rules:
        one_of("rule", name, Rules.model_fields)
    try:
        return Rules.model_validate(dict(rules))
    except ValueError as error:
        faults = error.errors()  # type: ignore[attr-defined]
        detail = "; ".join(": ".join([*map(str, fault["loc"]), fault["msg"]]) for fault in faults)
        raise ArgumentError("a rule has a value that is not allowed", got=detail) from None


def _zone(name: str) -> str:
    instance_of("timezone", name, str, hint="for instance Europe/Zurich")
    zones = available_timezones()
    if name not in zones:
        near = suggest(str(name), zones)
        raise ArgumentError(
            "timezone is not an IANA name", got=repr(name), allowed="for instance Europe/Zurich", hint=near
        )
    return name


def _day(value: str | date | pd.Timestamp | None) -> pd.Timestamp | None:
    if value is None:
        return None
    try:
        if isinstance(value, str):  # to pandas 01.02.2026 is in January: only ISO is one date to all
            value = date.fromisoformat(value)
        if not isinstance(value, date):
            raise TypeError
        day = pd.Timestamp(value)
    except (TypeError, ValueError):
        raise ArgumentError(
            "the cut-off is not a date", got=repr(value), allowed="YYYY-MM-DD, for instance 2026-06-30"
        ) from None
    if pd.isna(day):
        raise ArgumentError("the cut-off is missing", allowed="a date, or None")
    return day.tz_localize(None).normalize()
