"""A worker that somebody starts: it waits until its master listens, makes sure that this is one, and joins it."""

import os
import socket
import sys
import time
from contextlib import suppress
from typing import NoReturn

from load.protocol.environment import LONE
from profiles import UserError

from .locust_command import JOINING_PATIENCE, joining

GREETING = b"\xff" + bytes(7) + b"\x01\x7f"
"""How ZeroMQ, which Locust's masters speak, greets whoever connects (ZMTP 3, signature): 0xff, eight bytes, an odd one."""
GREETING_PATIENCE = 5.0
"""Seconds in which a master has greeted: its network thread does that however busy the rest is."""


def join(host: str, port: int) -> NoReturn:
    """Become a worker of the master at an address, once it listens there. Raises UserError if that takes too long, or if
    what listens there is something else."""
    _wait_for_master(host, port)
    print(f"joining the run at {host}:{port}", flush=True)
    os.execve(sys.executable, joining(host, port), dict(os.environ, **{LONE: "1"}))


def _wait_for_master(host: str, port: int) -> None:
    told, deadline = False, time.monotonic() + JOINING_PATIENCE
    while True:
        try:
            greeting = _greeting_at(host, port)
            break
        except OSError as error:
            unknown = isinstance(error, socket.gaierror)  # It may be registered only when the master's machine is up.
            reason = "its name does not resolve" if unknown else (error.strerror or str(error)).lower()
            if time.monotonic() > deadline:
                raise UserError(f"--master {host}:{port}: no master listened there for {JOINING_PATIENCE} s: {reason}") from None
        if not told:
            told = True
            print(f"waiting for a master at {host}:{port}, for at most {JOINING_PATIENCE} s (so far: {reason}) …", flush=True)
        time.sleep(0.5)
    if not _is_greeting(greeting):
        what = "it speaks something else" if greeting else f"it said nothing for {GREETING_PATIENCE:.0f} s"
        raise UserError(f"--master {host}:{port}: what listens there is not the master of a run: {what}")


def _greeting_at(host: str, port: int) -> bytes:
    """The first bytes that whoever listens there sends, as many as a greeting has, or what came of it in time. Raises OSError
    where nobody listens, or hangs up without a word: a tunnel does that as long as there is nobody at its other end."""
    said = b""
    with socket.create_connection((host, port), timeout=GREETING_PATIENCE) as connection:
        connection.sendall(GREETING)
        with suppress(TimeoutError):
            while len(said) < len(GREETING):
                more = connection.recv(len(GREETING) - len(said))
                if not more and not said:
                    raise ConnectionResetError("it hung up")
                if not more:
                    break
                said += more
    return said


def _is_greeting(said: bytes) -> bool:
    return len(said) == len(GREETING) and said[0] == GREETING[0] and said[-1] % 2 == 1
