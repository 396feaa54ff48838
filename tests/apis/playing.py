"""A few jobs through a profile, as a worker runs them: the real transport, the real runner; only Locust is left out."""

import time
from contextlib import closing
from dataclasses import dataclass, field

import gevent

from load.http.departures import Departures
from load.jobs.api import HttpJobApi
from load.jobs.in_flight import InFlight
from load.jobs.job import JobRunner
from profiles import Profile
from report.recording.rows import JobRow, RequestRow

PATIENCE = 30.0
"""Seconds that no job comes near unless something hangs."""


@dataclass
class Played:
    """What a worker records. `epoch` is the run's on CLOCK_MONOTONIC."""

    epoch: float
    requests: list[RequestRow] = field(default_factory=list)
    jobs: list[JobRow] = field(default_factory=list)
    logins_before: int = 0
    """Logins ahead of the load, which are no part of it."""

    @property
    def outcomes(self) -> list[str]:
        return sorted(job.outcome for job in self.jobs)

    def of(self, endpoint: str) -> list[RequestRow]:
        return [row for row in self.requests if row.endpoint == endpoint]


def play(profile: Profile, host: str, jobs: int = 4, apart: float = 0.02) -> Played:
    """Run so many jobs, the kinds in turn, each due a moment after the last."""
    played = Played(time.monotonic())
    departures = Departures()

    def clock() -> float:
        return time.monotonic() - played.epoch

    with closing(HttpJobApi(profile, host, departures)) as api:
        assert api.sign_in() == ""
        played.logins_before = int(profile.api.login is not None)
        runner = JobRunner(profile, api, 1, played.epoch, clock, played.requests.append, played.jobs.append)
        api.tell_logins(runner.record_login)
        in_flight = InFlight(runner.advance, runner.abandon, clock, departures)
        for number in range(jobs):
            in_flight.start(runner.begin(number + 1, profile.kinds[number % len(profile.kinds)], clock()))
            gevent.sleep(apart)
        deadline = time.monotonic() + PATIENCE
        while len(in_flight) and time.monotonic() < deadline:
            gevent.sleep(0.01)
        in_flight.kill()
    return played
