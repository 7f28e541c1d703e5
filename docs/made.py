"""Pages that are made when the site is built: the public functions, the commands, the tables, the rules.

Nothing here is written twice: names come from the package, commands from its command line, tables and rules
from their classes. What is made goes to docs/reference/made, which is not kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import outcomes as oc

HERE = Path(__file__).resolve().parent
MADE = HERE / "reference" / "made"

#: What a reader looks for -> names, from the facade `oc`, or with their module.
GROUPS: dict[str, list[str]] = {
    "Read and check a study": [
        "read_study", "load_example", "Study", "validate", "study.Validation", "schema.rules.Rules",
    ],
    "From diary and sessions to days and periods": [
        "courses", "exposure", "days", "periods", "attacks", "burden", "flow", "emergent",
        "event_queries", "follow_up",
    ],
    "What is estimated": ["estimate", "what_if", "schema.estimand.Estimand", "later_periods",
        "later_courses"],
    "Headache days before and after": [
        "means", "change", "paired", "responders", "durability", "Relapse",
        "models.headache.durability.Durability", "still_better", "models.headache.still_better.StillBetter",
    ],
    "Models of headache days": [
        "mmrm", "models.mmrm.MMRMResult", "models.mmrm.Products", "ancova", "counts", "daily",
        "models.stats.regression.Fit", "models.stats.standardised.ResponseFit",
        "models.stats.logistic_gee.LogisticFit",
    ],
    "Mood, speed, subgroups": ["scores", "speed", "subgroups"],
    "Compare arms": ["compare_responders", "compare_arms"],
    "Dose, pain and one patient": [
        "dose_response", "pain_responders", "one_patient", "models.patient.one_patient.OnePatient",
    ],
    "How sure: regression to the mean and missing days": [
        "regression_to_mean", "Entry", "placebo_benchmark", "impute",
        "models.headache.imputation.imputations.Imputations", "tipping_point",
        "tipping_surface",
    ],
    "Repeated looks: `oc.sequential`": [
        "models.stats.sequential.cumulative_looks", "models.stats.sequential.bounded_mean_sequence",
        "models.stats.sequential.mean_sequence",
        "models.stats.sequential.proportion_sequence", "models.stats.sequential.rate_sequence",
        "models.stats.sequential.signal",
    ],
    "Adverse events": [
        "from_adam", "at_risk", "incidence", "rates", "number_needed", "first_events", "cumulative_incidence",
        "event_sessions", "mean_cumulative", "first_or_later",
        "lab_grades", "lab_shift", "liver_signals", "liver_looks", "vital_signs", "session_signs",
        "vital_looks", "within_infusion", "dose_events",
        "safety_data", "safety_tables", "nested_events",
    ],
    "Intervals by themselves: `oc.intervals`": [
        "models.stats.intervals.proportion", "models.stats.intervals.rate",
        "models.stats.intervals.difference", "models.stats.intervals.ratio",
        "models.stats.intervals.odds_ratio", "models.stats.intervals.rate_ratio",
        "models.stats.intervals.mcnemar", "models.stats.intervals.bounded_mean",
    ],
    "Results, tables and the report": ["Estimates", "to_ard", "report_ard", "write_table", "report",
        "patient_sheet", "page.sheet.sheet.PatientSheet"],
    "Past one machine: `oc.scale`": [
        "scale.parting.partition", "scale.analyse.analyse", "scale.results_of_parts.Analysis",
        "models.mmrm.products.products", "models.mmrm.products.Products",
    ],
    "A study of known truth": ["simulate", "study.Simulated", "simulate.tables.simulate_tables"],
    "Errors": ["OutcomesError"],
}  # fmt: skip

#: Public names without a page of their own, and where they are.
ELSEWHERE = {
    "__version__": "the version",
    "plots": "plots.md",
    "tables": "tables of results",
    "scale": "under its group",
    "intervals": "under its group",
    "sequential": "under its group",
}


def make() -> None:
    """Write all made pages anew: a page of a name that is gone would stay otherwise."""
    shutil.rmtree(MADE, ignore_errors=True)
    MADE.mkdir(parents=True)
    for name, text in pages().items():
        (MADE / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Return file name -> text."""
    return {
        "functions.md": functions(),
        "plots.md": plots(),
        "errors_and_columns.md": errors_and_columns(),
        "command_line.md": command_line(),
        "data_dictionary.md": data_dictionary(),
        "study_toml.md": study_toml(),
    }


def functions() -> str:
    """Return the index of the public functions, grouped by what a reader looks for."""
    parts = ["# Functions and results\n\n`import outcomes as oc`; names without a module are `oc.name`.\n"]
    grouped = {name for names in GROUPS.values() for name in names}
    rest = [name for name in oc.__all__ if name not in grouped | set(ELSEWHERE)]
    groups = GROUPS | ({"Further functions": rest} if rest else {})
    parts += [f"## {title}\n\n{_summary(names)}" for title, names in groups.items()]
    tables = __import__("outcomes.tables", fromlist=["__all__"])
    parts.append("## Tables of results\n\n" + _summary(f"tables.{name}" for name in sorted(tables.__all__)))
    return "\n".join(parts)


def plots() -> str:
    """Return the index of the plots."""
    room = __import__("outcomes.plots", fromlist=["__all__"])
    names = [f"plots.{name}" for name in room.__all__ if callable(getattr(room, name)) and name[0].islower()]
    words = (
        "Each takes a result or frame and returns matplotlib's `Axes`. `make docs` draws all of them, each "
        'with its code, in the <a href="../../gallery/index.html">gallery</a>.'
    )
    return f"# Plots\n\n{words}\n\n{_summary(names)}"


def _summary(names: Iterable[str]) -> str:
    listed = "\n".join(f"   outcomes.{name}" for name in names)
    return f"```{{eval-rst}}\n.. autosummary::\n   :toctree: api\n   :nosignatures:\n\n{listed}\n```\n"


def errors_and_columns() -> str:
    """Return the classes of errors and the glossary of columns."""
    from outcomes import errors
    from outcomes.results import COLUMNS

    classes = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]
    rows = [(f"`{kind.__name__}`", kind.__doc__.split("\n")[0], str(kind.exit_code)) for kind in classes]
    lines = [
        "# Errors and columns\n",
        "## Errors\n",
        "All are `outcomes.OutcomesError`: what is wrong, what was got, what is allowed, what to do.\n",
        *_table(("class", "when", "exit code"), rows),
        "\n## Columns of every result\n",
        *_table(("column", "meaning"), [(f"`{name}`", meaning) for name, meaning in COLUMNS.items()]),
    ]
    return "\n".join(lines) + "\n"


def command_line() -> str:
    """Return every command with its arguments and options."""
    import typer

    from outcomes.cli import app
    from outcomes.cli.words import CODES

    lines = [
        "# The command line\n",
        f"Data go to stdout, messages to stderr. {CODES}\n",
    ]
    lines += _commands("outcomes", typer.main.get_command(app))
    return "\n".join(lines) + "\n"


def _commands(path: str, command: Any) -> list[str]:
    inside = getattr(command, "commands", None)
    if inside is not None:
        return [line for name, one in inside.items() for line in _commands(f"{path} {name}", one)]
    rows = []
    for parameter in command.params:
        if parameter.name == "help":
            continue
        option = parameter.param_type_name == "option"
        word = parameter.metavar or parameter.name.upper()
        name = ", ".join(parameter.opts) if option else word
        value = f" {word}" if option and not parameter.is_flag else ""
        default = parameter.default
        shown = (
            ""
            if callable(default) or default in (None, False, "", [], ()) or parameter.required
            else f"`{default}`"
        )
        rows.append((f"`{name}{value}`", parameter.help or "", "yes" if parameter.required else "no", shown))
    text = " ".join((command.help or "").split("\f")[0].split())
    example = f"\n    {command.epilog.removeprefix('Example: ')}\n" if command.epilog else ""
    table = _table(("argument or option", "what", "needed", "default"), rows) if rows else []
    return [f"## {path}\n", f"{text}\n", example, *table, ""]


def data_dictionary() -> str:
    """Return the tables' columns as their classes have them."""
    from outcomes.config import contract_files

    return contract_files()["data_dictionary.md"]


def study_toml() -> str:
    """Return every key of study.toml with its default."""
    from outcomes.config.reporting import Reporting
    from outcomes.config.study_toml import StudyConfig
    from outcomes.schema.rules import Rules
    from outcomes.sources.conventions import TableSource

    lines = [
        "# study.toml\n",
        "An unknown key is an error that names the nearest one. `outcomes init DIR` writes a commented file, "
        "`outcomes schema config` a JSON schema with which an editor completes the keys.\n",
    ]
    for title, model in (
        ("At the top", StudyConfig),
        ("[rules]: definitions and limits", Rules),
        ("[report]", Reporting),
        ("[tables.NAME]: one part for each table", TableSource),
    ):
        fields = [
            item for item in model.model_fields.items() if not hasattr(item[1].annotation, "model_fields")
        ]
        rows = [
            (f"`{field.alias or name}`", field.description or "", _type(field.annotation), _default(field))
            for name, field in fields
        ]
        lines += [f"## {title}\n", *_table(("key", "meaning", "values", "default"), rows), ""]
    return "\n".join(lines) + "\n"


def _type(kind: Any) -> str:
    text = kind.__name__ if isinstance(kind, type) and not getattr(kind, "__args__", ()) else str(kind)
    for module in ("typing.", "datetime.", "pathlib.", "collections.abc."):
        text = text.replace(module, "")
    return f"`{text.replace('NoneType', 'none').replace('None', 'none')}`"


def _default(field: Any) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    return "" if value is None or value in ("", (), [], {}) else f"`{value}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return [line(head), line("---" for _ in head), *map(line, rows)]
