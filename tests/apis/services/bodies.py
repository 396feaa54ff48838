"""Services that want or send other bodies than small JSON."""

import gzip
import time

import orjson

from tests.apis.serving import NOT_FOUND, Asked, Job, Said, Service

from .statuses import Simple

WAITED = 0.03
"""Seconds of its time that a job waits, where a service tells so."""


class Form(Service):
    """Scrapyd's: a form is submitted, and one listing holds all jobs, by state."""

    def post(self, asked: Asked) -> Said:
        if asked.headers["content-type"] != "application/x-www-form-urlencoded" or asked.form["project"] != "a b&c":
            return Said(200, {"status": "error", "message": "no such project"})
        return Said(200, {"status": "ok", "jobid": self.begin().id})

    def get(self, asked: Asked) -> Said:
        jobs = list(self.jobs.values())
        told = {"running": [{"id": j.id} for j in jobs if not j.done], "finished": [{"id": j.id} for j in jobs if j.done]}
        return Said(200, {"status": "ok", "pending": []} | told) if asked.query == {"project": "a b&c"} else NOT_FOUND


class Listing(Service):
    """No job can be asked for: there is a list of all."""

    def post(self, asked: Asked) -> Said:
        return Said(201, {"job": {"uuid": self.begin().id}})

    def get(self, asked: Asked) -> Said:
        return Said(200, [{"uuid": job.id, "phase": "Done" if job.done else "Busy"} for job in self.jobs.values()])


class JsonRpc(Service):
    """One URL for all calls, each a POST with a body."""

    def post(self, asked: Asked) -> Said:
        method, params = asked.json["method"], asked.json["params"]
        if method == "tasks/send":
            return Said(200, {"jsonrpc": "2.0", "result": {"id": self.begin(params).id, "status": {"state": "submitted"}}})
        job = self.find(params["id"])
        if job is None:
            return Said(200, {"jsonrpc": "2.0", "error": {"code": -32001, "message": "Task not found"}})
        return Said(
            200, {"jsonrpc": "2.0", "result": {"id": job.id, "status": {"state": "completed" if job.done else "working"}}}
        )


class RawText(Simple):
    """A text that isn't JSON is submitted."""

    def post(self, asked: Asked) -> Said:
        fine = asked.headers["content-type"] == "application/xml" and asked.body.startswith(b"<job n=")
        return Said(202, {"id": self.begin().id}) if fine else Said(415)


class Multipart(Simple):
    """A file is uploaded as a form."""

    def post(self, asked: Asked) -> Said:
        fine = asked.headers["content-type"].startswith("multipart/form-data") and b'name="user"' in asked.body
        return Said(202, {"id": self.begin().id}) if fine else Said(415)


class Compressed(Simple):
    """All replies are compressed."""

    def answer(self, asked: Asked) -> Said:
        said = super().answer(asked)
        body = gzip.compress(orjson.dumps(said.body))
        return Said(said.code, body, {"Content-Encoding": "gzip"}) if said.body else said


class Inline(Simple):
    """The picture is in the status reply: 1.6 MB."""

    def status(self, job: Job) -> Said:
        return Said(200, {"image": "x" * 1_600_000, "status": "done"} if job.done else {"status": "working"})


class Microseconds(Simple):
    """Timestamps in microseconds since 1970, and the id in a header."""

    def post(self, asked: Asked) -> Said:
        return Said(201, b"", {"Location": f"/jobs/{self.begin().id}"})

    def status(self, job: Job) -> Said:
        offset = time.time() - time.monotonic()
        told = {"created": round((job.began + offset) * 1e6), "finished": round((job.ends + offset) * 1e6) if job.done else None}
        return Said(200, {"status": "done" if job.done else "working"} | told)


class TimesElsewhere(Simple):
    """When a job was created is in the reply to submit, how long it waited and ran in its result, in seconds."""

    def post(self, asked: Asked) -> Said:
        job = self.begin(asked.json)
        return Said(202, {"id": job.id, "created_at": job.began + time.time() - time.monotonic()})

    def get(self, asked: Asked) -> Said:
        said = super().get(asked)
        if asked.path.endswith("/result") and said.code == 200:
            return Said(200, {"value": 100, "queued_seconds": WAITED, "duration": f"{self.takes - WAITED:.3f}"})
        return said
