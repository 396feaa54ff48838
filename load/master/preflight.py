"""What is checked before the first job: that somebody answers."""

import socket
import time
from typing import Any
from urllib.parse import urlsplit

import psutil
import requests

from load.jobs.api import expanded_headers
from load.protocol.addresses import public_url
from load.sampling.machine import this_machine
from load.sampling.watcher_process import host_watch, watched
from profiles import Condition, Profile, UserError
from profiles.conditions import JOB_SUBJECTS
from report.analysis.limits import samples_needed
from report.stats.intervals import completions_needed
from report.stats.steady_state import SETTLE_SHARE
from report.text import count_of

PATIENCE = 10.0


def wait_until_ready(profile: Profile, host: str, patience: float = PATIENCE) -> None:
    """Wait for api.ready to answer 2xx, or without one for the host to answer at all. Raises UserError."""
    method, path = (profile.api.ready or "GET /").split(" ", 1)
    headers = expanded_headers(profile)
    deadline = time.monotonic() + patience
    while True:
        said = _ask(method, host + path, headers, must_succeed=profile.api.ready is not None)
        if not said:
            return
        if time.monotonic() > deadline:
            waited = f" after {patience:.0f} s" if patience else ""
            raise UserError(f"{public_url(host)}{path}: the target is not ready{waited}: {said}")
        time.sleep(0.5)


def refuse_to_watch_elsewhere(profile: Profile, host: str) -> None:
    """A watched host or port is this machine's: under the name of a target elsewhere it would be a lie."""
    name = urlsplit(host).hostname or ""
    if _is_this_machine(name):
        return
    for watch in profile.watch:
        if (watch.host and watch.name == "target") or (watch.process and watch.process.port == "target"):
            raise UserError(
                f"watch {watch.name!r} samples the machine that stepload runs on, and {name} is another; take it out of "
                "the profile, with the conditions that speak of it"
            )


def completions_line(profile: Profile) -> str:
    """What the steps will tell about throughput: the jobs that each completes, and those that ± 3 % takes; empty for a batch."""
    stages = [stage for stage in profile.load.stages() if stage.hold]
    if profile.batch is not None or not stages:
        return ""
    held = [stage.hold - min(profile.method.settle, stage.hold * SETTLE_SHARE) for stage in stages]
    jobs = [round(profile.offered_rate(stage.clients) * seconds) for stage, seconds in zip(stages, held, strict=True)]
    each = f"{min(jobs):,}" if min(jobs) == max(jobs) else f"{min(jobs):,} to {max(jobs):,}"
    least, most = completions_needed(0.2), completions_needed(1.5)
    if min(jobs) >= most:
        return ""
    return (
        f"A step completes about {each} jobs if the service keeps up. Throughput to ± 3 % takes from {least:,} jobs, where all "
        f"take about as long, to {most:,}, where they differ much: hold longer if you need that."
    )


def unjudged_line(profile: Profile) -> str:
    """Which limits on percentiles can't be judged, since too few jobs or requests are to come; empty where all can."""
    few = []
    for limit in profile.limit:
        condition = profile.condition(limit.that)
        needed, come = samples_needed(condition), _to_come(profile, condition)
        if needed and come is not None and come < needed:
            few.append(f"{limit.that} (takes {needed:,}, about {come:,} are to come)")
    if not few:
        return ""
    named = ", ".join(few[:3]) + (f" and {len(few) - 3} more" if few[3:] else "")
    leave = "it" if len(few) == 1 else "them"
    return f"Too few samples to judge {count_of(len(few), 'limit')}: {named}. Hold longer, or leave {leave} out."


def _to_come(profile: Profile, condition: Condition) -> int | None:
    """How many submits, jobs or extras of the steps a condition is to see, at the most; None where that isn't known before."""
    stages = profile.load.stages()
    if not stages:
        return None
    for extra in profile.extra:
        if extra.name == condition.subject:
            return round(sum(stage.clients * stage.hold for stage in stages) / (sum(extra.every) / 2))
    if condition.subject not in ("submit", "result", *JOB_SUBJECTS):
        return None
    jobs = profile.batch or sum(profile.offered_rate(stage.clients) * stage.hold for stage in stages)
    shares = {
        "kind": {job.kind: job.weight for job in profile.job},
        "tenant": {tenant.name: tenant.jobs or tenant.weight for tenant in profile.tenant},
    }
    for column, name in condition.filters:
        jobs *= shares[column][name] / sum(shares[column].values())
    return round(jobs)


def port_of(host: str) -> int:
    """The TCP port of a base URL."""
    parts = urlsplit(host)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _is_this_machine(name: str) -> bool:
    ours = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    try:
        theirs = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        return True  # It doesn't resolve at all, which is said elsewhere.
    return any(address in ours or address.startswith("127.") or address == "::1" for address in theirs)


def _ask(method: str, url: str, headers: dict[str, str], must_succeed: bool) -> str:
    """What is wrong with the target's answer; "" for nothing."""
    try:
        reply = requests.request(method, url, headers=headers, timeout=5, allow_redirects=False)
    except requests.ConnectionError as error:
        return _reason(error)
    except requests.Timeout:
        return "no answer within 5 s"
    except (requests.RequestException, ValueError) as error:
        return str(error)
    return f"HTTP {reply.status_code}" if must_succeed and not reply.ok else ""


def _reason(error: requests.ConnectionError) -> str:
    text = str(error)
    known = {
        "Connection refused": "connection refused",
        "Name or service not known": "its name does not resolve",
        "NameResolutionError": "its name does not resolve",
        "Network is unreachable": "the network is unreachable",
        "No route to host": "no route to the host",
    }
    return next((said for sign, said in known.items() if sign in text), "the connection broke before a reply")


def all_watched(profile: Profile, target: str) -> list[dict[str, Any]]:
    """What the profile wants watched on this machine, and this machine itself as the generators' host. `target`: its URL.
    Raises UserError."""
    watches = [watched(watch) for watch in profile.watch]
    for watch in watches:
        if watch["process"] and watch["process"]["port"] == "target":
            watch["process"]["port"] = port_of(target)
    if not any(watch["host"] for watch in watches):
        watches.append(host_watch(f"host-{this_machine().host}"))
    return watches
