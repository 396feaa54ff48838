"""The HTTP side: routes, replies, and the count of what was asked."""

import asyncio
import math
import sys
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from service.faults import Faults
from service.options import Options
from service.store import Status, Task
from service.tasks import BadTask, checked
from service.workers import QueueFull, TaskQueue

Handler = Callable[[Request], Awaitable[Response]]
CONTENT = "".join(f"Line {i:02d} of the text that this service gives to fetch.\n" for i in range(80))
DELAY_MAX_S = 60.0
ENDED = (Status.SUCCEEDED, Status.FAILED, Status.REJECTED, Status.CANCELLED)
DOWN_MAX_S = 3600.0


def reply(code: int, content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), code, media_type="application/json")


def iso(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 UTC with microseconds."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Counts:
    """Requests by endpoint, counted when they are received, and their replies by code."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter(submit=0, status=0, result=0, cancel=0)
        self._by_code: dict[str, Counter[str]] = {name: Counter() for name in self.received}

    def replied(self, endpoint: str, code: int) -> None:
        self._by_code[endpoint][str(code)] += 1

    def summary(self) -> dict[str, Any]:
        return {**self.received, "total": self.received.total(), "by_code": self._by_code}


class Api:
    """The endpoints over one queue."""

    def __init__(self, queue: TaskQueue, faults: Faults, options: Options) -> None:
        self._queue, self._faults, self._options = queue, faults, options
        self._counts = Counts()

    def app(self) -> Router:
        """The ASGI application: a bare router, without the layers that would slow each poll down."""
        routes = [
            Route("/tasks/submissions", self._counted("submit", self._submit), methods=["POST"]),
            Route("/tasks/submissions/{id}", self._counted("status", self._status)),
            Route("/tasks/{id}", self._counted("result", self._result)),
            Route("/tasks/{id}/cancel", self._counted("cancel", self._cancel), methods=["POST"]),
            Route("/workers/{number:int}/restart", self._guarded(self._restart), methods=["POST"]),
            Route("/health", self._guarded(self._health)),
            Route("/counts", self._guarded(self._report_counts)),
            Route("/content", self._guarded(self._content)),
        ]
        return Router(routes, redirect_slashes=False, default=_not_found)

    def _counted(self, name: str, handler: Handler) -> Handler:
        guarded = self._guarded(handler)

        async def endpoint(request: Request) -> Response:
            self._counts.received[name] += 1
            response = await guarded(request)
            self._counts.replied(name, response.status_code)
            return response

        return endpoint

    def _guarded(self, handler: Handler) -> Handler:
        async def endpoint(request: Request) -> Response:
            try:
                if not self._faults.stall.holds_http:
                    return await handler(request)
                await self._faults.stall.over()
                response = await handler(request)
                await self._faults.stall.over()  # a reply that took its time
                return response
            except Exception as error:
                traceback.print_exception(error, file=sys.stderr)
                return reply(500, {"error": f"internal error: {type(error).__name__}: {error}"})

        return endpoint

    async def _submit(self, request: Request) -> Response:
        try:
            body = orjson.loads(await request.body())
        except ValueError as error:
            return reply(400, {"error": f"the body is not JSON: {error}"})
        if not isinstance(body, dict) or "type" not in body:
            return reply(400, {"error": 'the body must be an object like {"type": ..., "args": {...}}'})
        try:
            args = checked(body["type"], body.get("args"))
            return reply(202, {"id": self._queue.submit(body["type"], args)})
        except BadTask as error:
            return reply(400, {"error": str(error)})
        except QueueFull as error:
            return reply(503, {"error": str(error)})

    async def _status(self, request: Request) -> Response:
        task = self._queue.find(request.path_params["id"])
        return _unknown(request) if task is None else reply(200, self._state(task))

    def _state(self, task: Task) -> dict[str, Any]:
        state: dict[str, Any] = {"id": task.id, "status": task.status}
        if not self._options.no_times:
            state["created_at"] = iso(task.created)
            state["started_at"] = iso(task.started)
            state["finished_at"] = iso(task.finished)
        return state

    async def _result(self, request: Request) -> Response:
        task = self._queue.find(request.path_params["id"])
        if task is None:
            return _unknown(request)
        if task.status not in ENDED:
            return reply(400, {"error": f"task {task.id} is not finished: {task.status}"})
        result = orjson.Fragment(self._queue.result(task.id) or b"null")
        return reply(200, {"id": task.id, "status": task.status, "result": result})

    async def _cancel(self, request: Request) -> Response:
        task_id = request.path_params["id"]
        if self._queue.cancel(task_id):
            return reply(200, {"id": task_id, "status": Status.CANCELLED})
        task = self._queue.find(task_id)
        return _unknown(request) if task is None else reply(409, {"error": f"task {task_id} has ended: {task.status}"})

    async def _restart(self, request: Request) -> Response:
        number, given = request.path_params["number"], request.query_params.get("down", "0")
        try:
            down = float(given)
        except ValueError:
            down = math.nan
        if not 0 <= down <= DOWN_MAX_S:
            return reply(400, {"error": f"down must be a number from 0 to {DOWN_MAX_S:g} s, not {given!r}"})
        if not 1 <= number <= self._queue.workers:
            return reply(404, {"error": f"no worker {number}: there are {self._queue.workers}"})
        self._queue.restart(number, down)
        return reply(200, {"worker": number, "down": down})

    async def _health(self, _: Request) -> Response:
        queue = self._queue
        state = {"status": "ok", "queued": queue.queued, "running": queue.running, "workers": queue.workers}
        return reply(200, state)

    async def _report_counts(self, _: Request) -> Response:
        return reply(200, self._counts.summary())

    async def _content(self, request: Request) -> Response:
        given = request.query_params.get("delay", self._options.content_delay)
        try:
            delay = float(given)
        except ValueError:
            delay = math.nan
        if not 0 <= delay <= DELAY_MAX_S:
            return reply(400, {"error": f"delay must be a number from 0 to {DELAY_MAX_S:g} s, not {given!r}"})
        await asyncio.sleep(delay)
        return PlainTextResponse(CONTENT)


def _unknown(request: Request) -> Response:
    return reply(404, {"error": f"no task {request.path_params['id']!r}"})


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await reply(404, {"error": f"no such path: {scope['path']}"})(scope, receive, send)
