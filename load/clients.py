"""The Locust user: one client of the job service, an independent stream of arrivals."""

import itertools
from collections.abc import Callable
from typing import ClassVar

import gevent
from locust import User

from .arrivals import due_times
from .generator import Generator

_serial = itertools.count(1)


class JobClient(User):
    """Submits jobs when they are due. Tasks only start a job; which task, Locust picks by weight."""

    abstract = True

    generator: ClassVar[Generator]
    tasks: ClassVar[list[Callable[["JobClient"], None]]] = [lambda _client: None]
    """Replaced by the profile's kinds in `begin`; Locust only wants to see one before that."""

    @classmethod
    def begin(cls, generator: Generator) -> None:
        """Take on the profile: one task for each kind of job, as often as it weighs."""
        cls.generator = generator
        cls.tasks = [task for job in generator.profile.job for task in [_task_for(job.kind)] * job.weight]

    def on_start(self) -> None:
        """Wait for the first arrival: a uniformly random time within the first slot."""
        generator = self.generator
        clients = generator.profile.clients
        start = generator.now()
        self._phase = generator.seeded(f"client-{next(_serial)}")
        self._slots = due_times(clients.arrivals, start, clients.submit_every, self._phase)
        if clients.mode == "think":
            self._due = start + self._phase.uniform(0, clients.submit_every)
        else:
            self._due = next(self._slots)
        gevent.sleep(self.wait_time())

    def wait_time(self) -> float:
        """Seconds until the next arrival is due."""
        return max(0.0, self._due - self.generator.now())

    def submit(self, kind: str) -> None:
        """Start one job, and settle when the next is due."""
        job = self.generator.start_job(kind, self._due)
        clients = self.generator.profile.clients
        if clients.mode == "open":
            self._due = next(self._slots)
            return
        if job is not None:
            job.join()
        now = self.generator.now()
        if clients.mode == "think":
            self._due = now + clients.submit_every
        else:
            self._due = next(due for due in self._slots if due >= now)


def _task_for(kind: str) -> Callable[[JobClient], None]:
    def submit(client: JobClient) -> None:
        client.submit(kind)

    submit.__name__ = kind
    return submit
