"""A generator that is out of file descriptors says so by name, apart from what the target does."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

import gevent

from load.http.transport import HttpClient, Limits
from load.worker.health import sample_health
from report.recording.rows import NO_DESCRIPTORS, SampleRow


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """In this very process."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_out_of_file_descriptors() -> None:
    client = HttpClient("http://127.0.0.1:9", Limits(1.0), {})
    assert client.request("GET", "/").error == "connect: connection refused", "the hub has what it needs"
    with no_descriptor_left():
        reply = client.request("GET", "/")
    assert (reply.code, reply.error) == (None, NO_DESCRIPTORS)


def test_it_goes_on_to_tell_how_it_does() -> None:
    rows: list[SampleRow] = []
    sampler = gevent.spawn(sample_health, 1, time.monotonic, lambda: 7, rows.append)
    gevent.sleep(0.1)
    with no_descriptor_left():
        while not rows and not sampler.dead:
            gevent.sleep(0.05)
    assert not sampler.dead
    sampler.kill()
    assert {"lag", "beats", "cpu", "jobs"} <= {row.metric for row in rows}
