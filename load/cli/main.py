"""The command line: `stepload` and its commands, in the order of their use, one module each.

What a command needs is imported when it runs: `stepload --help` should answer at once.
"""

import sys
from typing import Annotated

import typer

from load.protocol.exits import USER_ERROR
from report.recording.version import VERSION

from . import agent, check, compare, demo, new, report, run, stops, suite, worker

COMMANDS = (
    demo.demo,
    new.new,
    check.check,
    run.run,
    suite.suite,
    report.report,
    stops.stops,
    compare.compare,
    worker.worker,
    agent.agent,
)
"""In the order in which `stepload --help` lists them."""
ITS_OWN_WORDS = {"compare": {"ignore_unknown_options": True}}
"""Commands that take words apart themselves which typer would refuse."""

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
for command in COMMANDS:
    app.command(context_settings=ITS_OWN_WORDS.get(command.__name__))(command)


def main() -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2."""
    try:
        app(prog_name="stepload")
    except Exception as error:
        from profiles import UserError

        if not isinstance(error, UserError):
            raise
        print(f"stepload: {error}", file=sys.stderr)
        sys.exit(USER_ERROR)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"stepload {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="show the version")] = False,
) -> None:
    """Find out how much load an asynchronous job service carries, why it breaks, and write the report."""
