"""A job service and its load in virtual time: writes real run folders whose truth is known.

Open arrivals (one at a random time in each client's slot), `servers` FIFO servers with deterministic or exponential
service, polling with a random first phase, server timestamps. Everything is drawn from one seed.
"""

import heapq
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from profiles import Profile, load_profile
from report.recording.rows import (
    JOB_COLUMNS,
    REQUEST_COLUMNS,
    SAMPLE_COLUMNS,
    JobRow,
    RequestRow,
    SampleRow,
    encode_job,
    encode_request,
    encode_sample,
    header,
)
from report.recording.run_info import RAW_FILES, Machine, RunInfo, Worker, sha256
from report.stats.quantiles import count_until, in_flight
from report.stats.steady_state import growth_between, settled_after

EPOCH = 1_750_000_000.0
REPLY = {"submit": 0.004, "status": 0.002, "result": 0.003}
COLUMNS = ("due", "kind", "sent", "submit_seconds", "created", "rejected", "failed", "started", "finished")
BEGIN = 2.0
SIZE = {"submit": 60, "status": 80, "result": 2000}


@dataclass(frozen=True)
class Service:
    """The target: capacity is servers / mean service time of the mix."""

    servers: int = 4
    seconds: dict[str, float] = field(default_factory=lambda: {"http-fetch": 0.4, "factorial": 0.002})
    exponential: bool = False
    fail_share: float = 0.0
    failure: str = "task failed: content answered 500"
    tells_times: bool = True
    error_share: float = 0.0
    error: str = "503 Service Unavailable"
    leaked_fds: float = 0.0
    """Descriptors left open by each job, on average."""
    holds_polls: float = 0.0
    """Seconds for which a poll is held open at the most, until its job has ended."""
    slow_polls: float = 0.0
    """Seconds that each poll takes longer than it should; the state is read in the middle of them."""
    commits_after: float = 0.0
    """Seconds after its end by the service's clock until polls see a job done."""
    down: tuple[tuple[float, float], ...] = ()
    """From when to when no job is begun."""


@dataclass(frozen=True)
class Held:
    """One step as simulated."""

    number: int
    clients: int
    ramp_start: float
    start: float
    end: float
    cut: bool


def simulate(
    folder: Path,
    overrides: Sequence[str] = (),
    service: Service | None = None,
    *,
    profile: str | Path = "stepping",
    seed: int = 7,
    stops: bool = True,
    workers: int = 1,
    info: dict[str, Any] | None = None,
) -> Path:
    """Run `profile` with `overrides` against `service`; the first step that does not keep up ends it if `stops`."""
    loaded, document = load_profile(profile, overrides)
    return _Simulation(loaded, service or Service(), np.random.default_rng(seed), stops, workers).write(
        folder, document, info or {}
    )


class _Simulation:
    def __init__(self, profile: Profile, service: Service, rng: np.random.Generator, stops: bool, workers: int) -> None:
        self.profile, self.service, self.rng, self.workers = profile, service, rng, workers
        self.rng_alone = rng.spawn(1)[0]
        self.lead_in = [Held(0, s.clients, BEGIN, BEGIN, BEGIN + s.hold, False) for s in profile.load.lead_in]
        plan = self._plan()
        self._offer(plan)
        self._serve()
        self.fired = self._first_overload(plan) if stops else None
        self.holds = self._cut(plan)
        self.load_end = self.holds[-1].end
        self.end = self.load_end + profile.load.drain
        self._keep(self.due < self.load_end)
        self._precede()

    def _plan(self) -> list[Held]:
        holds, t = [], max([BEGIN, *(hold.end for hold in self.lead_in)])
        for number, stage in enumerate(self.profile.load.stages(), 1):
            holds.append(Held(number, stage.clients, t, t + stage.ramp, t + stage.ramp + stage.hold, False))
            t = holds[-1].end
        return holds

    def _offer(self, plan: list[Held]) -> None:
        """One arrival at a random time in each client's slot; clients join evenly over a ramp."""
        every, due = self.profile.clients.submit_every, []
        top = max(hold.clients for hold in plan)
        for client in range(top):
            for hold in plan:
                begin = hold.ramp_start + (hold.start - hold.ramp_start) * client / hold.clients
                if client < hold.clients:
                    slots = np.arange(begin, hold.end, every)
                    times = slots + self.rng.uniform(0, every, len(slots))
                    due.append(times[times < hold.end])
        self.due = np.sort(np.concatenate(due))
        kinds = [job for job in self.profile.job if job.weight]
        weights = np.array([job.weight for job in kinds], dtype=float)
        self.kind = self.rng.choice([job.kind for job in kinds], len(self.due), p=weights / weights.sum())

    def _precede(self) -> None:
        """Put the jobs of the baseline before all others: each is due when a poll has surely seen the last one done."""
        rng, kinds, rows = self.rng_alone, [job.kind for job in self.profile.job for _ in range(job.weight)], []
        for hold in self.lead_in:
            due = hold.start
            while due < hold.end:
                kind, sent, took = str(rng.choice(kinds)), due + rng.uniform(0, 0.001), REPLY["submit"] * rng.lognormal(0, 0.35)
                work = self.service.seconds.get(kind, 0.1) * (rng.exponential(1) if self.service.exponential else 1)
                created, failed = sent + took * 0.8, rng.uniform() < self.service.fail_share
                rows.append((due, kind, sent, took, created, False, failed, created, created + work))
                due = created + work + self.profile.clients.poll_every + 0.05
        self.alone = len(rows)
        for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=False):
            setattr(self, name, np.concatenate([column, getattr(self, name)]))

    def _serve(self) -> None:
        n, service = len(self.due), self.service
        mean = np.array([service.seconds.get(kind, 0.1) for kind in self.kind])
        work = mean * (self.rng.exponential(1, n) if service.exponential else 1)
        self.sent = self.due + self.rng.uniform(0, 0.001, n)
        self.submit_seconds = self._reply_times("submit", n)
        self.created = self.sent + self.submit_seconds * 0.8
        self.rejected = self.rng.uniform(size=n) < service.error_share
        self.failed = self.rng.uniform(size=n) < service.fail_share
        self.started, self.finished = np.full(n, np.nan), np.full(n, np.nan)
        free = [0.0] * service.servers
        for i in np.argsort(self.created, kind="stable"):
            if not self.rejected[i]:
                self.started[i] = self._up(max(self.created[i], heapq.heappop(free)))
                self.finished[i] = self.started[i] + work[i]
                heapq.heappush(free, self.finished[i])

    def _up(self, t: float) -> float:
        """When a job that could begin at `t` begins."""
        for start, end in self.service.down:
            t = end if start <= t < end else t
        return t

    def _reply_times(self, endpoint: str, n: int) -> np.ndarray:
        return REPLY[endpoint] * self.rng.lognormal(0, 0.35, n)

    def _first_overload(self, plan: list[Held]) -> tuple[Held, dict[str, float]] | None:
        ended = np.sort(np.where(self.rejected, self.sent, self.finished))
        for hold in plan:
            completed = np.histogram(ended, hold.start + np.arange(int(hold.end - hold.start) + 1))[0].astype(float)
            settled = settled_after(completed, self.profile.method.settle)
            growth = growth_between(self.due, ended, hold.start + settled, hold.end)
            if growth.verdict == "UNSUSTAINED":
                seen = {
                    "growth": round(growth.growth),
                    "arrivals": growth.arrivals,
                    "allowed": growth.allowed,
                    "seconds": growth.seconds,
                }
                return hold, seen | {"in_flight": int(in_flight(self.due, ended, hold.end))}
        return None

    def _cut(self, plan: list[Held]) -> list[Held]:
        if self.fired is None:
            return plan
        hold = self.fired[0]
        cut = Held(hold.number, hold.clients, hold.ramp_start, hold.start, hold.start + (hold.end - hold.start) * 0.8, True)
        return [*plan[: hold.number - 1], cut]

    def _keep(self, keep: np.ndarray) -> None:
        for name in COLUMNS:
            setattr(self, name, getattr(self, name)[keep])

    def write(self, folder: Path, document: dict[str, Any], info: dict[str, Any]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "profile.toml").write_text(tomli_w.dumps(document))
        requests, jobs = self._rows()
        lines = {
            "requests.csv": (REQUEST_COLUMNS, [encode_request(row) for row in requests]),
            "jobs.csv": (JOB_COLUMNS, [encode_job(row) for row in jobs]),
            "samples.csv": (SAMPLE_COLUMNS, [encode_sample(row) for row in self._samples(jobs)]),
        }
        for name, (columns, rows) in lines.items():
            (folder / name).write_bytes(header(columns) + "".join(rows).encode())
        events = self._events()
        (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
        rows = {name.partition(".")[0]: len(encoded) for name, (_, encoded) in lines.items()} | {"events": len(events)}
        os.close(self._info(folder, rows, requests, jobs, info).write(folder))
        return folder

    def _info(
        self, folder: Path, rows: dict[str, int], requests: list[RequestRow], jobs: list[JobRow], more: dict[str, Any]
    ) -> RunInfo:
        workers = []
        for index in range(1, self.workers + 1):
            r, j = (sum(row.worker == index for row in some) for some in (requests, jobs))
            submits = sum(row.worker == index and row.endpoint == "submit" for row in requests)
            counts = {"requests_sent": r, "requests_received": r, "jobs_sent": j, "jobs_received": j, "arrivals": submits}
            workers.append(Worker(index=index, host="lab", pid=100 + index, clock_offset=0, clock_error=0, **counts))
        facts: dict[str, Any] = {
            "name": self.profile.name,
            "labels": {"branch": "main"},
            "target": {"name": self.profile.target.name, "version": "1.0", "hardware": "4 cores, 8 GB"},
            "url": "http://127.0.0.1:18991",
            "epoch": EPOCH,
            "start": "2025-06-15T15:06:40Z",
            "end": "2025-06-15T15:36:40Z",
            "duration": self.end,
            "end_reason": "stopped" if self.fired else "finished",
            "end_detail": "backlog" if self.fired else "",
            "command": ("stepload", "run", "profiles/stepping.toml", "--host", "http://127.0.0.1:18991"),
            "versions": {"stepload": "0.1.0", "locust": "2.47.0", "python": "3.11.4"},
            "machines": (Machine(host="lab", cpu="Test CPU @ 2.4 GHz", cores=4, memory=8 * 2**30, os="Linux 6.1"),),
            "workers": tuple(workers),
            "rows": rows,
            "sha256": {name: sha256(folder / name) for name in RAW_FILES},
        }
        return RunInfo.model_validate(facts | more)

    def _rows(self) -> tuple[list[RequestRow], list[JobRow]]:
        requests: list[RequestRow] = []
        jobs: list[JobRow] = []
        for i in range(len(self.due)):
            self._life(i, requests, jobs)
        requests.sort(key=lambda row: row.sent + row.seconds)
        jobs.sort(key=lambda row: row.ended)
        return requests, jobs

    def _life(self, i: int, requests: list[RequestRow], jobs: list[JobRow]) -> None:
        worker, rng = i % self.workers + 1, self.rng_alone if i < self.alone else self.rng
        job, kind, due, sent = f"{worker}-{i}", str(self.kind[i]), float(self.due[i]), float(self.sent[i])
        accepted = sent + float(self.submit_seconds[i])
        rejected = bool(self.rejected[i])

        def request(endpoint: str, t: float, took: float, state: str = "", ok: bool = True) -> RequestRow:
            code, error = (200, "") if ok else (503, self.service.error)
            code = 202 if ok and endpoint == "submit" else code
            first = due if endpoint == "submit" else t
            return RequestRow(job, first, t, took, worker, endpoint, kind, "", code, ok, state, SIZE[endpoint], error)

        requests.append(request("submit", sent, accepted - sent, ok=not rejected))
        if rejected:
            jobs.append(self._job(i, job, "rejected", accepted, None, None, accepted, 0, self.service.error))
            return
        polls, after, seen = 0, sent, float(self.finished[i]) + self.service.commits_after
        t = accepted + float(rng.uniform(0, self.profile.clients.poll_every))
        while t < self.end:
            took = REPLY["status"] * float(rng.lognormal(0, 0.35)) + self.service.slow_polls
            polls += 1
            held = min(self.service.holds_polls, max(0.0, seen - t))
            read, took = t + held + took / 2, took + held
            if read >= seen:
                break
            state = "RUNNING" if t >= self.started[i] else "QUEUED"
            requests.append(request("status", t, took, state))
            after, t = t, t + took + self.profile.clients.poll_every
        else:
            jobs.append(self._job(i, job, "abandoned", accepted, after, None, self.end, polls, ""))
            return
        failed = bool(self.failed[i])
        requests.append(request("status", t, took, "FAILED" if failed else "SUCCEEDED"))
        fetched = REPLY["result"] * float(rng.lognormal(0, 0.35))
        requests.append(request("result", t + took, fetched))
        cause, outcome = (self.service.failure, "failed") if failed else ("", "succeeded")
        jobs.append(self._job(i, job, outcome, accepted, after, t + took, t + took + fetched, polls, cause))

    def _job(
        self,
        i: int,
        job: str,
        outcome: Any,
        accepted: float,
        after: float | None,
        before: float | None,
        ended: float,
        polls: int,
        error: str,
    ) -> JobRow:
        told = self.service.tells_times and before is not None
        times = [EPOCH + float(t[i]) if told else None for t in (self.created, self.started, self.finished)]
        kind, due, sent = str(self.kind[i]), float(self.due[i]), float(self.sent[i])
        return JobRow(
            job, f"id{i}", kind, "", int(job.partition("-")[0]), due, sent, accepted, after, before, ended,
            *times, outcome, polls, 90, 2000 + 80 * polls, error,
        )  # fmt: skip

    @property
    def worker_numbers(self) -> range:
        return range(1, self.workers + 1)

    def _samples(self, jobs: list[JobRow]) -> list[SampleRow]:
        rows: list[SampleRow] = []
        ended = np.sort([job.done_before or job.ended for job in jobs])
        moments = np.arange(0.0, self.end, 1.0)
        busy = in_flight(
            np.sort(self.started[~np.isnan(self.started)]), np.sort(self.finished[~np.isnan(self.finished)]), moments
        )
        load = dict.fromkeys((1, 5, 15), 0.3)
        left_open = np.floor(self.service.leaked_fds * count_until(ended, moments))
        open_jobs = {worker: _open_jobs([job for job in jobs if job.worker == worker], moments) for worker in self.worker_numbers}
        for second, (t, servers, flying, left) in enumerate(
            zip(moments, busy, in_flight(self.due, ended, moments), left_open, strict=True)
        ):
            used = float(servers) / self.service.servers
            for minutes in load:
                load[minutes] += (4 * used - load[minutes]) * (1 - float(np.exp(-1 / 60 / minutes)))
                rows.append(SampleRow(float(t), "target", f"load{minutes}", load[minutes]))
            rows += [
                SampleRow(float(t), "target", "cpu", min(1.0, 0.05 + 0.6 * used)),
                SampleRow(float(t), "target", "memory", 0.4),
                SampleRow(float(t), "service", "cpu", 2.4 * used + 0.05),
                SampleRow(float(t), "service", "rss", 80e6 + 20_000 * float(flying)),
                SampleRow(float(t), "service", "fds", 30.0 + int(flying) + left),
                SampleRow(float(t), "service", "fd_limit", 1024.0),
                SampleRow(float(t), "service", "threads", 12.0),
                *(
                    SampleRow(float(t), f"generator-{worker}", metric, value)
                    for worker in self.worker_numbers
                    for metric, value in (
                        ("lag", 0.004),
                        ("beats", 20.0),
                        ("cpu", 0.11 + 0.2 * used),
                        ("rss", 60e6),
                        ("jobs", float(open_jobs[worker][second])),
                    )
                ),
            ]
        return rows

    def _events(self) -> list[dict[str, Any]]:
        stages = [{"clients": s.clients, "ramp": s.ramp, "hold": s.hold} for s in self.profile.load.stages()]
        events: list[dict[str, Any]] = [{"t": 0.0, "event": "run_start", "stages": stages}]
        for index in range(1, self.workers + 1):
            joined = {"t": 0.5, "event": "worker_joined", "worker": index, "host": "lab", "pid": 100 + index}
            events.append(joined | {"clock_offset": 0.0})
        clients = 0
        planned_holds = [stage.hold for stage in (*self.profile.load.lead_in, *self.profile.load.stages())]
        for hold, planned_hold in zip([*self.lead_in, *self.holds], planned_holds, strict=False):
            step = {"step": hold.number, "clients": hold.clients}
            role = "load" if hold.number else "baseline"
            planned = {"ramp": hold.start - hold.ramp_start, "hold": planned_hold, "role": role}
            events.append({"t": hold.ramp_start, "event": "ramp_start", **step, "from": clients, **planned})
            events.append({"t": hold.start, "event": "hold_start", **step})
            if hold.cut and self.fired:
                rule = {"event": "rule", "rule": "backlog", "then": "stop", **step, "values": self.fired[1]}
                armed = hold.start + (hold.end - hold.start) * 0.6
                events.append({"t": armed, **rule, "state": "armed", "at": armed})
                events.append({"t": hold.end, **rule, "state": "fired", "at": hold.end})
            events.append({"t": hold.end, "event": "hold_end", **step, "cut": hold.cut})
            clients = hold.clients if hold.number else 0
        for action in self.profile.action:
            at = BEGIN + action.at if isinstance(action.at, float) else {"before": 0.0, "after": self.end}[action.at]
            told = {"action": action.name, "command": action.run}
            events.append({"t": at, "event": "action_start", **told})
            events.append({"t": at, "event": "action_end", **told, "seconds": 0.1, "code": 0, "wrong": "", "output": ""})
        flying = int((~self.rejected & (self.finished > self.load_end)).sum())
        events.append({"t": self.load_end, "event": "drain_start", "in_flight": flying, "limit": self.profile.load.drain})
        events.append({"t": self.end, "event": "drain_end", "abandoned": int((self.finished > self.end).sum())})
        reason = "stopped" if self.fired else "finished"
        events.append({"t": self.end, "event": "run_end", "reason": reason, "detail": "backlog" if self.fired else ""})
        return events


def _open_jobs(jobs: list[JobRow], moments: np.ndarray) -> np.ndarray:
    """A generator's own count of its jobs in flight."""
    ended = [np.inf if job.outcome == "abandoned" else job.ended for job in jobs]
    return in_flight(np.sort([job.sent for job in jobs]), np.sort(ended), moments)
