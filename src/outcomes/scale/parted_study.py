"""A study whose diary lies in partitions: what needs single days is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from outcomes.derive.estimand_periods import rows_asked, rows_of_part
from outcomes.derive.periods import period_names
from outcomes.derive.remember import patient_by_patient, together
from outcomes.errors import ArgumentError, DataError, InPartitionsError
from outcomes.scale.data_set import Manifest, part_name, read_manifest
from outcomes.scale.read_part import Asked, settings_of_dataset
from outcomes.scale.run import over_parts
from outcomes.scale.work import SMALL, Checks, Task, Work, one_row_a_rule, task
from outcomes.schema.check import Checked, no_rows
from outcomes.schema.contract import empty
from outcomes.schema.declared import alarms_frame, declared_wrongly
from outcomes.schema.findings import Received, findings_frame
from outcomes.schema.tables import TABLES
from outcomes.schema.usable import refuse_unusable
from outcomes.study import Study
from outcomes.study.account import with_words
from outcomes.study.part import PartFacts
from outcomes.study.settings import Settings, Whole

__all__ = ["PartedStudy"]


class PartedStudy(Study):
    """A study of a partitioned data set, with its small tables, and the frames that partitions make.

    Parameters
    ----------
    dataset : Path
        Folder of the data set.
    scheduler : str, optional
        As `outcomes.scale.analyse`.
    asked : Asked
        Up to which date, and under which rules.
    tasks : callable, optional
        The study, of which only the settings are known -> what is made in the first pass over the partitions;
        anything else is made when it is asked for.
    """

    __slots__ = ("_answers", "_asked", "_dataset", "_joined", "_manifest", "_newest", "_scheduler")

    def __init__(
        self,
        dataset: Path,
        scheduler: str | None,
        asked: Asked,
        tasks: Callable[[Study], tuple[Task, ...]] = lambda _: (),
    ) -> None:
        self._dataset, self._scheduler, self._asked = dataset, scheduler, asked
        self._manifest: Manifest = read_manifest(dataset)
        self._answers: dict[Task, Any] = {}
        self._joined: dict[Task, pd.DataFrame] = {}
        self._received = cast("dict[str, Received]", dict.fromkeys(self._manifest.rows))
        self._settings: Settings = settings_of_dataset(dataset, self._manifest, asked)
        if self.rules.follow_up == "cutoff" and self.cutoff is None:
            raise ArgumentError(
                'follow_up = "cutoff" needs a cut-off when the study is in partitions',
                hint="give as_of, or cutoff in study.toml",
            )
        primary = task(rows_of_part, **rows_asked(self.estimand))
        self._run((task("checks"), task("exposure"), task("follow_up"), primary, *tasks(self)))
        self._whole = Whole(self._manifest.rows, self._last_day(), self._asked.substances)
        self.substances = self._asked.substances or frozenset()
        checks: list[Checks] = self._answers.pop(task("checks"))
        self._newest = pd.Series([part.last_day for part in checks]).max()
        self._checked = self._added(checks)
        self._made = {}

    def _run(self, tasks: tuple[Task, ...]) -> None:
        """Ask every partition; once more when the whole is not what a partition took it for."""
        numbers = len(self._manifest.parts)
        while True:
            work = Work(self._dataset, self._manifest, self._asked, tasks)
            found = over_parts(work, numbers, self._scheduler)
            answers = {key: [part[key] for part in found] for key in tasks}
            checks: list[Checks] = answers.get(task("checks"), [])
            if checks:
                _refuse_shared([part.patients for part in checks])
                last = pd.Series([part.last_day for part in checks]).max()
                if self.cutoff is None and not pd.isna(last) and last != self._last_day():
                    self._asked = replace(self._asked, last_day=last)
                    continue
                named = frozenset().union(*(part.substances for part in checks))
                self._asked = replace(self._asked, substances=named)
                if any(part.substances != named for part in checks):
                    continue
            self._answers |= answers
            return

    def _last_day(self) -> pd.Timestamp | None:
        return self._asked.last_day or self._manifest.last

    def _added(self, parts: list[Checks]) -> Checked:
        """Return what the checks left of the whole; refuse a study of which nothing could be said."""
        facts = sum_facts([part.facts for part in parts])
        alarms = declared_wrongly(facts.unread, self._settings.waivers, facts.likeness.alarms())
        rows = self._manifest.rows
        none = [no_rows(name) for name, count in rows.items() if not count]
        faults = [*none, *alarms, *facts.likeness.faults(self.rules)]
        told = {name: self._without_rows(name) for name in rows}
        whole = findings_frame(faults, told, self._settings.waivers)
        found = one_row_a_rule([whole, *(part.findings for part in parts)])
        unused = found["rule"] == "column_not_used"
        found["count"] = found["count"].mask(unused, found["table"].map(rows).clip(lower=1)).astype("int64")
        flow = _flow([part.flow for part in parts])
        frame = alarms_frame(alarms, self._settings.waivers)
        refuse_unusable(flow, frame, facts.meeting, found)
        accepted = {
            name: together([part.tables[name] for part in parts])
            if name in SMALL and name in rows
            else empty(name)
            for name in TABLES
        }
        cells = _summed([part.cells for part in parts], ["table", "column", "cost"])
        return Checked(accepted, {}, found, flow, cells, frame, {}, dict(facts.unread), facts.likeness)

    def _without_rows(self, table: str) -> Received:
        """Return a table without its rows: what a finding on the whole table needs of it."""
        files = tuple(source["file"] for source in self._manifest.sources if source["table"] == table)
        return Received(empty(table), empty(table), pd.DataFrame(columns=["file", "row", "line"]), files)

    def _by_patient(self, key: Task) -> pd.DataFrame:
        """Return the rows of all partitions, patient by patient as one machine has them.

        They are put together once: the page asks for the periods of a study again and again.
        """
        if key not in self._joined:
            rows = patient_by_patient(self._answers[key])
            self._joined[key] = with_words(rows, self.declared_wrongly)
            self._answers[key] = []
        return self._joined[key]

    def from_parts(self, name: str, **options: Any) -> Any:
        """Return a frame that the partitions make, or cross products of them, asked for once.

        Parameters
        ----------
        name : str
            ``periods``, ``exposure``, ``follow_up``, ``flow`` or ``products``.
        **options
            As the function of that name takes them; ``rules`` holds those that differ.
        """
        # With the baseline's rows come all others: one pass over the partitions serves both.
        key = task(name, **options | ({"baseline_as_row": True} if name == "periods" else {}))
        if key not in self._answers:
            self._run((key,))
        if name == "flow":
            return _summed(self._answers[key], ["stage"])
        if name == "products":
            return sum(self._answers[key])
        rows = self._by_patient(key)
        return self._as_one(rows, options) if name == "periods" else rows.copy(deep=False)

    def from_each_part(self, make: Callable[..., Any], **options: Any) -> list[Any]:
        """Return what a function makes of each partition, in their order; asked for once.

        Parameters
        ----------
        make : callable
            A function of a module: the study of a partition, options -> an answer that can be sent.
        **options
            Its options: values that can be hashed.
        """
        key = task(make, **options)
        if key not in self._answers:
            self._run((key,))
        answers: list[Any] = self._answers[key]
        return answers

    def _as_one(self, rows: pd.DataFrame, options: Mapping[str, Any]) -> pd.DataFrame:
        """Return periods in the order, and with the categories, that one machine gives them."""
        if not options["baseline_as_row"]:
            rows = rows[rows["period_number"].to_numpy() > 0].reset_index(drop=True)
        numbers = rows["period_number"].to_numpy(dtype=np.int64)
        rows = rows.assign(period=period_names(numbers, self.rules.month_days))
        if options.get("endpoint") == "all":
            order = rows["endpoint"].map({name: i for i, name in enumerate(rows["endpoint"].unique())})
            rows = rows.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)
        return rows

    def table(self, name: str) -> pd.DataFrame:
        """Return the accepted rows of a small table; the diary and the pump's log stay where they are."""
        if name in ("diary", "titration") and name in self.given:
            raise InPartitionsError(
                f"the rows of {name} stay in their partitions",
                hint="read the patients that you need with oc.read_study",
            )
        return super().table(name)

    @property
    def newest_day(self) -> pd.Timestamp:
        """The last diary date that is used; missing without any."""
        return self._newest

    def as_of(self, cutoff: str | date | pd.Timestamp) -> PartedStudy:
        """Return the study as it stood at the end of a local date; the partitions are asked again."""
        return PartedStudy(self._dataset, self._scheduler, replace(self._asked, as_of=cutoff, last_day=None))

    def with_rules(self, **changes: object) -> PartedStudy:
        """Return the same data under other rules; the partitions are asked again."""
        rules = dict(self._asked.rules or {}) | changes
        return PartedStudy(self._dataset, self._scheduler, replace(self._asked, rules=rules, last_day=None))


def sum_facts(parts: list[PartFacts]) -> PartFacts:
    """Return the facts of all parts, which are at least one."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _flow(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the bookkeeping of rows in its order: table, then received, accepted and the reasons."""
    total = _summed(parts, ["table", "status", "reason"])
    order = {name: i for i, name in enumerate((*TABLES, "received", "accepted", "rejected"))}
    key = total[["table", "status"]].replace(order).assign(reason=total["reason"])
    return total.loc[key.sort_values(["table", "status", "reason"]).index].reset_index(drop=True)


def _summed(frames: list[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Return counts added up, in the order in which their keys come first."""
    rows = pd.concat(frames, ignore_index=True)
    return rows.groupby(keys, sort=False, dropna=False, as_index=False).sum()


def _refuse_shared(parts: list[np.ndarray[Any, Any]]) -> None:
    """Refuse a patient whose rows are in two partitions."""
    number = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    every = pd.Series(np.concatenate(parts))
    double = every.duplicated(keep=False).to_numpy()
    if double.any():
        where = sorted({part_name(part) for part in number[double].tolist()})
        raise DataError(
            f"{where[0]}/diary.parquet: a patient is in two partitions",
            got=f"{int(every[double].nunique())} patients; partitions {', '.join(where[:5])}",
            hint="partition the study again: all rows of a patient belong in one",
        )
