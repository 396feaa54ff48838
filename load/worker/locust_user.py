"""The Locust user: one client of the job service, an independent stream of arrivals, one of those who submit a batch, or the
one that has the unloaded service to itself, whose next job is due when its last has ended."""

import itertools
import random
from collections.abc import Callable
from typing import ClassVar

import gevent
from gevent import GreenletExit
from locust import User
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from load.jobs.arrivals import due_times

from .session import Session

IDLE = 0.5
"""Seconds between two looks of a client that has nothing more to submit."""
APART = 0.05
"""Seconds at the least between two jobs of the client that is alone with the service: one that refuses all is not flooded."""

_serial = itertools.count(1)


class JobClient(User):
    """Submits jobs when they are due. Tasks only start a job; which task, Locust picks by weight."""

    abstract = True

    session: ClassVar[Session]
    _left = False
    tasks: ClassVar[list[Callable[["JobClient"], None]]] = [lambda _client: None]
    """Replaced by the profile's kinds in `begin`; Locust only wants to see one before that."""

    @classmethod
    def begin(cls, session: Session) -> None:
        """Take on the profile: one task for each kind of job and each tenant, as often as they weigh."""
        cls.session = session
        profile = session.profile
        if profile.batch is not None:
            cls.tasks = [JobClient.submit_next]
            return
        tenants = [(tenant.name, tenant.weight) for tenant in profile.tenant] or [("", 1)]
        cls.tasks = [
            task
            for job in profile.job
            for tenant, weight in tenants
            for task in [_task_for(job.kind, tenant)] * (job.weight * weight)
        ]

    def run(self) -> None:
        """Draw a task by weight, carry it out, wait, and so on until stopped: what Locust's own loop does with tasks
        that are plain functions, in a third of the time. The state says whether Locust may kill this client at once."""
        self._state = LOCUST_STATE_RUNNING
        try:
            self.on_start()
            while self._state != LOCUST_STATE_STOPPING:
                self.tasks[int(random.random() * len(self.tasks))](self)
                if self._state != LOCUST_STATE_STOPPING:
                    self._state = LOCUST_STATE_WAITING
                    self.wait()
                    self._state = LOCUST_STATE_RUNNING
        except GreenletExit:
            pass
        finally:
            self.on_stop()

    def on_start(self) -> None:
        """Wait for the first arrival: a uniformly random time within the first slot; in a batch, for its start."""
        session = self.session
        clients = session.profile.clients
        serial = next(_serial)
        self._phase = session.seeded(f"client-{serial}")
        if session.profile.batch is not None:
            session.batch_begun.wait()
        self._alone, self._due = session.unloaded, session.now()
        if self._alone:
            return
        session.start_extras(session.seeded(f"extras-{serial}"), lambda: not self._left)
        if session.profile.batch is not None:
            return
        start = session.now()
        self._slots = due_times(clients.arrivals, start, clients.submit_every, self._phase)
        if clients.mode == "think":
            self._due = start + self._phase.uniform(0, clients.submit_every)
        else:
            self._due = next(self._slots)
        self.wait()

    def on_stop(self) -> None:
        """This client leaves, and sends nothing more beside its jobs."""
        self._left = True

    def wait(self) -> None:
        """Until the next arrival is due; in a batch it always is."""
        self.session.sleepers.sleep_until(self._due)

    def submit_next(self) -> None:
        """Submit the next job of the batch and wait for the answer; when none is left, for the end."""
        session = self.session
        if not session.batch:
            gevent.sleep(IDLE)
            return
        kind, tenant = session.batch.popleft()
        job = session.start_job(kind, session.now(), tenant)
        if job is None:  # the run is ending
            gevent.sleep(IDLE)
        else:
            session.in_flight.wait_for_answer(job)

    def submit(self, kind: str, tenant: str) -> None:
        """Start one job, and settle when the next is due."""
        job = self.session.start_job(kind, self._due, tenant)
        clients = self.session.profile.clients
        if clients.mode == "open" and not self._alone:
            self._due = next(self._slots)
            return
        if job is not None:
            self.session.in_flight.wait_for(job)
        now = self.session.now()
        if self._alone:
            self._due = max(now, self._due + APART)
        elif clients.mode == "think":
            self._due = now + clients.submit_every
        else:
            self._due = next(due for due in self._slots if due >= now)


def _task_for(kind: str, tenant: str) -> Callable[[JobClient], None]:
    def submit(client: JobClient) -> None:
        client.submit(kind, tenant)

    submit.__name__ = kind
    return submit
