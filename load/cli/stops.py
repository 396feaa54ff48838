"""stepload stops."""

from pathlib import Path
from typing import Annotated

import typer

from .options import RunArgument


def stops(
    run: RunArgument,
    again: Annotated[bool, typer.Option("--again", help="derive the decisions again from the files, and compare")] = False,
) -> None:
    """Show when and why a run stopped, with the numbers."""
    from report.recording.events import RuleState
    from report.recording.run import read_events, read_info
    from report.rules.stop_log import stop_log
    from report.text import moment

    read_info(run)
    events = read_events(run)
    for second, line in stop_log(events):
        print(f"{moment(second):>8}  {line}")
    if not any(isinstance(event, RuleState) for event in events):
        print("no stop rule was armed or fired")
    if again:
        _derive_again(run)


def _derive_again(run: Path) -> None:
    from profiles import UserError
    from report.recording.run import read_run
    from report.recording.run_info import RAW_FILES
    from report.rules.replay import differences, replay

    missing = [name for name in RAW_FILES if not (run / name).exists()]
    if missing:
        raise UserError(f"{run / missing[0]} is missing: without it the decisions can't be derived again")
    recorded = read_run(run)
    changes = replay(run, recorded.profile, recorded.events)
    if differing := differences(recorded.events, changes):
        raise UserError(f"{run}: the files lead to other decisions: {'; '.join(differing)}")
    print(f"the files lead to the same decisions again ({len(changes)} changes of stop rules)")
