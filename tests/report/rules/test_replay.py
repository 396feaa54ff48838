"""What the stop rules decided live, they decide again from the files."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profiles import Profile
from report.recording.columns import read_jobs, read_requests, read_samples
from report.recording.event import Event
from report.recording.event_lines import encode_event
from report.recording.events import Mark, RuleState, StepEvent
from report.recording.run import read_events, read_run
from report.recording.steps import read_steps
from report.rules.evaluator import Evaluator
from report.rules.replay import differences, replay
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate

RESULTS = Path(__file__).resolve().parents[3] / "results"
STOPS = (
    "stop=[{rule='errors', tolerate=0.01, then='note'}, {rule='plateau'}, {rule='latency-rise', then='note'}, {rule='stalled'},"
    " {when='cpu(target) > 40 %', for='5s', then='note'}, {when='p95(job) > 2s', over='10s', of='2 of 3', then='note'}]"
)
SERVICES = {
    "one that does 12 jobs/s": (Service(), {"backlog", "latency-rise", "p95(job) > 2s", "cpu(target) > 40 %"}),
    "one that fails": (Service(servers=20, fail_share=0.06), {"errors"}),
    "one of which much is refused": (Service(exponential=True, error_share=0.1), {"errors"}),
}


SAMPLES = sorted(RESULTS.glob("sample*"))


def test_there_is_a_sample() -> None:
    assert SAMPLES


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_committed_runs(folder: Path) -> None:
    run = read_run(folder)
    assert differences(run.events, replay(folder, run.profile, run.events)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_simulated_runs(tmp_path: Path, service: str) -> None:
    """Rows come in chunks as they complete, late and in disorder; the files hold them as they came."""
    target, wanted = SERVICES[service]
    folder = simulate(tmp_path / "run", ["load.hold=40s", *STEPS, "load.until=75", STOPS], target, stops=False)
    profile = read_run(folder).profile
    live = list(played(folder, profile, np.random.default_rng(1)))
    (folder / "events.jsonl").write_bytes(b"".join(map(encode_event, live)))
    rules = [event for event in live if isinstance(event, RuleState)]
    assert wanted <= {event.rule for event in rules if event.state == "fired"}
    again = replay(folder, profile, read_events(folder))
    assert [change.event(0.0) for change in again] == [replace(event, t=0.0) for event in rules]


def played(folder: Path, profile: Profile, rng: np.random.Generator) -> Iterator[Event]:
    """The events of a run whose rows reach the rules some time after they completed, a chunk at a time; its files are
    left in that order."""
    evaluator, known = Evaluator(profile), list[Event]()
    waiting = {name: coming(folder / f"{name}.csv", columns) for name, columns in
               (("requests", ("sent", "seconds")), ("jobs", ("ended",)), ("samples", ("t",)))}  # fmt: skip
    add = {"requests": (read_requests, evaluator.history.add_requests), "jobs": (read_jobs, evaluator.history.add_jobs),
           "samples": (read_samples, evaluator.history.add_samples)}  # fmt: skip
    written = {name: (folder / f"{name}.csv").read_text().splitlines(keepends=True)[:1] for name in waiting}
    steps = [event for event in read_events(folder) if isinstance(event, StepEvent)]
    end = steps[-1].t
    for mark in sorted({*rng.uniform(1, end, 60).tolist(), end + 1}):
        for name, (times, lines) in waiting.items():
            some = np.flatnonzero((times < mark) | (rng.random(len(times)) < 0.05))
            chunk = [lines[n] for n in rng.permutation(some)]
            written[name] += chunk
            read, take = add[name]
            take(read("".join(chunk).encode(), has_header=False))
            waiting[name] = np.delete(times, some), [line for n, line in enumerate(lines) if n not in set(some.tolist())]
        while steps and steps[0].t < mark:
            known.append(steps.pop(0))
            yield known[-1]
        yield Mark(mark, int(mark))
        yield from (change.event(mark) for change in evaluator.advance(int(mark), read_steps(known, None)))
    for name, lines in written.items():
        (folder / f"{name}.csv").write_text("".join(lines))


def coming(file: Path, moments: tuple[str, ...]) -> tuple[np.ndarray[Any, Any], list[str]]:
    """(when they complete, lines) of a CSV file without commas in its texts."""
    head, *lines = file.read_text().splitlines(keepends=True)
    places = [head.rstrip().split(",").index(name) for name in moments]
    return np.array([sum(float(line.split(",")[place]) for place in places) for line in lines]), lines
