"""Makes the runs of a suite one after the other, writes down what became of each, and says how far it is."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from load.commands.crew import Crew
from load.commands.launcher import TIMED_OUT, launch
from load.jobs.api import HttpJobApi
from load.protocol.addresses import check_host
from load.protocol.exits import CRASH, INVALID, LIMIT_FAILED
from load.protocol.locust_options import arguments_for
from load.protocol.settled_profile import Settled
from profiles import UserError
from profiles.suites import Run, Suite
from report.recording.run import read_run
from report.suite.folder import Line, Outcome, append, read_states, run_folder
from report.validity.assessment import AssessedRun, assess

from .progress import Progress
from .resume import done, identity_of, move_aside, settled
from .service import running

CONSOLE = "console.log"
KEPT = ("pass", "warn")
SIGNALS = (130, 143)


@dataclass(frozen=True)
class Ended:
    """What became of one run; `said`: it in a few words, `code`: the exit code that it comes to alone."""

    outcome: Outcome
    code: int
    said: str


@dataclass(frozen=True)
class Campaign:
    """A suite to be run: where it is recorded, its runs in order, the URL of its service where it starts none itself."""

    suite: Suite
    folder: Path
    runs: tuple[Run, ...]
    host: str
    crew: Crew
    labels: tuple[str, ...] = ()
    go_on: bool = False


def run_all(campaign: Campaign) -> int:
    """Make every run that isn't done yet; returns the exit code of the suite. Raises UserError."""
    codes: list[int] = []
    states = read_states(campaign.folder)
    left = []
    for run in campaign.runs:
        profile = settled(run)
        identity = identity_of(campaign.suite, run, profile)
        state = states.get((run.scenario.name, run.repeat))
        folder = run_folder(campaign.folder, run)
        if not done(folder, state, identity, profile):
            left.append((run, profile, identity))
            continue
        if state is not None and state.ended is not None:
            codes.append(state.ended.code or 0)
        else:
            codes.append(_write_down(campaign, run, identity, _judged(folder, 0), None).code)
    progress = Progress(len(left), len(campaign.runs))
    with _ending_in_order():
        for run, profile, identity in left:
            ended = _make(campaign, run, profile, identity, progress)
            codes.append(ended.code)
            if ended.outcome == "interrupted":
                return ended.code
            if ended.outcome != "done" and not campaign.go_on:
                progress.given_up(run)
                break
    return worst(codes)


def worst(codes: Sequence[int]) -> int:
    """The exit code of many runs: that of the gravest."""
    return next((code for code in (CRASH, INVALID, LIMIT_FAILED) if code in codes), 0)


def _make(campaign: Campaign, run: Run, profile: Settled, identity: str, progress: Progress) -> Ended:
    folder = run_folder(campaign.folder, run)
    move_aside(campaign.folder, run)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise UserError(f"{folder}: can't be written: {error.strerror}") from None
    progress.begins(run)
    append(campaign.folder, _line("begun", run, identity))
    begun = time.monotonic()
    try:
        ended = _run(campaign, run, profile, folder)
    except UserError as error:
        ended = Ended("failed", CRASH, str(error))
    except KeyboardInterrupt:
        ended = Ended("interrupted", SIGNALS[0], "interrupted")
    seconds = time.monotonic() - begun
    _write_down(campaign, run, identity, ended, seconds)
    progress.ended(ended.said, seconds)
    return ended


def _run(campaign: Campaign, run: Run, profile: Settled, folder: Path) -> Ended:
    scenario, service = run.scenario, campaign.suite.service
    own = running(service, scenario.parameters, profile.profile, folder) if service else nullcontext(campaign.host)
    with own as host, (folder / CONSOLE).open("ab") as console:
        HttpJobApi(profile.profile, check_host(host)).close()
        labels = [*campaign.labels, f"scenario={scenario.name}", f"repeat={run.repeat}"]
        arguments = arguments_for(scenario.profile, host, list(scenario.overrides), scenario.only or "", labels)
        command = ["stepload", *sys.argv[1:]]
        code = launch(arguments, host, folder, campaign.crew, command, console, scenario.timeout)
    if code == TIMED_OUT:
        return Ended("timed out", LIMIT_FAILED, f"timed out after {scenario.timeout:g} s")
    if code in SIGNALS:
        return Ended("interrupted", code, "interrupted")
    return _judged(folder, code)


def _judged(folder: Path, code: int) -> Ended:
    """What a run that has ended with Locust's exit code came to."""
    try:
        analysis = assess(read_run(folder))
    except UserError as error:
        return Ended("failed", CRASH, f"{error}; see {folder / CONSOLE}")
    if code not in (0, LIMIT_FAILED) or analysis.run.info.end is None:
        return Ended("failed", CRASH if code < 0 else code or CRASH, analysis.run.info.end_detail or f"see {folder / CONSOLE}")
    if analysis.trust == "INVALID":
        return Ended("done", INVALID, f"INVALID, {_rate(analysis)}")
    missed = [limit for limit in analysis.limits if limit.judgement not in KEPT]
    return Ended("done", LIMIT_FAILED if missed or code else 0, _rate(analysis) + (", a limit failed" if missed else ""))


def _rate(analysis: AssessedRun) -> str:
    if analysis.batch is not None:
        return f"{analysis.batch.process_rate:.3g} jobs/s"
    return f"{analysis.capacity.carried.completed:.3g} jobs/s" if analysis.capacity.carried else "nothing sustained"


def _write_down(campaign: Campaign, run: Run, identity: str, ended: Ended, seconds: float | None) -> Ended:
    took = None if seconds is None else round(seconds, 3)
    told = {"outcome": ended.outcome, "code": ended.code, "seconds": took}
    append(campaign.folder, _line("ended", run, identity).model_copy(update={**told, "reason": ended.said}))
    return ended


def _line(event: str, run: Run, identity: str) -> Line:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    scenario = run.scenario
    told = {"event": event, "at": at, "phase": scenario.phase, "scenario": scenario.name}
    return Line.model_validate({**told, "repeat": run.repeat, "identity": identity})


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """SIGTERM between two runs is as good as Ctrl-C: the service is ended, and the state written."""

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def lock(folder: Path) -> int:
    """Hold the suite's folder, so that no other process runs the same suite in it. Raises UserError."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise UserError(f"{folder}: another process is running this suite") from None
    return handle
