"""The load generators of a run: how many there are, and where their master listens."""

import ipaddress
import os
import socket
import sys
from dataclasses import dataclass

from load.protocol.addresses import MASTER_PORT, parse_address
from profiles import UserError


@dataclass(frozen=True)
class Crew:
    """The load generators of a run: so many processes here, so many that join from elsewhere at `address`."""

    here: int = 1
    elsewhere: int = 0
    address: tuple[str, int] = ("127.0.0.1", 0)

    @property
    def alone(self) -> bool:
        """Whether one process does it all."""
        return self.here == 1 and not self.elsewhere


ONE_PROCESS = Crew()
"""What generates load unless more is asked for."""


def crew_of(workers: int | None, elsewhere: int, bind: str) -> Crew:
    """The load generators that these options ask for. Raises UserError."""
    if bind and not elsewhere:
        raise UserError(f"--master-bind {bind} without --expect-workers: how many workers will join there?")
    here = workers if workers is not None else 0 if elsewhere else 1
    if not here and not elsewhere:
        raise UserError("--workers 0 without --expect-workers: nobody would generate load")
    return Crew(here, elsewhere, parse_address(bind or f"127.0.0.1:{MASTER_PORT}", "--master-bind")) if elsewhere else Crew(here)


def listening_at(crew: Crew) -> tuple[str, int]:
    """Where the master will listen; said loudly where others can reach it. Raises UserError where it can't."""
    host, port = crew.address
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            port = int(probe.getsockname()[1])
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise UserError(f"--master-bind {host}:{port}: the master can't listen there: {reason}") from None
    if crew.elsewhere:
        more = "1 more worker; start it" if crew.elsewhere == 1 else f"{crew.elsewhere} more workers; start each"
        print(f"waiting for {more} with: stepload worker --master {host}:{port}", flush=True)
    if not ipaddress.ip_address(socket.gethostbyname(host) if ":" not in host else host).is_loopback:
        print(f"WARNING: whoever reaches {host}:{port} can take part in this run and read its profile", file=sys.stderr)
    return host, port
