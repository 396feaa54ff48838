"""stepload run."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .options import HostOption, OnlyOption, ProfileArgument, SetOption

WorkersOption = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="load generator processes on this machine (default: 1, or none if others join)"),
]
ExpectOption = Annotated[int, typer.Option(min=0, metavar="N", help="workers that join from other machines")]
BindOption = Annotated[
    str, typer.Option(metavar="ADDRESS[:PORT]", help="where those can join (default: 127.0.0.1:5557, so this machine alone)")
]
LabelOption = Annotated[list[str], typer.Option("--label", metavar="KEY=VALUE", help="a label for the report")]
FolderOption = Annotated[Path | None, typer.Option(metavar="DIR", help="where to record (default: results/NAME-TIME)")]
NoPdfOption = Annotated[bool, typer.Option("--no-pdf", help="write no PDF; `stepload report` does later")]


def run(
    profile: ProfileArgument,
    host: HostOption = "",
    workers: WorkersOption = None,
    expect_workers: ExpectOption = 0,
    master_bind: BindOption = "",
    only: OnlyOption = "",
    set_: SetOption = [],  # noqa: B006
    label: LabelOption = [],  # noqa: B006
    run_folder: FolderOption = None,
    no_pdf: NoPdfOption = False,
) -> None:
    """Run a test and write its report."""
    from load.commands.crew import crew_of
    from load.commands.running import Wanted, run_test

    crew = crew_of(workers, expect_workers, master_bind)
    command = ["stepload", *sys.argv[1:]]
    raise typer.Exit(run_test(Wanted(profile, host, command, run_folder, crew, set_, only, label, pdf=not no_pdf)))
