"""The order of the commands."""

from typer.testing import CliRunner

from load.cli.main import app


def test_help_lists_the_commands_in_the_order_of_their_use() -> None:
    lines = CliRunner().invoke(app, ["--help"]).output.partition("Commands:")[2].splitlines()
    commands = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    assert commands == ["demo", "new", "check", "run", "suite", "report", "stops", "compare", "worker", "agent"]
    assert not any(line.endswith("...") for line in lines)
