"""Locust's own statistics, fed in bulk: firing its event for each request would cost more than sending it."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import add

from locust import stats
from locust.env import Environment

from profiles import Profile
from report.recording.rows import JobRow, RequestRow

Measured = tuple[float, float, int]
"""When it began (s since the run's epoch), how long it took (s), and the bytes of the reply."""


class LocustStats:
    """Passes finished requests and jobs on to Locust.

    Requests that failed, and all where somebody else listens to Locust's request event, go the usual way. `epoch` is
    that of the rows' times, in seconds on CLOCK_MONOTONIC.
    """

    def __init__(self, environment: Environment, profile: Profile, epoch: float) -> None:
        self._environment = environment
        self._epoch = epoch + time.time() - time.monotonic()
        self._names = {name: request.split(" ", 1) for name, request in profile.endpoints.items()}

    def requests(self, rows: Sequence[RequestRow]) -> None:
        """Count requests."""
        heard = self._others_listen()
        alike: dict[tuple[str, str], list[Measured]] = {}
        for row in rows:
            _, _, sent, seconds, _, endpoint, kind, _, _, ok, _, size, _ = row
            if heard or not ok:
                self._fire(row)
            else:
                alike.setdefault((endpoint, kind), []).append((sent, seconds, size))
        for (endpoint, kind), measured in alike.items():
            method, name = self._name_of(endpoint, kind)
            counted = self._counted(method, name, measured)
            self._environment.stats.get(name, method).extend(counted)
            self._environment.stats.total.extend(counted)

    def jobs(self, rows: Iterable[JobRow]) -> None:
        """Count jobs, beside the requests and not among them: Locust's total is of requests."""
        alike: dict[str, list[Measured]] = {}
        for row in rows:
            if row.done_before is not None:
                alike.setdefault(row.kind, []).append((row.due, row.done_before - row.due, 0))
        for kind, measured in alike.items():
            self._environment.stats.get(kind, "JOB").extend(self._counted("JOB", kind, measured))

    def _counted(self, method: str, name: str, measured: list[Measured]) -> stats.StatsEntry:
        """All of them added up as Locust would, to be merged by it like a worker's report."""
        began, seconds, sizes = zip(*measured, strict=True)
        times = [each * 1000 for each in seconds]
        ended = [self._epoch + each for each in map(add, began, seconds)]
        counted = stats.StatsEntry(self._environment.stats, name, method)
        counted.num_requests = len(times)
        counted.total_response_time = sum(times)
        counted.min_response_time, counted.max_response_time = min(times), max(times)
        counted.response_times = Counter(map(stats.bucket_response_time, times))
        counted.num_reqs_per_sec = Counter(map(int, ended))
        counted.last_request_timestamp = max(ended)
        counted.total_content_length = sum(sizes)
        return counted

    def _fire(self, row: RequestRow) -> None:
        method, name = self._name_of(row.endpoint, row.kind)
        self._environment.events.request.fire(
            request_type=method,
            name=name,
            response_time=row.seconds * 1000,
            response_length=row.bytes,
            exception=None if row.ok else row.error,
            context={},
        )

    def _name_of(self, endpoint: str, kind: str) -> tuple[str, str]:
        method, name = self._names[endpoint]
        return method, f"{name} ({kind})" if endpoint == "submit" else name

    def _others_listen(self) -> bool:
        """Whether the request event has a listener besides the runner's, which does nothing but count."""
        return len(self._environment.events.request._handlers) > 1
