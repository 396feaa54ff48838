"""Whether the measurement can be trusted: the measurement is judged before the target.

INVALID: rows don't reconcile, a worker was lost, more than 1 % of the arrivals (of the run, or of a step that a result
rests on) were held back or late, or the load itself failed. QUALIFIED: the recording is only the beginning of a run,
the method was overridden, a load generator was itself at its limit, clocks differ, clients wait for their jobs, or
there is little data.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal
from urllib.parse import urlsplit

from .holds import column
from .ladder import Capacity
from .outcomes import Outcomes
from .resources import Usage, largest, largest_mean
from .runfolder import Run
from .runinfo import RAW_FILES, sha256
from .stats import carries
from .text import NONE, count_of, listed, moment, seconds, share

Level = Literal["ok", "note", "qualified", "invalid"]
Trust = Literal["VALID", "QUALIFIED", "INVALID"]

LATE = 0.1
LATE_SHARE = 0.01
LAG, CPU = 0.1, 0.8
CLOCK_ERROR = 0.005
MIN_REQUESTS = 200
MIN_MISSED = 10
"""Arrivals held back or late in one step; fewer say nothing about that step."""
RESOLUTION = 0.2
"""A growth of the backlog by this share of the arrivals must not pass for chance."""
LOCAL = ("127.0.0.1", "localhost", "::1", "0.0.0.0")


@dataclass(frozen=True)
class Check:
    """One thing that was checked: `sentence` says what was found, with its numbers; `remedy` what to do about it."""

    name: str
    level: Level
    sentence: str
    numbers: Mapping[str, float]
    remedy: str = ""


@dataclass(frozen=True)
class Facts:
    """What the checks look at."""

    run: Run
    outcomes: Outcomes
    capacity: Capacity
    usage: Sequence[Usage]

    @property
    def sealed(self) -> bool:
        """Whether the run was closed in order, so that its counts and hashes are final."""
        return self.run.info.end is not None


def check_all(facts: Facts) -> tuple[Check, ...]:
    """Every check, in the order of importance."""
    return tuple(check for examine in CHECKS for check in examine(facts))


def trust_in(checks: Sequence[Check]) -> Trust:
    """The worst of all checks decides."""
    levels = {check.level for check in checks}
    return "INVALID" if "invalid" in levels else "QUALIFIED" if "qualified" in levels else "VALID"


def arrivals_of(run: Run) -> tuple[int, int, int]:
    """(arrivals, held back, late): held back by max_in_flight; late: sent more than 0.1 s after they were due."""
    submits = run.requests[run.requests["endpoint"] == "submit"]
    late = int((column(submits, "sent") - column(submits, "due") > LATE).sum())
    told = sum(worker.held_back for worker in run.info.workers)
    noted = max((int(event["jobs"]) for event in run.events if event["event"] == "held_back"), default=0)
    held = max(told, noted)
    return max(sum(worker.arrivals for worker in run.info.workers), len(submits) + held), held, late


def on_one_machine(run: Run) -> bool:
    """Whether generator and target shared a machine, by the target's address."""
    host = urlsplit(run.info.url).hostname or ""
    return host in LOCAL or host in {machine.host for machine in run.info.machines}


def _completeness(facts: Facts) -> Iterator[Check]:
    run = facts.run
    if not len(run.requests):
        yield Check("Recording", "invalid", "No request was recorded, so nothing was measured.", {}, "Look at the log.")
    match run.status:
        case "failed":
            said = f"The load itself failed: {run.info.end_detail or 'no reason was recorded'}."
            yield Check("Run", "invalid", said, {}, "Mend what failed and run again.")
        case "crashed":
            said = "The run crashed. Up to two seconds before the crash may be missing from the recording."
            yield Check("Run", "qualified", said, {"recorded_s": run.end}, "Run again to cover the whole load profile.")
        case "running":
            said = "The run is still going on: this reads what was recorded until now."
            yield Check("Run", "qualified", said, {"recorded_s": run.end}, "Make the report again when the run has ended.")
        case "interrupted":
            why = f" ({run.info.end_detail})" if run.info.end_detail else ""
            said = f"The run was interrupted{why}: the steps after that were never reached."
            yield Check("Run", "qualified", said, {"recorded_s": run.end}, "Run again to cover the whole load profile.")
        case ended:
            said = "The run ended as planned." if ended == "finished" else "A stop rule ended the run, as intended."
            yield Check("Run", "ok", said, {"recorded_s": run.end})


def _rows(facts: Facts) -> Iterator[Check]:
    problems = [*_worker_rows(facts.run)]
    if facts.sealed:
        problems += [*_file_rows(facts.run), *_hashes(facts.run)]
    remedy = "Don't use these numbers: find out where rows went, then run again."
    for sentence in problems:
        yield Check("Rows", "invalid", sentence, {}, remedy)
    if not problems:
        rows = len(facts.run.requests) + len(facts.run.jobs)
        proof = "and the files are as they were sealed" if facts.sealed else "but nothing was sealed"
        said = f"Every row that a worker sent is in the files ({count_of(rows, 'row')}), {proof}."
        known = facts.sealed or not facts.run.info.workers
        unsealed = f"{count_of(rows, 'row')} were read; an unsealed run has no counts or hashes to check them against."
        yield Check("Rows", "ok" if known else "note", said if known else unsealed, {"rows": rows})


def _worker_rows(run: Run) -> Iterator[str]:
    for worker in run.info.workers:
        for kind, sent, received in (
            ("request", worker.requests_sent, worker.requests_received),
            ("job", worker.jobs_sent, worker.jobs_received),
        ):
            if sent != received:
                yield f"Worker {worker.index} sent {count_of(sent, f'{kind} row')}, but {received:,} were received."
        if worker.rows_dropped:
            yield f"Worker {worker.index} had to drop {count_of(worker.rows_dropped, 'row')}."


def _file_rows(run: Run) -> Iterator[str]:
    jobs = len(run.jobs) - run.unanswered
    found = {"requests": len(run.requests), "jobs": jobs, "samples": len(run.samples), "events": len(run.events)}
    for name, expected in run.info.rows.items():
        table = PurePath(name).stem
        if table in found and found[table] != expected:
            yield f"run.json counts {count_of(expected, 'row')} of {table}, but the file holds {found[table]:,}."


def _hashes(run: Run) -> Iterator[str]:
    for name, expected in run.info.sha256.items():
        file = run.folder / PurePath(name).name
        if name in RAW_FILES and not file.is_file():
            yield f"{name} was sealed, but is missing."
        elif name in RAW_FILES and sha256(file) != expected:
            yield f"{name} is no longer what was sealed: its SHA-256 differs."


def _outcomes(facts: Facts) -> Iterator[Check]:
    outcomes = facts.outcomes
    numbers = {"jobs": outcomes.jobs, "submits": outcomes.submits}
    if outcomes.missing:
        said = f"{count_of(outcomes.missing, 'job')} had a result, but jobs.csv lost how they ended."
        yield Check("Outcomes", "invalid", said, numbers, "Don't use these numbers: find out where rows went.")
    elif outcomes.add_up:
        said = f"Every one of {count_of(outcomes.submits, 'submit')} has exactly one outcome."
        yield Check("Outcomes", "ok", said, numbers)
    elif not facts.sealed and not outcomes.twice and not outcomes.missing:
        said = (
            f"{count_of(outcomes.unsubmitted, 'job')} ended whose submit lies in the lost end of requests.csv; "
            "each job has one outcome."
        )
        yield Check("Outcomes", "note", said, numbers)
    else:
        said = (
            f"{count_of(outcomes.submits, 'submit')} stand against {count_of(outcomes.jobs, 'outcome')} "
            f"({outcomes.unsubmitted:,} without a submit, {outcomes.twice:,} recorded twice)."
        )
        yield Check("Outcomes", "invalid", said, numbers, "Don't use these numbers: the recording contradicts itself.")


def _workers(facts: Facts) -> Iterator[Check]:
    lost = {worker.index for worker in facts.run.info.workers if worker.lost}
    lost |= {int(event["worker"]) for event in facts.run.events if event["event"] == "worker_lost"}
    total = max(len(facts.run.info.workers), len(lost))
    if lost:
        said = f"Worker {listed(map(str, sorted(lost)))} of {total} was lost, so the load was not what the steps say."
        yield Check("Workers", "invalid", said, {"lost": len(lost)}, "Find out why it died (its log), then run again.")
    elif total:
        yield Check("Workers", "ok", f"{count_of(total, 'worker')} stayed to the end of the recording.", {"lost": 0})


def _monitoring(facts: Facts) -> Iterator[Check]:
    for event in facts.run.events:
        if event["event"] == "watcher_lost":
            said = f"Hosts and processes were not sampled from {moment(event['t'])} on, so conditions on them were not seen."
            yield Check("Monitoring", "qualified", said, {"t": event["t"]}, "Find out why the watcher ended, then run again.")


def _arrivals(facts: Facts) -> Iterator[Check]:
    arrivals, held, late = arrivals_of(facts.run)
    if not arrivals:
        return
    missed = (held + late) / arrivals
    numbers = {"arrivals": arrivals, "held_back": held, "late": late, "share": missed}
    said = (
        f"Of {count_of(arrivals, 'arrival')} {held:,} were held back by max_in_flight and {late:,} were sent more than "
        f"{seconds(LATE)} late: {share(missed)}"
    )
    if missed > LATE_SHARE:
        remedy = "Give the generator more workers or cores, or raise clients.max_in_flight, then run again."
        yield Check("Arrivals", "invalid", f"{said}, where {share(LATE_SHARE)} is allowed.", numbers, remedy)
    else:
        yield Check("Arrivals", "ok", f"{said}, within the {share(LATE_SHARE)} that is allowed.", numbers)
        yield from _arrivals_of_steps(facts)


def _arrivals_of_steps(facts: Facts) -> Iterator[Check]:
    """In a long run a step that the generator spoiled disappears among all arrivals, though a result rests on it."""
    for step in (facts.capacity.carried, facts.capacity.breaking):
        if step is None or step.step.hold is None:
            continue
        start, end = step.step.hold
        submits = facts.run.requests[facts.run.requests["endpoint"] == "submit"]
        due = column(submits, "due")
        inside = (start <= due) & (due < end)
        late = int((inside & (column(submits, "sent") - due > LATE)).sum())
        held = _held_back_until(facts.run, end) - _held_back_until(facts.run, start)
        arrivals = int(inside.sum()) + held
        if late + held < MIN_MISSED or (late + held) / arrivals <= LATE_SHARE:
            continue
        numbers = {"arrivals": arrivals, "held_back": held, "late": late, "share": (late + held) / arrivals}
        said = (
            f"Of {count_of(arrivals, 'arrival')} of step {step.step.number} {held:,} were held back by max_in_flight and "
            f"{late:,} were sent more than {seconds(LATE)} late: {share((late + held) / arrivals)}, where "
            f"{share(LATE_SHARE)} is allowed. So the load of this step was not what it says."
        )
        remedy = "Give the generator more workers or cores, or raise clients.max_in_flight, then run again."
        yield Check("Arrivals", "invalid", said, numbers, remedy)


def _held_back_until(run: Run, t: float) -> int:
    return max((int(event["jobs"]) for event in run.events if event["event"] == "held_back" and event["t"] <= t), default=0)


def _generator(facts: Facts) -> Iterator[Check]:
    lag, cpu = largest(facts.usage, "lag"), largest_mean(facts.usage, "cpu")
    if math.isnan(lag) and math.isnan(cpu):
        if facts.usage:
            said = "The load generators were not watched, so whether they were the bottleneck is not known."
            yield Check("Generators", "note", said, {})
        return
    numbers = {"lag_s": lag, "cpu": cpu}
    said = f"In the steps a generator lagged by {seconds(lag)} at the most and used {_percent(cpu)} of a core"
    if lag > LAG or cpu > CPU:
        remedy = "Use more workers (one a core), or a machine of their own for them."
        over = f"{said}; above {seconds(LAG)} or {share(CPU)} it may itself add to the times measured."
        yield Check("Generators", "qualified", over, numbers, remedy)
    else:
        yield Check("Generators", "ok", f"{said}, both within bounds.", numbers)


def _clocks(facts: Facts) -> Iterator[Check]:
    worst = max((worker.clock_error for worker in facts.run.info.workers), default=0.0)
    if worst > CLOCK_ERROR:
        said = f"The clocks of the workers agree only to {seconds(worst)}; up to {seconds(CLOCK_ERROR)} is fine."
        yield Check("Clocks", "qualified", said, {"error_s": worst}, "Keep the workers' clocks in step (NTP, PTP).")


def _method(facts: Facts) -> Iterator[Check]:
    overridden = facts.run.document.get("method", {})
    if overridden:
        said = f"The profile overrides the method: {listed(f'{key} = {value}' for key, value in overridden.items())}."
        yield Check("Method", "qualified", said, {}, "Leave [method] out for a result to build on.")


def _load_model(facts: Facts) -> Iterator[Check]:
    if facts.run.profile.clients.mode != "open":
        said = (
            "The clients wait for their jobs, so a slow service receives less load: that it kept up proves less than with "
            "open clients, and the offered rates are upper bounds."
        )
        yield Check("Load model", "qualified", said, {}, 'Use mode = "open" to find the capacity.')


def _amount(facts: Facts) -> Iterator[Check]:
    step = facts.capacity.carried
    remedy = "Hold the steps longer."
    if step is None:
        if facts.capacity.breaking is None and len(facts.run.requests):
            said = "No step had enough arrivals to be judged, so whether the service kept up is not known."
            yield Check("Amount", "qualified", said, {}, remedy)
        return
    assert step.backlog is not None, "a step that kept up was judged"
    done, least = round(step.completed * step.step.seconds), facts.run.profile.method.min_jobs
    unseen = step.backlog.allowed / step.backlog.arrivals
    numbers = {"completed": done, "requests": step.requests, "unseen": unseen}
    if done < least:
        said = f"The step that kept up last completed only {count_of(done, 'job')}; {least:,} are the least to rely on."
        yield Check("Amount", "qualified", said, numbers, remedy)
    elif not carries(step.requests, 0.95):
        said = f"It had only {count_of(step.requests, 'request')}; p95 needs {MIN_REQUESTS:,}."
        yield Check("Amount", "qualified", said, numbers, remedy)
    elif unseen > RESOLUTION:
        said = (
            f"The step that capacity rests on was judged by {count_of(step.backlog.arrivals, 'arrival')}, so few that the "
            f"service may have left up to {share(unseen)} of them undone unnoticed; {share(RESOLUTION)} is the most to rely on."
        )
        yield Check("Amount", "qualified", said, numbers, remedy)
    else:
        said = f"The step that kept up last completed {count_of(done, 'job')} with {count_of(step.requests, 'request')}."
        yield Check("Amount", "ok", said, numbers)


def _machines(facts: Facts) -> Iterator[Check]:
    if on_one_machine(facts.run):
        said = "Load generator and service shared one machine and competed for it; on its own, the service may do better."
        yield Check("Machines", "note", said, {}, "Generate the load from another machine.")


def _percent(value: float) -> str:
    return NONE if math.isnan(value) else share(value)


CHECKS: tuple[Callable[[Facts], Iterator[Check]], ...] = (
    _completeness,
    _rows,
    _outcomes,
    _workers,
    _monitoring,
    _arrivals,
    _generator,
    _clocks,
    _method,
    _load_model,
    _amount,
    _machines,
)
