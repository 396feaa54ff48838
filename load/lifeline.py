"""Noticing that a process has ended, so that nothing outlives what started it."""

import os
from collections.abc import Callable

import gevent
from gevent.socket import wait_read


def on_process_end(pid: int, act: Callable[[], None]) -> bool:
    """Call `act` when the process ends, zombies included. False where this machine can't see the process."""
    try:
        handle = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return False

    def wait() -> None:
        wait_read(handle)
        os.close(handle)
        act()

    gevent.spawn(wait)
    return True
