"""stepload worker."""

from typing import Annotated

import typer


def worker(
    master: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="the master's address, as its --master-bind says")],
) -> None:
    """Generate load for a run that another machine leads."""
    from load.commands.joining import join
    from load.protocol.addresses import parse_address
    from profiles import UserError

    host, port = parse_address(master, "--master")
    if not port:
        raise UserError(f"--master {master}: no master can listen at port 0")
    join(host, port)
