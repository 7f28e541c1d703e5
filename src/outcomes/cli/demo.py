"""`outcomes demo`: the report of the example study."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from outcomes.cli.words import Json, Out, say
from outcomes.errors import Exit

__all__ = ["demo"]


def demo(out: Out = Path("reports"), as_json: Json = False) -> None:
    """Publish the report of the example study that comes with the package; simulated, so all is shown."""
    from outcomes.publish.request import Request
    from outcomes.publish.runs import publish_report
    from outcomes.publish.subject import InMemory
    from outcomes.study import load_example

    done, _ = publish_report(InMemory(load_example()), out, Request(audience="clinic"))
    print(json.dumps(done.facts()) if as_json else done.report)
    if done.exit_code:
        say("published, but a section could not be made: see the placeholder in the report")
        raise typer.Exit(Exit.INCOMPLETE)
