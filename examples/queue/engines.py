"""The queues side by side: each puts a task in, and runs one worker process until it is ended."""

import json
import os

import work

QUEUE = "jobs"


class Rq:
    """RQ, whose workers run tasks in their own process."""

    def __init__(self) -> None:
        from rq import Queue

        self._queue = Queue(QUEUE, connection=work.server())

    def put(self, task: str, seconds: float) -> None:
        self._queue.enqueue(work.perform, task, seconds, result_ttl=0)

    def serve(self) -> None:
        from rq import SimpleWorker

        SimpleWorker([self._queue], connection=work.server()).work(logging_level="ERROR")


class Celery:
    """Celery, a process of one slot for each worker, tasks acknowledged when they are done."""

    def __init__(self) -> None:
        from celery import Celery as App

        self._app = App(broker=f"redis+socket://{os.environ['QUEUE_SOCKET']}")
        self._app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1)
        self._perform = self._app.task(name="perform")(work.perform)

    def put(self, task: str, seconds: float) -> None:
        self._perform.delay(task, seconds)

    def serve(self) -> None:
        name = f"w{os.getpid()}@localhost"
        self._app.worker_main(
            ["worker", "--pool=solo", "--loglevel=ERROR", f"--hostname={name}", "--without-gossip", "--without-mingle"]
        )


class Plain:
    """A list of Redis, and nothing around it: what the queues' own work costs is seen against it."""

    def put(self, task: str, seconds: float) -> None:
        work.server().lpush(QUEUE, json.dumps([task, seconds]))

    def serve(self) -> None:
        while True:
            _, told = work.server().brpop([QUEUE])
            work.perform(*json.loads(told))


ENGINES = {"rq": Rq, "celery": Celery, "plain": Plain}
