"""The whole service: Redis, so many worker processes, and the API. `python serve.py --port 8000 --engine rq --workers 4`

Workers are there before the first task comes, each a process of its own. POST /tasks, GET /tasks/{id}, GET /tasks/{id}/result,
GET /health, GET /memory.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import orjson
import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

READY = "workers_ready"
FIELDS = (b"created_at", b"started_at", b"completed_at")


def reply(code: int, content: object) -> Response:
    return Response(orjson.dumps(content), code, media_type="application/json")


class Api:
    """The endpoints over one engine."""

    def __init__(self, engine: str, workers: list[int]) -> None:
        from engines import ENGINES
        from work import key, server

        self._queue, self._engine, self._key, self._redis = ENGINES[engine](), engine, key, server()
        self._workers, self._idle = [psutil.Process(pid) for pid in workers], self._used()
        self._tasks = 0

    def _used(self) -> int:
        return int(self._redis.info("memory")["used_memory"])

    async def submit(self, request: Request) -> Response:
        body = orjson.loads(await request.body() or b"{}")
        seconds = body.get("seconds", 0)
        if not isinstance(seconds, int | float) or not 0 <= seconds <= 60:
            return reply(400, {"error": f"seconds must be a number from 0 to 60, not {seconds!r}"})
        task, created = uuid.uuid4().hex, time.time()
        self._redis.hset(self._key(task), mapping={"status": "queued", "created_at": repr(created)})
        self._queue.put(task, seconds)
        self._tasks += 1
        return reply(
            201, {"id": task, "name": body.get("name", ""), "status": "queued", "queue_name": "jobs", "created_at": created}
        )

    async def status(self, request: Request) -> Response:
        told = self._redis.hgetall(self._key(request.path_params["id"]))
        if not told:
            return reply(404, {"error": "no such task"})
        moments = {name.decode(): float(told[name]) for name in FIELDS if name in told}
        return reply(200, {"id": request.path_params["id"], "status": told[b"status"].decode(), **moments})

    async def result(self, request: Request) -> Response:
        told = self._redis.hgetall(self._key(request.path_params["id"]))
        if told.get(b"status") != b"success":
            return reply(400 if told else 404, {"error": "not completed"})
        started, completed = float(told[b"started_at"]), float(told[b"completed_at"])
        return reply(200, {"started_at": started, "completed_at": completed, "duration": completed - started})

    async def health(self, _: Request) -> Response:
        """503 until every worker has said that it is there."""
        there = int(self._redis.get(READY) or 0)
        return reply(200 if there >= len(self._workers) else 503, {"engine": self._engine, "workers": there})

    async def memory(self, _: Request) -> Response:
        """Memory of the largest worker; what Redis holds more than at the start, in all and for each task."""
        used = self._used() - self._idle
        sizes = [each.memory_info().rss for each in self._workers if each.is_running()]
        each = used / self._tasks if self._tasks else 0
        return reply(200, {"worker": max(sizes, default=0), "redis": used, "redis_per_task": each})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/tasks", self.submit, methods=["POST"]),
                Route("/tasks/{id}", self.status),
                Route("/tasks/{id}/result", self.result),
                Route("/health", self.health),
                Route("/memory", self.memory),
            ]
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="serve.py")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--engine", choices=("rq", "celery", "plain"), default="rq")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--truth", type=Path, default=Path(os.devnull))
    parser.add_argument("--work", metavar="ENGINE", help="be one worker (the service starts these itself)")
    options = parser.parse_args()
    if options.work:
        from engines import ENGINES
        from work import server

        engine = ENGINES[options.work]()
        server().incr(READY)
        engine.serve()
        return
    with tempfile.TemporaryDirectory(prefix="queue-") as folder:
        os.environ.update(QUEUE_SOCKET=f"{folder}/redis.sock", QUEUE_TRUTH=str(options.truth))
        if options.truth != Path(os.devnull):
            options.truth.write_text("task,worker,started,completed\n")
        redis = [
            "redis-server",
            "--port",
            "0",
            "--unixsocket",
            f"{folder}/redis.sock",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            folder,
        ]
        children = [subprocess.Popen(redis, stdout=subprocess.DEVNULL)]
        try:
            while not Path(f"{folder}/redis.sock").exists():
                time.sleep(0.05)
            worker = [sys.executable, __file__, "--port", "0", "--work", options.engine]
            workers = [subprocess.Popen(worker) for _ in range(options.workers)]
            children += workers
            api = Api(options.engine, [each.pid for each in workers])
            uvicorn.run(api.app(), host="127.0.0.1", port=options.port, log_level="error")
        finally:
            for child in reversed(children):
                child.terminate()
            for child in children:
                child.wait(10)


if __name__ == "__main__":
    main()
