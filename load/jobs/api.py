"""A job service as a profile's [api] describes it, over the lean transport."""

import random
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import gevent

from load.http.deadlines import GIVEN_UP, OutOfTime
from load.http.departures import Departures
from load.http.multipart import Multipart
from load.http.transport import Reply
from profiles import Profile, check_uploads
from profiles.api import Call
from profiles.fields import Codes
from profiles.templating import Names, Payloads

from .answers import Answer, Aside
from .calls import Exchange, JobCall, rendered
from .connecting import Secrets, connect
from .login import Login
from .reading import Reader
from .understanding import Fetched, Polled, Submitted, Takes, good

EXPIRED = "HTTP 401: signed in again"
"""What is said of a request that found its login expired, and was sent a second time."""


class HttpJobApi:
    """A JobApi as a profile's [api] describes it. Raises UserError where a secret, an upload or a file of TLS is missing."""

    def __init__(self, profile: Profile, host: str, departures: Departures | None = None) -> None:
        api = self._api = profile.api
        self._host = host
        self._client, self._hosts = connect(profile, host, departures)
        self._secrets, reader = Secrets(api), Reader(api.keep)
        self._payloads = Payloads(profile, host)
        check_uploads(profile.job, "the profile")
        self._uploads = {job.kind: Multipart(job.upload) for job in profile.job if job.upload is not None}
        self._types = {job.kind: self._payloads.content_type(job.kind) for job in profile.job}
        self._reader, self._read_submit = reader, Submitted(api, reader).read
        self._read_status = Polled(api, reader, self._secrets).read
        self._read_result = Fetched(api, reader, self._secrets).read
        self._plain = api.plain
        self._method, _, self._path = api.submit.request.partition(" ")
        if self._plain:
            self._status = self._client.route(*api.status.request.split(" ", 1))
            self._result = self._client.route(*api.result.request.split(" ", 1)) if api.result else None
        else:
            self._calls = {name: self._compiled(f"api.{name}", call) for name, call in api.named.items()}
            self._takes = [(call, Takes(f"api.before.{call.name}", call)) for call in api.before]
        self._login = self._signing_in() if api.login else None

    def begin(self, number: int, rng: random.Random, tenant: str = "") -> Names | None:
        """What a job's calls may use; None where they hand on the id alone."""
        if self._plain:
            return None
        names = self._payloads.names(number, rng, tenant)
        return names | self._login.names if self._login else names

    def before(self, call: int, names: Names, within: float | None = None) -> Answer:
        """Make the n-th call ahead of the submit."""
        said, takes = self._takes[call]
        reply, asides = self._send(lambda: self._handed_on(self._calls[said.name], names), within)
        error = reply.error or ("" if good(reply.code, said.accepted) else f"HTTP {reply.code}")
        error = error or takes.of(reply, self._reader.json(reply)[0], names)
        return Answer(reply, not error, error, asides=asides)

    def submit(
        self,
        kind: str,
        number: int,
        rng: random.Random,
        tenant: str = "",
        names: Names | None = None,
        within: float | None = None,
    ) -> Answer:
        """Submit one job of a kind, in a tenant's name."""
        if names is None and within is None and kind not in self._uploads:
            try:
                body = self._payloads.encoded(kind, number, rng, tenant)
            except Exception as failure:
                return self._read_submit(_unsent(failure), None)
            return self._read_submit(self._client.request(self._method, self._path, body, self._types[kind]), None)
        reply, asides = self._send(lambda: self._send_job(kind, number, rng, tenant, names), within)
        answer = self._read_submit(reply, names)
        return answer._replace(asides=asides) if asides else answer

    def _send_job(self, kind: str, number: int, rng: random.Random, tenant: str, names: Names | None) -> Exchange:
        multipart = self._uploads.get(kind)
        if multipart is not None:
            size, pieces = multipart.body(self._payloads.fields(kind, names or self._payloads.names(number, rng, tenant)))
            if names is not None:
                return self._calls["submit"].upload(names, multipart.content_type, size, pieces)
            return Exchange(self._client.upload(self._method, self._path, multipart.content_type, size, pieces))
        body, content_type = self._payloads.encoded(kind, number, rng, tenant, names), self._payloads.content_type(kind)
        if names is None:
            return Exchange(self._client.request(self._method, self._path, body, content_type))
        return self._handed_on(self._calls["submit"], names, (body, content_type))

    def status(self, job_id: str, names: Names | None = None, within: float | None = None) -> Answer:
        """Ask how a job stands."""
        if names is None and within is None:
            return self._read_status(self._client.ask(self._status, job_id), None)
        reply, asides = self._send(lambda: self._asked("status", job_id, names), within)
        answer = self._read_status(reply, names)
        return answer._replace(asides=asides) if asides else answer

    def result(self, job_id: str, names: Names | None = None, succeeded: bool = True) -> Answer:
        """Fetch the result of a job that has succeeded or failed."""
        if self._api.result is None:
            raise ValueError("this profile has no api.result")
        if names is None and self._result is not None:
            return self._read_result(self._client.ask(self._result, job_id), None, succeeded)
        reply, asides = self._send(lambda: self._asked("result", job_id, names), None)
        return self._read_result(reply, names, succeeded)._replace(asides=asides)

    def cancel(self, job_id: str, names: Names | None = None) -> Answer:
        """Ask the target to give up a job."""
        if self._api.cancel is None:
            raise ValueError("this profile has no api.cancel")
        if names is None:
            return self.ask(self._api.cancel, job_id)
        reply, asides = self._send(lambda: self._asked("cancel", job_id, names), None)
        return _judged(reply, self._api.cancel.accepted, asides)

    def _asked(self, call: str, job_id: str, names: Names | None) -> Exchange:
        if names is not None:
            return self._handed_on(self._calls[call], names)
        route = self._status if call == "status" else self._result
        assert route is not None
        return Exchange(self._client.ask(route, job_id))

    def ask(self, call: Call | str, job_id: str = "", expect: Codes = ()) -> Answer:
        """Any other request, a call or METHOD /path; judged by its HTTP status alone (without `expect`: 2xx)."""
        if isinstance(call, Call) and not call.plain:
            names = self._payloads.names(0, random.Random(0), "") | (self._login.names if self._login else {})
            reply, asides = self._send(lambda: self._handed_on(self._compiled("api.ready", call), names), None)
            return _judged(reply, call.accepted, asides)
        request, expect = (call.request, call.accepted) if isinstance(call, Call) else (call, expect)
        method, path = request.split(" ", 1)
        seen = self._login.generation if self._login else 0
        reply = self._client.ask(self._client.route(method, path), job_id)
        if reply.code != 401 or not self._login or not self._login.renewed(seen):
            return _judged(reply, expect)
        first = Aside("expired", reply, True, EXPIRED)
        return _judged(self._client.ask(self._client.route(method, path), job_id), expect, (first,))

    def sign_in(self) -> str:
        """Log in for the first time, where the profile says how; why that failed, or ""."""
        return self._login.begin() if self._login else ""

    def tell_logins(self, told: Callable[[Aside], None]) -> None:
        """Have each login told from now on."""
        if self._login:
            self._login.on_reply = lambda reply, error: told(Aside("login", reply, not error, error))

    def hidden(self, text: str) -> str:
        """A text that the target may have written, without secrets."""
        return self._secrets.hidden(text)

    def close(self) -> None:
        """Close idle connections, and renew no login any more."""
        if self._login:
            self._login.close()
        self._client.close()
        self._hosts.close()

    def _compiled(self, place: str, call: Call) -> JobCall:
        parts = urlsplit(self._host)
        base = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return JobCall(place, call, self._hosts, self._client, base, self._api.cookies)

    def _send(self, send: Callable[[], Exchange], within: float | None) -> Exchange:
        """Send a request; what can't even be made is a reply that never came, and so is one that took too long."""
        begun = time.monotonic()
        try:
            if within is None:
                return send()
            with gevent.Timeout(max(within, 0.0), OutOfTime(GIVEN_UP)):
                return send()
        except OutOfTime as late:
            return Exchange(Reply(begun, time.monotonic() - begun, None, b"", {}, 0, 0, str(late)))
        except Exception as failure:  # Templates are the user's code: what one draw survives another may not.
            return Exchange(_unsent(failure))

    def _handed_on(self, call: JobCall, names: Names, body: tuple[bytes, str] | None = None) -> Exchange:
        """Send a call; where the login has expired, sign in and send it again."""
        login = self._login
        if login is None:
            return call.send(names, body)
        seen = login.generation
        names.update(login.names)
        first = call.send(names, body)
        if first.reply.code != 401 or not login.renewed(seen):
            return first
        names.update(login.names)
        again = call.send(names, body)
        return Exchange(again.reply, (*first.asides, Aside("expired", first.reply, True, EXPIRED), *again.asides))

    def _signing_in(self) -> Login:
        said = self._api.login
        assert said is not None
        call, takes, api = self._compiled("api.login", said), Takes("api.login", said), self._api

        def sign_in() -> tuple[Exchange, Names, str]:
            names = self._payloads.names(0, random.Random(), "")
            known = set(names)
            exchange = self._send(lambda: call.send(names), None)
            error = exchange.reply.error or ("" if good(exchange.reply.code, said.accepted) else f"HTTP {exchange.reply.code}")
            error = error or takes.of(exchange.reply, self._reader.json(exchange.reply)[0], names)
            return exchange, {name: value for name, value in names.items() if name not in known}, error

        def learn(names: Names) -> None:
            self._secrets.learn(names)
            self._hosts.use(rendered(api.headers, names | {"host": self._host}, "api.headers"))

        return Login(sign_in, said.renew, learn)


def _unsent(failure: Exception) -> Reply:
    return Reply(time.monotonic(), 0.0, None, b"", {}, 0, 0, f"the request can't be made: {type(failure).__name__}")


def _judged(reply: Reply, accepted: Codes, asides: tuple[Aside, ...] = ()) -> Answer:
    fine = good(reply.code, accepted)
    return Answer(reply, fine, "" if fine else reply.error or f"HTTP {reply.code}", asides=asides)
