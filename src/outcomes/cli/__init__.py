"""The command line: thin, data on stdout, messages on stderr, never a traceback.

Exit codes: 0 ok; 1 failure; 2 usage or configuration; 3 published, but a section could not be made;
4 data rejected; 11 another run holds the lock; 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outcomes.errors import ArgumentError, OutcomesError

if TYPE_CHECKING:
    from outcomes.study import Study

__all__ = ["app", "main"]

INCOMPLETE, REJECTED, INTERRUPTED = 3, 4, 130

#: Root of typer's errors about the words of a call; typer exports only its children.
USAGE_ERROR: Any = typer.BadParameter.__mro__[2]

CODES = (
    "Exit codes: 0 ok, 1 failure, 2 usage or configuration, 3 published but incomplete, "
    "4 data rejected, 11 another run holds the lock, 130 interrupted."
)

app = typer.Typer(
    name="outcomes",
    help=f"Outcome analytics for headache medicine. {CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
schema_app = typer.Typer(
    help="The published contract of the tables.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(schema_app, name="schema")

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY", help="study.toml, or the folder that holds it")]
Json = Annotated[bool, typer.Option("--json", help="print JSON on stdout, for programs")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="use nothing after this local date")
]


@app.command(epilog="Example: outcomes check my_study/study.toml --json")
def check(study: StudyPath, as_of: AsOf = None, as_json: Json = False) -> None:
    """Check a study: every fault of every row, what is kept, and what it can answer.

    Exits with 4 when a row was rejected.
    """
    from outcomes.report.usability import usability

    checked = _read(study, as_of)
    facts = usability(checked)
    print(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else _check_text(facts))
    rejected = sum(table["rejected"] for table in facts["tables"].values())
    if rejected:
        _say(f"{rejected} row(s) were rejected; correct them in the source, or report without them")
        raise typer.Exit(REJECTED)


@app.command(epilog="Example: outcomes report my_study/study.toml --out reports --as-of 2026-06-30")
def report(
    study: StudyPath,
    out: Annotated[Path, typer.Option("--out", help="folder of all reports")] = Path("reports"),
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Publish the report of a study, all or nothing, and print where it is.

    Rejected rows are left out and stated in the report. Exits with 3 when a section could not be made.
    """
    _publish(_read(study, as_of), out, as_json=as_json)


@app.command(epilog="Example: outcomes demo --out reports")
def demo(
    out: Annotated[Path, typer.Option("--out", help="folder of all reports")] = Path("reports"),
    as_json: Json = False,
) -> None:
    """Publish the report of the example study that comes with the package."""
    from outcomes.study import load_example

    _publish(load_example(), out, as_json=as_json)


@app.command(epilog="Example: outcomes simulate somewhere --patients 60 --seed 1")
def simulate(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="folder to write into; made when it is not there")
    ],
    patients: Annotated[int, typer.Option(min=1, max=100_000, help="number of patients")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="seed of the random numbers")] = 1,
    example: Annotated[
        bool, typer.Option("--example", help="write the example study with its planted faults")
    ] = False,
) -> None:
    """Write a simulated study: its tables as CSV files, a study.toml and the truth behind it."""
    from outcomes.simulate import write_example, write_simulated

    written = write_example(folder) if example else write_simulated(folder, patients=patients, seed=seed)
    for path in written:
        print(path)


@schema_app.command("export", epilog="Example: outcomes schema export data/schema")
def schema_export(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="folder to write into; made when it is not there")
    ],
) -> None:
    """Write the contract: Table Schema JSON, data dictionary, REDCap dictionary, study.toml's JSON schema."""
    from outcomes.config import contract_files

    _write_all(folder, contract_files(), overwrite=True)


@app.command(epilog="Example: outcomes init my_study")
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="folder to write into; made when it is not there")
    ],
) -> None:
    """Write a commented study.toml and empty tables to fill; never over files that are there."""
    from outcomes.config import starter_files

    _write_all(folder, starter_files(), overwrite=False)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    from outcomes.report.interruption import terminable

    try:
        with terminable():
            code = app(arguments, standalone_mode=False)
    except OutcomesError as error:
        _say(f"outcomes: {error}")
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _say("outcomes: interrupted")
        code = INTERRUPTED
    except USAGE_ERROR as error:
        _say(f"outcomes: {error.format_message()}")
        code = 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except Exception as error:  # the last boundary: a value in the message of another package stays inside
        if os.environ.get("OUTCOMES_DEBUG"):
            raise
        _say(f"outcomes: an unexpected {type(error).__name__}; nothing was published")
        _say("set OUTCOMES_DEBUG=1 to see where; the trace may hold patients' values")
        code = 1
    sys.exit(int(code or 0))


def _read(path: Path, as_of: str | None) -> Study:
    from outcomes.study import read_study

    return read_study(path, as_of=as_of)


def _publish(study: Study, out: Path, *, as_json: bool) -> None:
    from outcomes.report.build import build

    built = build(study, out)
    if as_json:
        print(json.dumps({"report": str(built.path), "status": built.status, "sections": built.sections}))
    else:
        print(built.path)
    if built.status != "complete":
        _say("published, but a section could not be made: see the placeholder in the report")
        raise typer.Exit(INCOMPLETE)


def _write_all(folder: Path, files: Mapping[str, str], *, overwrite: bool) -> None:
    there = [name for name in files if (folder / name).exists()]
    if there and not overwrite:
        raise ArgumentError(
            f"{folder} already holds {', '.join(there)}", hint="name an empty folder; nothing was written"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
            print(folder / name)
    except OSError as error:
        raise ArgumentError(
            f"{folder} cannot be written", got=error.strerror or type(error).__name__
        ) from None


def _check_text(facts: dict[str, Any]) -> str:
    """Return what `check` prints for people."""
    lines = [facts["title"], "", "rows                received  accepted  rejected"]
    for name, table in facts["tables"].items():
        lines.append(f"{name:<18}{table['received']:>10}{table['accepted']:>10}{table['rejected']:>10}")
        lines += [f"  rejected: {rows} {reason}" for reason, rows in table["reasons"].items()]
    lines += ["", "patients"]
    lines += [f"{count:>8}  {stage}" for stage, count in facts["patients"].items()]
    lines += ["", "findings" if facts["findings"] else "no findings"]
    for found in facts["findings"]:
        place = f"{found['first_file']}" + (f" row {found['first_row']}" if found["first_row"] else "")
        what = f"{found['table']}: {found['message']} [{found['rule']}]"
        lines.append(f"{found['rows']:>8}  {found['severity']:<8}{what}")
        lines.append(f"{'':10}first: {place}" + (f"; {found['hint']}" if found["hint"] else ""))
    change = facts["change"]
    lines += [
        "",
        f"mean change of {facts['endpoint']}, {change.get('period', 'no period')}: n = {change['n']}",
    ]
    if change.get("estimate") is not None:
        lines[-1] += f" of {change['N']}, {change['estimate']:+.2f}, SD {_shown(change['sd'])}"
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"


def _say(text: str) -> None:
    print(text, file=sys.stderr)
