"""What a report is of: a study.toml that is read when it is needed, or a study that is in memory already.

The two are the same to everything behind: both say from which files and words a report is made, and both give
the study. So `oc.report`, the command line, a dry run and many sites publish by one road.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from outcomes.errors import ReportError
from outcomes.publish.changed import SERVED, Source, source
from outcomes.publish.request import Request

if TYPE_CHECKING:
    from outcomes.study import Study

__all__ = ["InMemory", "OnDisk", "Subject"]


class Subject(Protocol):
    """What a report is of."""

    @property
    def config(self) -> Path | None:
        """The study.toml, when there is one."""

    def asked(self, request: Request) -> Source | None:
        """Return from which files and words the report is to be made; None: from frames alone."""

    def read(self, asked: Source | None) -> Study:
        """Return the study."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A study.toml, and rules over its own when a report is made again that was made with them."""

    config: Path
    rules: Mapping[str, Any] = field(default_factory=dict)

    def asked(self, request: Request) -> Source:
        """Hash what the report is to be made from; what was asked for belongs to it."""
        return replace(_source(self.config, request, as_of=request.as_of), rules=dict(self.rules))

    def read(self, asked: Source | None) -> Study:
        """Read the study, and hold that its files are those that were hashed."""
        from outcomes.study import read_study

        assert asked is not None, "a study.toml is always hashed"
        study = read_study(self.config, as_of=asked.as_of)
        if _hashes(study, asked) != asked.files:
            raise ReportError(
                "a file of the study changed while it was read",
                hint="wait until it is complete, then run again",
            )
        return study.with_rules(**self.rules) if self.rules else study


@dataclass(frozen=True, slots=True)
class InMemory:
    """A study that somebody holds; where it differs from its study.toml is noted: so it can be made again."""

    study: Study

    @property
    def config(self) -> Path | None:
        """The study.toml that it was read from."""
        return self.study.config

    def asked(self, request: Request) -> Source | None:
        """Hash the study.toml and the files, when they are still those that the study was read from."""
        from outcomes.config import read_config

        study = self.study
        if study.config is None or not study.config.is_file():
            return None
        config = read_config(study.config)
        cutoff = None if study.cutoff is None else study.cutoff.date().isoformat()
        told = None if config.cutoff is None else config.cutoff.isoformat()
        found = _source(study.config, request, as_of=None if cutoff == told else cutoff)
        if found.files != _hashes(study, found):
            return None  # newer files than the study: it cannot be made again from them
        rules = study.rules.model_dump(mode="json")
        before = config.rules.model_dump(mode="json")
        return replace(found, rules={name: value for name, value in rules.items() if value != before[name]})

    def read(self, asked: Source | None) -> Study:
        """Return the study."""
        return self.study


def _source(config: Path, request: Request, *, as_of: str | None) -> Source:
    found = source(config, as_of=as_of, audience=request.audience)
    return replace(found, options=request.options.facts(), smallest_count=request.smallest_count)


def _hashes(study: Study, asked: Source) -> dict[str, Any]:
    """Return the hashes of the files as they were read; what a server gave has none to compare with."""
    read = study.provenance
    served = {name: said for name, said in asked.files.items() if said == SERVED}
    return dict(zip(read["file"], read["sha256"], strict=True)) | served
