"""Asking the target, when all is measured, to give up the jobs that the run gave up, so that the next run doesn't begin with
them."""

import time
from collections.abc import Callable, Iterable

import gevent
from gevent.pool import Pool

from .life import Life

AT_ONCE = 20
"""Cancellations out at once."""
PATIENCE = 5.0
"""Seconds for all of them together."""


def cancel_all(lives: Iterable[Life], cancel: Callable[[Life], None], wanted: Callable[[], bool]) -> None:
    """Cancel each job, for as long as that is `wanted` and at most PATIENCE seconds; returns when none is out any more."""
    pool, deadline = Pool(AT_ONCE), time.monotonic() + PATIENCE
    for life in lives:
        pool.wait_available(max(0.0, deadline - time.monotonic()))
        if time.monotonic() >= deadline or not wanted():
            break
        pool.spawn(cancel, life)
    while len(pool) and time.monotonic() < deadline and wanted():
        gevent.sleep(0.02)
    pool.kill()
