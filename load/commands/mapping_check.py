"""One job of each kind, every step of the profile's mapping shown (what was asked, what came, what was read), and every watch."""

import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from load.jobs.answers import FINAL, Answer
from load.jobs.api import HttpJobApi
from load.sampling.watcher import metrics_told
from load.sampling.watches import all_watched
from profiles import Extra, Profile, Watch
from profiles.templating import Names

Say = Callable[[str], None]

WATCH_PATIENCE = 8.0
"""Seconds in which each watch must have told something: a probe may take 5 for its answer."""


@dataclass(frozen=True)
class Fault:
    """A step that did not go as the profile says. `kind`: of job, or the name of an extra or a watch."""

    kind: str
    what: str


def check(profile: Profile, host: str, say: Say) -> list[Fault]:
    """Submit one job of each kind and follow it to its end, and sample every watch; returns what went wrong."""
    succeeded: list[str] = []
    kinds = enumerate(profile.kinds, 1)
    with closing(HttpJobApi(profile, host)) as api:
        faults = [fault for number, kind in kinds for fault in _check_kind(profile, api, kind, number, say, succeeded)]
        faults += [fault for extra in profile.extra for fault in _check_extra(api, extra, succeeded, say)]
    return faults + _check_watches(profile, host, say)


def _check_watches(profile: Profile, host: str, say: Say) -> list[Fault]:
    told = metrics_told(all_watched(profile, host), WATCH_PATIENCE) if profile.watch else {}
    faults = []
    for watch in profile.watch:
        say(f"watch {watch.name}:")
        if told[watch.name]:
            say(f"  ok   {', '.join(sorted(told[watch.name]))}")
        for fault in _watch_faults(watch, told[watch.name]):
            say(f"  BAD  {fault}")
            faults.append(Fault(f"watch {watch.name}", fault))
    return faults


def _watch_faults(watch: Watch, told: set[str]) -> list[str]:
    if watch.process and not told:
        ((key, value),) = watch.process.model_dump(exclude_none=True).items()
        return [f"no process found by {key} = {value!r} (without root, only this user's own are seen)"]
    if not told:
        return ["told nothing"]
    return [f"told no {metric!r}" for metric in sorted(watch.metrics.keys() - told)]


def _check_extra(api: HttpJobApi, extra: Extra, succeeded: list[str], say: Say) -> list[Fault]:
    say(f"{extra.name}:")
    if "{id}" in extra.request and not succeeded:
        return [Fault(extra.name, f"{extra.request}: no job succeeded whose id it could ask for")]
    answer = api.ask(extra.request, succeeded[-1] if succeeded else "", extra.expect)
    _show(say, extra.request, answer, f"{answer.reply.bytes_down} bytes")
    return [] if answer.ok else [_fault(extra.name, extra.request, answer)]


def _check_kind(profile: Profile, api: HttpJobApi, kind: str, number: int, say: Say, succeeded: list[str]) -> list[Fault]:
    say(f"{kind}:")
    tenant = profile.tenant[0].name if profile.tenant else ""
    names = api.begin(number, random.Random(number), tenant)
    submitted = api.submit(kind, number, random.Random(number), tenant, names)
    _show(say, str(profile.api.submit), submitted, f"id ({profile.api.id}) = {submitted.id}")
    if not submitted.ok:
        return [_fault(kind, str(profile.api.submit), submitted)]
    ended = _follow(profile, api, submitted.id, names, say)
    if ended.state not in FINAL:
        return [_fault(kind, str(profile.api.status), _with_known_words(profile, ended))]
    succeeded += [submitted.id] if ended.state == "succeeded" else []
    faults = [Fault(kind, f"the job {ended.state}")] if ended.state != "succeeded" else []
    faults += _check_times(profile, kind, ended, say)
    return faults + _check_result(profile, api, kind, submitted.id, names, ended, say)


def _check_result(
    profile: Profile, api: HttpJobApi, kind: str, job_id: str, names: Names | None, ended: Answer, say: Say
) -> list[Fault]:
    """Fetch the result where a run would, and see that a failed job's cause is found, wherever it is to be read."""
    endpoint, last, failed = str(profile.api.status), ended, ended.state == "failed"
    if profile.api.result is not None and ended.state in profile.api.fetched:
        endpoint, last = str(profile.api.result), api.result(job_id, names, not failed)
        _show(say, endpoint, last, (failed and _cause(profile, last)) or f"{last.reply.bytes_down} bytes")
        if not last.ok:
            return [_fault(kind, endpoint, _with_a_way_out(last) if failed else last)]
    if not failed or not profile.api.error or last.error:
        return []
    _show_reply(say, last)
    return [Fault(kind, f"{endpoint}: the reply has no {profile.api.error!r} (api.error)")]


def _cause(profile: Profile, answer: Answer) -> str:
    return f"error ({profile.api.error}) = {answer.error}" if answer.ok and answer.error else ""


def _with_a_way_out(answer: Answer) -> Answer:
    """Where the service has no result for a failed job, the profile can say so."""
    if answer.reply.code is None:
        return answer
    return answer._replace(error=f'{answer.error} (if failed jobs have no result, say api.result_of = ["succeeded"])')


def _follow(profile: Profile, api: HttpJobApi, job_id: str, names: Names | None, say: Say) -> Answer:
    deadline = time.monotonic() + profile.clients.give_up_after
    shown = None
    while True:
        answer = api.status(job_id, names)
        if answer.word != shown or not answer.ok:
            shown = answer.word
            read = f"state ({profile.api.state}) = {answer.word} → {answer.state}"
            _show(say, str(profile.api.status), answer, ", ".join(filter(None, (read, _cause(profile, answer)))))
        if answer.state in FINAL or not answer.ok or time.monotonic() > deadline:
            return answer
        time.sleep(min(0.5, profile.clients.poll_every))


def _with_known_words(profile: Profile, answer: Answer) -> Answer:
    """Where the service says a state that the profile doesn't know: also those that it does."""
    if answer.state or not answer.word:
        return answer
    known = ", ".join(word for words in profile.api.words.values() for word in words)
    return answer._replace(error=f"{answer.error} (there: {known}); add it as the service writes it")


def _check_times(profile: Profile, kind: str, ended: Answer, say: Say) -> list[Fault]:
    read = {"created": ended.created, "started": ended.started, "finished": ended.finished}
    faults = []
    for name, path in profile.api.times:
        moment = read[name]
        if path and moment is None:
            say(f"  BAD  no time at api.times.{name} = {path!r}")
            faults.append(Fault(kind, f"{profile.api.status}: the reply has no time at api.times.{name} = {path!r}"))
        elif path and moment is not None:
            say(f"  ok   times.{name} ({path}) = {_clock(moment)}")
    if faults:
        _show_reply(say, ended)
    return faults


def _clock(moment: float) -> str:
    try:
        return datetime.fromtimestamp(moment, UTC).isoformat(" ", "milliseconds")
    except (ValueError, OverflowError, OSError):
        return f"{moment:g} s since 1970"


def _show(say: Say, endpoint: str, answer: Answer, read: str) -> None:
    reply = answer.reply
    head = f"  {'ok  ' if answer.ok else 'BAD '} {endpoint}  →  {reply.code or 'no reply'}  {reply.seconds * 1000:.1f} ms"
    say(f"{head}  {read if answer.ok else answer.error}")
    if not answer.ok:
        _show_reply(say, answer)


def _show_reply(say: Say, answer: Answer) -> None:
    if answer.reply.body:
        say(f"       the reply was: {answer.reply.body[:300].decode('utf-8', 'replace')}")


def _fault(kind: str, endpoint: str, answer: Answer) -> Fault:
    return Fault(kind, f"{endpoint}: {answer.error or f'still {answer.state} when give_up_after had passed'}")
