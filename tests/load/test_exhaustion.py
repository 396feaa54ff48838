"""A generator that is out of file descriptors says so by name, apart from what the target does."""

import os
import resource

from load.transport import HttpClient, Limits
from report.rows import NO_DESCRIPTORS


def test_out_of_file_descriptors() -> None:
    client = HttpClient("http://127.0.0.1:9", Limits(1.0), {})
    assert client.request("GET", "/").error == "connect: connection refused", "the hub has what it needs"
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        reply = client.request("GET", "/")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert (reply.code, reply.error) == (None, NO_DESCRIPTORS)
