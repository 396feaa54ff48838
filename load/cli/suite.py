"""`stepload suite`: its options."""

from pathlib import Path
from typing import Annotated

import typer

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="a suite's file")]
HostOption = Annotated[str, typer.Option("--host", metavar="URL", help="the service, where the suite starts none")]
PhaseOption = Annotated[list[str], typer.Option("--phase", metavar="NAME", help="this phase alone (may be repeated)")]
ScenarioOption = Annotated[list[str], typer.Option("--scenario", metavar="GLOB", help="these scenarios alone, as in 'load_*'")]
LimitOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="the first N scenarios alone")]
RepeatsOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="so many repeats of each, whatever the file says")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="go on with the suite: what is done stays, the rest is made")]
GoOnOption = Annotated[bool, typer.Option("--continue-on-error", help="go on after a run that failed or timed out")]
ListOption = Annotated[bool, typer.Option("--list", help="list the scenarios with their settings, and run nothing")]
FolderOption = Annotated[Path | None, typer.Option(metavar="DIR", help="where to record (default: results/NAME-TIME)")]
LabelOption = Annotated[list[str], typer.Option("--label", metavar="KEY=VALUE", help="a label for each run")]
WorkersOption = Annotated[int, typer.Option(min=1, metavar="N", help="load generator processes for each run")]
NoPdfOption = Annotated[bool, typer.Option("--no-pdf", help="write no PDF; `stepload report` does later")]


def suite(
    file: FileArgument,
    list_: ListOption = False,
    phase: PhaseOption = [],  # noqa: B006
    scenario: ScenarioOption = [],  # noqa: B006
    limit: LimitOption = None,
    repeats: RepeatsOption = None,
    host: HostOption = "",
    workers: WorkersOption = 1,
    resume: ResumeOption = False,
    continue_on_error: GoOnOption = False,
    label: LabelOption = [],  # noqa: B006
    suite_folder: FolderOption = None,
    no_pdf: NoPdfOption = False,
) -> None:
    """Run many scenarios and write one report of all of them."""
    from load.suite.command import Options, list_suite, run_suite

    options = Options(
        phases=tuple(phase),
        scenarios=tuple(scenario),
        limit=limit,
        repeats=repeats,
        host=host,
        folder=suite_folder,
        resume=resume,
        go_on=continue_on_error,
        labels=tuple(label),
        workers=workers,
        pdf=not no_pdf,
    )
    if list_:
        print(list_suite(file, options))
        return
    raise typer.Exit(run_suite(file, options))
