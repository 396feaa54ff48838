"""Services that tell where to ask, instead of having it known."""

from tests.apis.serving import NOT_FOUND, Asked, Job, Said, Service


class OperationLocation(Service):
    """Azure's: the URL to poll in a header, the result's in the status reply."""

    def post(self, asked: Asked) -> Said:
        job = self.begin(asked.json)
        return Said(202, b"", {"Operation-Location": f"{self.url}/operations/{job.id}?api-version=3"})

    def get(self, asked: Asked) -> Said:
        job = self.find(asked.path.split("/")[2])
        if job is None or asked.query.get("api-version") != "3":
            return NOT_FOUND
        if asked.path.startswith("/results/"):
            return Said(200, {"analyzeResult": {}}) if job.done else NOT_FOUND
        if not job.done:
            return Said(200, {"status": "running"})
        return Said(200, {"status": "succeeded", "resultUrl": f"{self.url}/results/{job.id}?api-version=3"})


class StatusQuery(Service):
    """Durable Functions': a URL with a signature in its query, which nobody else may see."""

    def post(self, asked: Asked) -> Said:
        job = self.begin(asked.json)
        return Said(202, {"id": job.id, "statusQueryGetUri": f"{self.url}/instances/{job.id}?code=s3cr3t%2Fsigned%3D%3D"})

    def get(self, asked: Asked) -> Said:
        job = self.find(asked.path.split("/")[2])
        if job is None or asked.query.get("code") != "s3cr3t/signed==":
            return Said(401)
        return Said(200, {"runtimeStatus": "Completed"}) if job.done else Said(202, {"runtimeStatus": "Running"})


class Predictions(Service):
    """Replicate's: URLs to poll and to cancel in the reply; the output is on another host, which wants no credentials."""

    def post(self, asked: Asked) -> Said:
        return Said(201, self.prediction(self.begin(asked.json)))

    def get(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != "Bearer t0ken":
            return Said(401)
        job = self.find(asked.path.split("/")[2])
        return Said(200, self.prediction(job)) if job else NOT_FOUND

    def prediction(self, job: Job) -> dict[str, object]:
        output = {"output": f"{self.elsewhere}/{job.id}.png"} if job.done else {}
        urls = {"get": f"{self.url}/predictions/{job.id}", "cancel": f"{self.url}/predictions/{job.id}/cancel"}
        return {"id": job.id, "status": "succeeded" if job.done else "processing", "urls": urls} | output

    def stored(self, asked: Asked) -> Said:
        return Said(400, {"error": "credentials"}) if "authorization" in asked.headers else Said(200, b"\x89PNG")


class MiddleOfLocation(Service):
    """The id stands in the middle of a relative Location, and in a query."""

    def post(self, asked: Asked) -> Said:
        return Said(201, b"", {"Location": f"/{self.name}/queues/a/jobs/{self.begin().id}/state?view=short"})

    def get(self, asked: Asked) -> Said:
        job = self.find(asked.path.split("/")[4])
        return NOT_FOUND if job is None or asked.query != {"view": "short"} else Said(200, {"s": "ok" if job.done else "busy"})


class Presigned(Service):
    """The result redirects to a store that answers 400 if it sees credentials."""

    def post(self, asked: Asked) -> Said:
        return Said(202, {"id": self.begin().id})

    def get(self, asked: Asked) -> Said:
        job = self.find(asked.path.split("/")[2])
        if job is None or asked.headers.get("authorization") != "Bearer t0ken":
            return Said(401)
        if asked.path.endswith("/file"):
            return Said(302, b"", {"Location": f"{self.elsewhere}/{job.id}?X-Signature=abc"})
        return Said(200, {"status": "done" if job.done else "working"})

    def stored(self, asked: Asked) -> Said:
        leaked = "authorization" in asked.headers or asked.query != {"X-Signature": "abc"}
        return Said(400, b"only one auth mechanism allowed") if leaked else Said(200, b"x" * 1000)


class OwnKey(Service):
    """The client chooses the id: PUT with a key of its own."""

    def put(self, asked: Asked) -> Said:
        job = self.begin(form=asked.path.split("/")[2])
        return Said(201, {"key": job.id})

    def get(self, asked: Asked) -> Said:
        job = self.find(asked.path.split("/")[2])
        return Said(200, {"status": "done" if job.done else "working"}) if job else NOT_FOUND


class UploadFirst(Service):
    """Three calls before the submit: create, PUT to the URL that it tells, on another host; then start."""

    def __init__(self) -> None:
        super().__init__()
        self.uploaded: dict[str, bytes] = {}

    def post(self, asked: Asked) -> Said:
        if asked.path == "/uploads":
            upload = f"u{len(self.seen)}"
            return Said(201, {"upload": {"id": upload, "url": f"{self.elsewhere}/{upload}?sig=abc"}})
        if asked.json["upload"] not in self.uploaded:
            return Said(400, {"message": "nothing was uploaded"})
        return Said(202, {"id": self.begin().id})

    def get(self, asked: Asked) -> Said:
        job = self.find(asked.path.split("/")[2])
        return Said(200, {"status": "done" if job.done else "working"}) if job else NOT_FOUND

    def stored(self, asked: Asked) -> Said:
        if asked.method != "PUT" or asked.headers.get("x-blob-type") != "block" or "authorization" in asked.headers:
            return Said(400)
        self.uploaded[asked.path[1:]] = asked.body
        return Said(201)
