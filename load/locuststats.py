"""Locust's own statistics, fed in bulk: firing its event for each request would cost more than sending it."""

import time
from collections import Counter

from locust import stats
from locust.env import Environment

from profiles import Profile
from report.rows import JobRow, RequestRow

AT_ONCE = 256
"""Rows that are merged together: few enough that nobody waits for it."""


class LocustStats:
    """Passes finished requests and jobs on to Locust. `flush` makes its figures complete.

    Requests that failed, and all where somebody else listens to Locust's request event, go the usual way. `epoch` is
    that of the rows' times, in seconds on CLOCK_MONOTONIC.
    """

    def __init__(self, environment: Environment, profile: Profile, epoch: float) -> None:
        self._environment = environment
        self._epoch = epoch + time.time() - time.monotonic()
        self._names = {name: request.split(" ", 1) for name, request in profile.endpoints.items()}
        self._pending: list[RequestRow] = []
        self._heard = self._others_listen()

    def request(self, row: RequestRow) -> None:
        """Count one request."""
        if self._heard or not row.ok:
            self._fire(row)
            return
        self._pending.append(row)
        if len(self._pending) == AT_ONCE:
            self._merge_all()

    def job(self, row: JobRow) -> None:
        """Count one job, beside the requests and not among them: Locust's total is of requests."""
        if row.done_before is not None:
            self._environment.stats.get(row.kind, "JOB").log((row.done_before - row.due) * 1000, 0)

    def flush(self) -> None:
        """Pass on what is pending; whoever has come to listen to requests hears them from now on."""
        self._merge_all()
        self._heard = self._others_listen()

    def _merge_all(self) -> None:
        named: dict[tuple[str, str], list[RequestRow]] = {}
        for row in self._pending:
            named.setdefault((row.endpoint, row.kind), []).append(row)
        self._pending.clear()
        for rows in named.values():
            self._merge(rows)

    def _merge(self, rows: list[RequestRow]) -> None:
        """Add up the rows as Locust would, and have it merge that like a worker's report."""
        method, name = self._name_of(rows[0])
        total, entry = self._environment.stats.total, self._environment.stats.get(name, method)
        times = [row.seconds * 1000 for row in rows]
        ended = [self._epoch + row.sent + row.seconds for row in rows]
        counted = stats.StatsEntry(self._environment.stats, name, method)
        counted.num_requests = len(rows)
        counted.total_response_time = sum(times)
        counted.min_response_time, counted.max_response_time = min(times), max(times)
        counted.response_times = Counter(map(stats.bucket_response_time, times))
        counted.num_reqs_per_sec = Counter(map(int, ended))
        counted.last_request_timestamp = max(ended)
        counted.total_content_length = sum(row.bytes for row in rows)
        entry.extend(counted)
        total.extend(counted)

    def _fire(self, row: RequestRow) -> None:
        method, name = self._name_of(row)
        self._environment.events.request.fire(
            request_type=method,
            name=name,
            response_time=row.seconds * 1000,
            response_length=row.bytes,
            exception=None if row.ok else row.error,
            context={},
        )

    def _name_of(self, row: RequestRow) -> tuple[str, str]:
        method, name = self._names[row.endpoint]
        return method, f"{name} ({row.kind})" if row.endpoint == "submit" else name

    def _others_listen(self) -> bool:
        """Whether the request event has a listener besides the runner's, which does nothing but count."""
        return len(self._environment.events.request._handlers) > 1
