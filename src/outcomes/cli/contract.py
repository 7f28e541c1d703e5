"""`outcomes schema`: the published contract of the tables and of study.toml."""

from __future__ import annotations

import typer

from outcomes.cli.words import Folder
from outcomes.cli.written import write_all

__all__ = ["schema_app"]

schema_app = typer.Typer(
    help="The published contract of the tables.", no_args_is_help=True, rich_markup_mode=None
)


@schema_app.command("export", epilog="Example: outcomes schema export data/schema")
def export(folder: Folder) -> None:
    """Write the contract: Table Schema JSON, data dictionary, REDCap dictionary, study.toml's JSON schema."""
    from outcomes.config import contract_files

    write_all(folder, contract_files(), overwrite=True)


@schema_app.command("config", epilog="Example: outcomes schema config > study.schema.json")
def config() -> None:
    """Print the JSON schema of study.toml: an editor completes and checks its keys with it."""
    from outcomes.config import contract_files

    print(contract_files()["study.schema.json"], end="")
