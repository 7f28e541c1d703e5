"""The command line: thin, data on stdout, messages on stderr, never a traceback; one command a file."""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
from typing import Annotated, Any

import typer

from outcomes.cli.calibrate import calibrate
from outcomes.cli.check import check
from outcomes.cli.checklist import checklist
from outcomes.cli.contract import schema_app
from outcomes.cli.deidentify import deidentify
from outcomes.cli.demo import demo
from outcomes.cli.export import export
from outcomes.cli.init import init
from outcomes.cli.notebook import notebook
from outcomes.cli.partition import partition
from outcomes.cli.patient import patient
from outcomes.cli.report import report
from outcomes.cli.simulate import simulate
from outcomes.cli.tables import tables
from outcomes.cli.upgrade import upgrade
from outcomes.cli.verify import verify
from outcomes.cli.words import CODES, say
from outcomes.errors import Exit, OutcomesError

__all__ = ["app", "main"]

#: Root of typer's errors about the words of a call; typer exports only its children.
USAGE_ERROR: Any = typer.BadParameter.__mro__[2]
#: Name of typer's error for a call without a command: its message is the help.
NO_COMMAND = "NoArgsIsHelpError"
#: Errors with a sentence of their own; any other is named by its type.
EXPECTED = (OutcomesError, USAGE_ERROR, KeyboardInterrupt, typer.Abort)

#: A run makes many small objects and few cycles: looking for these at Python's rate costs it a twentieth.
SELDOM = (100_000, 50, 100)

app = typer.Typer(
    name="outcomes",
    help=f"Outcome analytics for headache medicine. {CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        from outcomes.page.versions import versions

        print(f"outcomes {versions()['outcomes']}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="print the version"),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


app.command(epilog="Example: outcomes check my_study/study.toml --json")(check)
app.command(epilog="Example: outcomes report my_study/study.toml --out reports --if-changed")(report)
app.command(epilog="Example: outcomes tables my_study/study.toml --out tables --formats docx,xlsx")(tables)
app.command(epilog="Example: outcomes checklist my_study/study.toml --strobe --format markdown")(checklist)
app.command(epilog="Example: outcomes export my_study/study.toml --sdtm my_sdtm")(export)
app.command(epilog="Example: outcomes patient 0003 --study my_study/study.toml --out sheets")(patient)
app.command(epilog="Example: outcomes demo --out reports")(demo)
app.command(epilog="Example: outcomes simulate somewhere --patients 60 --seed 1")(simulate)
app.command(epilog="Example: outcomes init my_study")(init)
app.command(epilog="Example: outcomes notebook 02_headache_days --study my_study/study.toml")(notebook)
app.command(epilog="Example: outcomes partition my_study/study.toml parted")(partition)
app.command(epilog="Example: outcomes calibrate --quick --out calibration")(calibrate)
app.command(epilog="Example: outcomes verify reports/latest")(verify)
app.command(epilog="Example: outcomes upgrade my_study/study.toml --dry-run")(upgrade)
app.command(epilog="Example: outcomes deidentify my_study/study.toml out --key-file key.txt")(deidentify)
app.add_typer(schema_app, name="schema")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    With ``--json`` a command that fails prints one line of JSON, also when its own words were misspelt.
    """
    from outcomes.publish.interruption import terminable

    told = sys.argv[1:] if arguments is None else arguments
    gc.set_threshold(*SELDOM)
    # where its cache of fonts cannot be written it takes a temporary folder, and need not say so each time
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        with terminable():
            code = app(arguments, standalone_mode=False)
        if code == Exit.INTERRUPTED:  # typer made Ctrl-C inside a command into a code
            raise KeyboardInterrupt
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("OUTCOMES_DEBUG") and not isinstance(error, EXPECTED):
            raise
        code = _say_why(error, as_json="--json" in told)
    sys.exit(int(code or 0))


def _say_why(error: BaseException, *, as_json: bool) -> int:
    """Print why a command failed and return its exit code."""
    from outcomes.publish.failed import what_failed

    if isinstance(error, USAGE_ERROR):
        facts: dict[str, Any] = {"status": "failed", "exit_code": int(Exit.USAGE), "error": _usage(error)}
    else:
        facts = what_failed(KeyboardInterrupt() if isinstance(error, typer.Abort) else error)
    if as_json:
        print(json.dumps(facts))
    if isinstance(error, EXPECTED) or getattr(error, "errno", None):  # the system has words of its own
        say(("" if type(error).__name__ == NO_COMMAND else "outcomes: ") + facts["error"])
    else:  # the last boundary: a value in the message of another package stays inside
        say(f"outcomes: {facts['error']}; nothing was published")
        say("set OUTCOMES_DEBUG=1 to see where; the trace may hold patients' values")
    return int(facts["exit_code"])


def _usage(error: Any) -> str:
    """Return what is wrong with the words of a call, and where its help is."""
    message = str(error.format_message())
    context = getattr(error, "ctx", None)
    if type(error).__name__ == NO_COMMAND or context is None:
        return message
    return f"{message.removesuffix('.').removesuffix('?')}. See: {context.command_path} --help"
