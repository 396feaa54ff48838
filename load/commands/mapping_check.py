"""One job of each kind, every step of the profile's mapping shown: what was asked, what came, what was read; and every watch."""

import random
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Literal

from load.jobs.answers import FINAL, Answer
from load.jobs.api import HttpJobApi
from profiles import Extra, Profile
from profiles.api import Call
from profiles.templating import Names, as_text
from profiles.units import duration_text

from .faults import Fault, Say, Shown
from .proposals import for_code, path_to
from .watch_check import check_watches

__all__ = ["Fault", "check"]

NOT_FOUND_PATIENCE = 10.0
"""Seconds after its submit in which a job that isn't found may still turn up."""
FAR = 86_400.0
"""Seconds from now that no timestamp of a job just done lies: it must be in another unit, or another's."""


def check(profile: Profile, host: str, say: Say) -> list[Fault]:
    """Submit one job of each kind and follow it to its end, and sample every watch; returns what went wrong."""
    succeeded: list[str] = []
    with closing(HttpJobApi(profile, host)) as api:
        shown = Shown(say, api.hidden)
        if profile.api.login and (failed := api.sign_in()):
            shown.line(False, f"{profile.api.login}  {failed}")
            return [Fault("login", f"{profile.api.login}: {failed}")]
        faults = []
        for number, kind in enumerate(profile.kinds, 1):
            shown.heading(kind)
            faults += _Walk(profile, api, shown, kind, number).go(succeeded)
        faults += [fault for extra in profile.extra for fault in _check_extra(api, extra, succeeded, shown)]
    return faults + check_watches(profile, host, say)


def _check_extra(api: HttpJobApi, extra: Extra, succeeded: list[str], shown: Shown) -> list[Fault]:
    shown.heading(extra.name)
    if "id}" in extra.request and not succeeded:
        return [Fault(extra.name, f"{extra.request}: no job succeeded whose id it could ask for")]
    answer = api.ask(extra.request, succeeded[-1] if succeeded else "", extra.expect)
    shown.step(extra.request, answer, f"{answer.reply.bytes_down} bytes")
    return [] if answer.ok else [_fault(extra.name, extra.request, answer)]


class _Walk:
    """One job from its first call to its result."""

    def __init__(self, profile: Profile, api: HttpJobApi, shown: Shown, kind: str, number: int) -> None:
        self._profile, self._api, self._shown, self._kind, self._number = profile, api, shown, kind, number
        self._said = profile.api
        self._names: Names | None = None
        self._faults: list[Fault] = []

    def go(self, succeeded: list[str]) -> list[Fault]:
        """Walk it; what went wrong. Adds the job's id to those that `succeeded`."""
        tenant = self._profile.tenant[0].name if self._profile.tenant else ""
        rng = random.Random(self._number)
        self._names = self._api.begin(self._number, rng, tenant)
        if not self._prepared():
            return self._faults
        submitted = self._api.submit(self._kind, self._number, rng, tenant, self._names)
        self._step("submit", submitted, self._id_read(submitted))
        if not submitted.ok:
            return self._wrong("submit", _with_hint(submitted, self._submit_hint(submitted)))
        self._check_times("submit", submitted)
        ended = submitted if submitted.state else self._follow(submitted.id)
        if ended.state not in FINAL:
            return self._wrong("status", _with_hint(ended, self._status_hint(ended)))
        succeeded += [submitted.id] if ended.state == "succeeded" else []
        if ended.state != "succeeded":
            self._faults.append(Fault(self._kind, f"the job {ended.state}"))
        if ended is not submitted:
            self._check_times("status", ended)
        if ended is not submitted or (submitted.id and not submitted.by_code):
            self._check_result(submitted.id, ended)
        return self._faults

    def _prepared(self) -> bool:
        for place, call in enumerate(self._said.before):
            answer = self._api.before(place, self._names or {})
            self._shown.step(call.request, answer, self._taken(call))
            if not answer.ok:
                self._faults.append(_fault(self._kind, call.request, _with_hint(answer, for_code(call.name, answer.reply))))
                return False
        return True

    def _id_read(self, submitted: Answer) -> str:
        said = self._said
        where = "api.submit.take" if "id" in said.submit.take else f"header {said.id_header}" if said.id_header else said.id
        told = [f"id ({where}) = {submitted.id}"] if submitted.id and "id" not in said.submit.take else []
        state = f"state ({said.submit.state or submitted.word}) → {submitted.state}" if submitted.state else ""
        return ", ".join(filter(None, (*told, self._taken(said.submit), state)))

    def _taken(self, call: Call) -> str:
        names = self._names or {}
        return ", ".join(f"{name} ({at}) = {as_text(names[name])[:80]}" for name, at in call.take.items() if name in names)

    def _follow(self, job_id: str) -> Answer:
        begun = time.monotonic()
        shown, missed = None, 0.0
        while True:
            answer = self._api.status(job_id, self._names)
            waited = time.monotonic() - begun
            if answer.reply.code == 404 and not answer.ok and not answer.gone and waited < NOT_FOUND_PATIENCE:
                missed = waited
            elif (key := (answer.word, answer.ok)) != shown:
                shown = key
                self._tell_missing(missed)
                self._step("status", answer, self._state_read(answer))
            found = answer.reply.code != 404 or waited >= NOT_FOUND_PATIENCE
            if answer.state in FINAL or (not answer.ok and found) or waited > self._profile.clients.give_up_after:
                return answer
            time.sleep(min(0.5, self._profile.clients.poll_every) if answer.wait is None else min(answer.wait, 60.0))

    def _tell_missing(self, missed: float) -> None:
        """A job wasn't found at first: a fault where the profile doesn't allow so long for it."""
        allowed = self._said.status.not_found_for
        if missed:
            self._shown.line(missed <= allowed, f"{self._said.status}  →  404 for {missed:.1f} s after the submit")
        if missed > allowed:
            enough = duration_text(float(max(1, round(3 * missed))))
            hint = f'{self._said.status}: not found for {missed:.1f} s: say not_found_for = "{enough}" in [api.status]'
            self._faults.append(Fault(self._kind, hint))

    def _state_read(self, answer: Answer) -> str:
        if not answer.state:
            return f"{answer.word}, to be asked again" + (f" in {answer.wait:g} s" if answer.wait else "")
        where = "codes" if answer.word.startswith("HTTP ") else self._said.state_path
        taken = self._taken(self._said.status)
        return ", ".join(filter(None, (f"state ({where}) = {answer.word} → {answer.state}", taken, self._cause(answer))))

    def _cause(self, answer: Answer) -> str:
        return f"error ({self._said.error}) = {answer.error}" if answer.ok and answer.error else ""

    def _check_result(self, job_id: str, ended: Answer) -> None:
        """Fetch the result where a run would, and see that a failed job's cause is found, wherever it is to be read."""
        call, last, failed = "status", ended, ended.state == "failed"
        if self._said.result is not None and ended.state in self._said.fetched:
            call, last = "result", self._api.result(job_id, self._names, not failed)
            self._step(call, last, (failed and self._cause(last)) or f"{last.reply.bytes_down} bytes")
            if not last.ok:
                hint = for_code(call, last.reply)
                if failed and last.reply.code is not None:
                    hint = 'if failed jobs have no result, say api.result_of = ["succeeded"]'
                self._wrong(call, _with_hint(last, hint))
                return
            self._check_times("result", last)
            if last.state == "failed":
                self._shown.reply(last)
                self._wrong(call, last)
                return
        if failed and self._said.error and not last.error:
            self._shown.reply(last)
            self._faults.append(Fault(self._kind, f"{self._call(call)}: the reply has no {self._said.error!r} (api.error)"))

    def _check_times(self, call: Literal["submit", "status", "result"], answer: Answer) -> None:
        """Whether a reply tells the times that it should."""
        for name, path in self._said.times.told_in(call).items():
            value = getattr(answer, name)
            where = f"api.times.{name} = {getattr(self._said.times, name)!r}"
            lasts = name in ("waited", "ran")
            wrong = f"the reply has no time at {where}" if value is None else "" if lasts else _far_off(where, value)
            told = f"{value} s" if lasts else _clock(value or 0)
            self._shown.line(not wrong, wrong.removeprefix("the reply has ") or f"times.{name} ({path}) = {told}")
            if wrong:
                self._shown.reply(answer)
                self._faults.append(Fault(self._kind, f"{self._said.named[call]}: {wrong}"))

    def _submit_hint(self, answer: Answer) -> str:
        if "api.id)" not in answer.error:
            return for_code("submit", answer.reply)
        found = path_to("id", answer.reply.body)
        return f"is it id = {_quoted(found)}?" if found else "where is it? say api.id, or api.id_header"

    def _status_hint(self, answer: Answer) -> str:
        words = [word for words in self._said.words.values() for word in words]
        if answer.word and not answer.state and answer.word != "throttled":
            return f"there: {', '.join(words)}); add it as the service writes it"
        if "(api.state)" in answer.error:
            found = path_to("state", answer.reply.body, tuple(words))
            return f"is it state = {_quoted(found)}?" if found else ""
        return for_code("status", answer.reply)

    def _call(self, name: str) -> str:
        return str(self._said.named[name])

    def _step(self, name: str, answer: Answer, read: str) -> None:
        for aside in answer.asides:
            self._shown.line(aside.ok, f"{aside.endpoint}  →  {aside.reply.code}  {aside.error}")
        self._shown.step(self._call(name), answer, read)

    def _wrong(self, name: str, answer: Answer) -> list[Fault]:
        self._faults.append(_fault(self._kind, self._call(name), answer))
        return self._faults


def _with_hint(answer: Answer, hint: str) -> Answer:
    closing_ = "" if "); " in hint else ")"
    return answer._replace(error=f"{answer.error} ({hint}{closing_}") if hint and answer.error else answer


def _quoted(path: str) -> str:
    return f"'{path}'" if '"' in path else f'"{path}"'


def _far_off(where: str, moment: float) -> str:
    days = abs(moment - time.time()) / FAR
    return f"{where} tells a time {days:,.0f} days from now: {_clock(moment)}" if days > 1 else ""


def _clock(moment: float) -> str:
    try:
        return datetime.fromtimestamp(moment, UTC).isoformat(" ", "milliseconds")
    except (ValueError, OverflowError, OSError):
        return f"{moment:g} s since 1970"


def _fault(kind: str, endpoint: str, answer: Answer) -> Fault:
    return Fault(kind, f"{endpoint}: {answer.error or f'still {answer.state} when give_up_after had passed'}")
