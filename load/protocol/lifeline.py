"""Noticing that a process has ended, so that nothing outlives what started it."""

import os
from collections.abc import Callable

import gevent
from gevent.socket import wait_read


def on_process_end(pid: int, act: Callable[[], None]) -> bool:
    """Call `act` when the process of this machine ends, zombies included, or soon if it has. False where that can't be seen."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:  # It ended before we looked.
        gevent.spawn(act)
        return True
    except (AttributeError, OSError):
        return False

    def wait() -> None:
        wait_read(handle)
        os.close(handle)
        act()

    gevent.spawn(wait)
    return True
