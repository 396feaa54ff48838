"""Services whose HTTP status is the state, or that tell it in ways of their own."""

from tests.apis.serving import NOT_FOUND, Asked, Job, Said, Service


class Simple(Service):
    """The shape that the short form is for."""

    def post(self, asked: Asked) -> Said:
        return Said(202, {"id": self.begin(asked.json).id})

    def get(self, asked: Asked) -> Said:
        job = self.find(asked.path.split("/")[2])
        if job is None:
            return NOT_FOUND
        if asked.path.endswith("/result"):
            return Said(200, {"value": 100}) if job.done else Said(409)
        return self.status(job)

    def status(self, job: Job) -> Said:
        return Said(200, {"status": "done" if job.done else "working"})


class AcceptedUntilDone(Simple):
    """202 with an empty body until it is done, then 303 and where the result is."""

    def status(self, job: Job) -> Said:
        return Said(303, b"", {"Location": f"{self.url}/jobs/{job.id}/result"}) if job.done else Said(202)


class BulkExport(Service):
    """FHIR's: the URL to poll in Content-Location; 202 with Retry-After and no body, then 200 with a manifest."""

    def get(self, asked: Asked) -> Said:
        if asked.path == "/Patient/$export":
            return Said(202, b"", {"Content-Location": f"{self.url}/bulkstatus/{self.begin().id}"})
        job = self.find(asked.path.removeprefix("/bulkstatus/"))
        if job is None:
            return NOT_FOUND
        if not job.done:
            return Said(202, b"", {"X-Progress": "50%", "Retry-After": "0"})
        return Said(200, {"output": [{"type": "Patient", "url": f"{self.elsewhere}/1.ndjson"}]})

    def stored(self, asked: Asked) -> Said:
        return Said(200, b'{"resourceType":"Patient"}\n')


class Statements(Service):
    """Snowflake's: a relative URL to poll; 202, then 200; 422 where the statement failed."""

    def post(self, asked: Asked) -> Said:
        job = self.begin(asked.json["statement"])
        return Said(
            202, {"statementHandle": job.id, "statementStatusUrl": f"/{self.name}/api/v2/statements/{job.id}?requestId=9"}
        )

    def get(self, asked: Asked) -> Said:
        job = self.find(asked.path.removeprefix("/api/v2/statements/"))
        if job is None or asked.query != {"requestId": "9"}:
            return NOT_FOUND
        if not job.done:
            return Said(202, {"message": "running"})
        return Said(422, {"message": "syntax error"}) if "fail" in job.asked else Said(200, {"data": [[1]]})


class ConflictUntilReady(Simple):
    """Only the result is there to ask for, and answers 409 until it is ready."""

    def status(self, job: Job) -> Said:
        return Said(200, {"value": 1}) if job.done else Said(409, {"message": "not ready"})


class Gone(Simple):
    """Every second job is thrown away half-way: 410 from then on."""

    def status(self, job: Job) -> Said:
        return Said(410) if int(job.id[1:]) % 2 == 0 and job.polls > 1 else super().status(job)


class Numeric(Simple):
    """States are numbers: 4 and 1."""

    def status(self, job: Job) -> Said:
        return Said(200, {"state": 1 if job.done else 4})


class Boolean(Simple):
    """Finished or not; and an error where it failed."""

    def status(self, job: Job) -> Said:
        return Said(200, {"finished": job.done})


class Operations(Service):
    """Google's: a name with slashes; `done` is absent until it is true, then there is a response or an error."""

    def post(self, asked: Asked) -> Said:
        return Said(200, {"name": self.begin(asked.json, "operations/{}").id, "metadata": {}})

    def get(self, asked: Asked) -> Said:
        job = self.find(asked.raw.removeprefix("/v1/"))
        if job is None:
            return NOT_FOUND
        if not job.done:
            return Said(200, {"name": job.id})
        ended = {"error": {"code": 3, "message": "bad input"}} if job.asked["bad"] else {"response": {}}
        return Said(200, {"name": job.id, "done": True} | ended)

    def delete(self, asked: Asked) -> Said:
        return Said(200, {}) if self.jobs.pop(asked.raw.removeprefix("/v1/"), None) else NOT_FOUND


class NotFoundAtFirst(Simple):
    """A job is not found for a moment after its submit."""

    takes = 0.3

    def status(self, job: Job) -> Said:
        return NOT_FOUND if job.polled[-1] < job.began + 0.15 else super().status(job)


class SometimesAtOnce(Simple):
    """Small jobs are done in the submit's own reply, 200; others are taken in, 202."""

    def post(self, asked: Asked) -> Said:
        job = self.begin(asked.json)
        if asked.json["size"] == 1:
            job.ends = job.began
        return Said(200, {"value": 1}) if asked.json["size"] == 1 else Said(202, {"id": job.id})


class DoneInTheReply(Simple):
    """The submit's reply tells the state, which may be the end already."""

    def post(self, asked: Asked) -> Said:
        job = self.begin(asked.json)
        if asked.json["cached"]:
            job.ends = job.began
        return Said(201, {"id": job.id, "status": "done" if job.done else "working"})


class WrongResult(Simple):
    """Half the results are not what was asked for."""

    def get(self, asked: Asked) -> Said:
        if asked.path.endswith("/result"):
            return Said(200, {"width": 100 if int(asked.path.split("/")[2][1:]) % 2 else 99})
        return super().get(asked)
