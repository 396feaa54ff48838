"""What the replies to a job's calls mean, by a profile's [api]: pure but for what a reply hands on, which goes into `names`."""

import json
import time
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from load.http.transport import Reply
from profiles import Api
from profiles.api import Call
from profiles.api.states import word_of
from profiles.api.taking import Source, source
from profiles.handing_on import uses
from profiles.paths import SLOT
from profiles.templating import Names

from .answers import FINAL, THROTTLED, UNTOLD, Answer, State
from .calls import id_of
from .connecting import Secrets
from .reading import Reader, TimesIn, finder, finder_of, retry_after, taken

_new = tuple.__new__
"""Makes an Answer in a third of the time that its own constructor takes."""


class Takes:
    """What one call takes from its replies."""

    def __init__(self, place: str, call: Call) -> None:
        self._place = place
        self._sources: dict[str, tuple[str, Source]] = {name: (text, source(text)) for name, text in call.take.items()}

    def of(self, reply: Reply, document: Any, names: Names) -> str:
        """Put all that is there into the names; what of it isn't, in words."""
        missing = ""
        for name, (text, where) in self._sources.items():
            value = taken(where, reply, document)
            if value is None:
                missing = missing or f"the reply has no {text!r} ({self._place}.take.{name})"
            else:
                names[name] = value
        return missing


class Submitted:
    """Understands replies to submit."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self._api, self._reader, self._id = api, reader, finder(api.id)
        self._takes = Takes("api.submit", api.submit)
        self._times = TimesIn(api.times.told_in("submit"))
        self._codes: dict[int, State | Literal["gone"]] = {
            code: state for state, codes in api.submit.codes.items() for code in codes
        }
        self._state = finder_of(api.submit.state) if api.submit.state else None
        self._words: dict[str, State] = {word: state for state, words in api.words.items() for word in words}
        self._by_id, self._shown = _speaks_of_id(api), ("id", *api.submit.take, *api.status.asked.names)

    def read(self, reply: Reply, names: Names | None) -> Answer:
        """`id` where it was accepted, and what it hands on in `names`."""
        answer = self._read(reply, names)
        return _with_times(answer, self._times, self._reader, names) if self._times.any and answer.ok else answer

    def _read(self, reply: Reply, names: Names | None) -> Answer:
        code = reply.code
        if code is None:
            return Answer(reply, False, reply.error)
        told: State | Literal["gone"] = self._codes.get(code, "")
        if code in self._api.full_submit or told == "rejected":
            return Answer(reply, False, f"HTTP {code}", state="rejected")
        if told == "gone" or (code not in self._api.good_submit and not told):
            return Answer(reply, False, f"HTTP {code}")
        if told in ("succeeded", "failed"):
            return Answer(reply, True, id=self._id_if_any(reply), state=told, word=f"HTTP {code}", by_code=True)
        return self._accepted(reply, names)

    def _accepted(self, reply: Reply, names: Names | None) -> Answer:
        if names is None:
            job_id, error = self._id_in_header(reply) if self._api.id_header else self._id_in_body(reply)
            return Answer(reply, not error, error, id=job_id)
        document = self._reader.json(reply)[0]
        state, word = self._state_in(document, names)
        error = self._takes.of(reply, document, names)
        if not error and "id" not in names and self._by_id:
            names["id"], error = self._id_in_header(reply) if self._api.id_header else self._id_in_body(reply)
        if error and state not in FINAL:
            return Answer(reply, False, error)
        job_id = id_of(next((names[name] for name in self._shown if name in names), ""))
        return Answer(reply, True, id=job_id, state=state if state in FINAL else "", word=word)

    def _state_in(self, document: Any, names: Names) -> tuple[State, str]:
        word = word_of(self._state(document, names)) if self._state and document is not None else None
        return (self._words.get(word, ""), word) if word is not None else ("", "")

    def _id_if_any(self, reply: Reply) -> str:
        return self._id_in_header(reply)[0] if self._api.id_header else self._id_in_body(reply)[0]

    def _id_in_body(self, reply: Reply) -> tuple[str, str]:
        document, error = self._reader.json(reply)
        job_id = self._id(document) if not error else None
        if error or job_id is None or isinstance(job_id, dict | list):
            return "", error or f"the reply has no {self._api.id!r} (api.id)"
        return str(job_id), ""

    def _id_in_header(self, reply: Reply) -> tuple[str, str]:
        """The last part of the path in a header like Location; a plain id is its own last part."""
        name = self._api.id_header
        job_id = unquote(urlsplit(reply.headers.get(name.lower(), "")).path.rstrip("/").rpartition("/")[2])
        return job_id, "" if job_id else f"the reply has no id in the header {name!r} (api.id_header)"


def _speaks_of_id(api: Api) -> bool:
    """Whether a call needs the job's id, which nothing takes by name."""
    later = (api.status, api.result, api.cancel)
    return any("id" in uses(call) for call in later if call) or any("id" in SLOT.findall(path) for path in api.templated_paths)


class Polled:
    """Understands replies to status."""

    def __init__(self, api: Api, reader: Reader, secrets: Secrets) -> None:
        self._path, self._reader, self._secrets = api.state_path, reader, secrets
        self._heeds = api.status.retry_after
        self._plain = finder(api.state_path) if "{{" not in api.state_path else None
        self._state = finder_of(api.state_path)
        self._states: dict[str, State] = {word: state for state, words in api.words.items() for word in words}
        self._codes = {code: state for state, codes in api.status.codes.items() for code in codes}
        self._takes = Takes("api.status", api.status) if api.status.take else None
        self._cause = Cause(api, reader, secrets) if api.error and "failed" not in api.fetched else None
        self._times = TimesIn(api.times.told_in("status"))

    def read(self, reply: Reply, names: Names | None) -> Answer:
        """`state` where the reply tells it; a poll that is throttled is good, and tells nothing."""
        if self._codes and reply.code in self._codes:
            return self._by_code(reply, names)
        document, error = self._reader.usable(reply)
        if error:
            return self._untold(reply, error)
        word = self._plain(document) if self._plain else self._state(document, names or {})
        state = self._states.get(word) if isinstance(word, str) else None
        if state is None:
            word, state = word_of(word) or word, self._states.get(word_of(word) or "")
        if state is None:
            return self._strange(reply, word)
        if names is None and state not in FINAL and reply.code == 200:
            return _new(Answer, (reply, True, "", "", state, word, None, None, None, None, False, False, (), None, None))
        return self._told(reply, names, document, state, word)

    def _told(self, reply: Reply, names: Names | None, document: Any, state: State, word: str) -> Answer:
        if self._takes is not None and names is not None:
            self._takes.of(reply, document, names)
        told = self._times.of(document, names or {}) if self._times.any and state in FINAL else UNTOLD
        cause = self._cause.of_document(document, names) if self._cause and state == "failed" else ""
        return _new(Answer, (reply, True, cause, "", state, word, *told[:3], self._wait(reply), False, False, (), *told[3:]))

    def _by_code(self, reply: Reply, names: Names | None) -> Answer:
        state = self._codes[reply.code or 0]
        word = f"HTTP {reply.code}"
        if state == "gone":
            return Answer(reply, False, word, gone=True)
        return self._told(reply, names, self._reader.json(reply)[0], state, word)

    def _untold(self, reply: Reply, error: str) -> Answer:
        told = reply.headers.get("retry-after")
        if self._heeds and (reply.code == 429 or (reply.code == 503 and told)):
            return Answer(reply, True, word=THROTTLED, wait=self._wait(reply))
        return Answer(reply, False, error)

    def _wait(self, reply: Reply) -> float | None:
        return retry_after(reply, time.time()) if self._heeds and reply.code in (202, 429, 503) else None

    def _strange(self, reply: Reply, word: Any) -> Answer:
        said = "" if word is None else self._secrets.hidden(str(word))
        missing = f"the reply has no {self._path!r} (api.state)"
        return Answer(reply, False, f"state {said[:40]!r} is not in api.states" if said else missing, word=said)


class Cause:
    """Why a job failed, where a reply says so."""

    def __init__(self, api: Api, reader: Reader, secrets: Secrets) -> None:
        self._find, self._reader, self._secrets = finder_of(api.error), reader, secrets

    def of(self, reply: Reply, names: Names | None) -> str:
        """In a reply whatever its HTTP status; "" where it says nothing."""
        return self.of_document(self._reader.json(reply)[0], names)

    def of_document(self, document: Any, names: Names | None) -> str:
        """The same in one that was read."""
        found = self._find(document, names or {})
        said = "" if found is None else found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        return self._secrets.hidden(said)


class Fetched:
    """Understands replies to result."""

    def __init__(self, api: Api, reader: Reader, secrets: Secrets) -> None:
        result = api.result
        self._accepted = result.accepted if result else ()
        self._reader, self._cause = reader, Cause(api, reader, secrets) if api.error else None
        self._times = TimesIn(api.times.told_in("result"))
        self._expect = finder_of(result.expect) if result and result.expect else None

    def read(self, reply: Reply, names: Names | None, succeeded: bool = True) -> Answer:
        """State "failed" where the result of a job that `succeeded` isn't what is expected."""
        code = reply.code
        if code is None:
            return Answer(reply, False, reply.error)
        cause = self._cause.of(reply, names) if self._cause else ""
        if not good(code, self._accepted):
            return Answer(reply, False, f"HTTP {code}: {cause}" if cause else f"HTTP {code}")
        if self._expect and succeeded and not self._expect(self._reader.json(reply)[0], names or {}):
            return Answer(reply, True, "wrong result", state="failed")
        answer = Answer(reply, True, cause)
        return _with_times(answer, self._times, self._reader, names) if self._times.any else answer


def _with_times(answer: Answer, times: TimesIn, reader: Reader, names: Names | None) -> Answer:
    """With the service's own times that the reply tells."""
    created, started, finished, waited, ran = times.of(reader.json(answer.reply)[0], names or {})
    return answer._replace(created=created, started=started, finished=finished, waited=waited, ran=ran)


def good(code: int | None, accepted: tuple[int, ...]) -> bool:
    """Whether an HTTP status is one of a good reply (without any: 2xx)."""
    return code is not None and (code in accepted if accepted else 200 <= code < 300)
