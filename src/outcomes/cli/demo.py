"""`outcomes demo`: the report of the example study."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from outcomes.cli.words import INCOMPLETE, Json, Out, say

__all__ = ["demo"]


def demo(out: Out = Path("reports"), as_json: Json = False) -> None:
    """Publish the report of the example study that comes with the package; simulated, so all is shown."""
    from outcomes.publish.report import build
    from outcomes.study import load_example

    built = build(load_example(), out)
    facts = {"report": str(built.path), "status": built.status, "sections": built.sections}
    print(json.dumps(facts) if as_json else built.path)
    if built.status != "complete":
        say("published, but a section could not be made: see the placeholder in the report")
        raise typer.Exit(INCOMPLETE)
