"""stepload agent."""

from typing import Annotated

import typer

AGENT_PORT = 5559
"""Where an agent answers unless told otherwise."""


def agent(
    bind: Annotated[str, typer.Option(metavar="ADDRESS[:PORT]", help="where to answer")] = f"127.0.0.1:{AGENT_PORT}",
    process: Annotated[
        list[str], typer.Option(metavar="NAME=HOW", help="a process: api=port:8000, pid:N, name:TEXT or each:TEXT")
    ] = [],  # noqa: B006
) -> None:
    """Tell a run elsewhere how this machine is doing."""
    from load.protocol.addresses import parse_address
    from load.sampling.agent import parse_processes, serve

    serve(*parse_address(bind, "--bind", AGENT_PORT), parse_processes(process))
