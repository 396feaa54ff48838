"""A capacity search against the real service, and what the service's own log says it could do."""

import json
from pathlib import Path

from report.analysis.run import analyse
from report.analysis.steps.saturation import trials_of
from report.recording.events import ClearStart
from report.recording.run import Run
from report.recording.steps import read_steps
from report.rules.capacity.search import decide
from tests.serving import Service

SATURATED = 4
"""Jobs that wait: then no worker is ever idle."""
PROFILE = Path(__file__).with_name("capacity.toml")


def true_capacity(run: Run, target: Service) -> float:
    """Jobs per second that the service's own log shows it ended from when jobs last began to wait until the load paused."""
    pause = run.info.epoch + next(event.t for event in run.events if isinstance(event, ClearStart))
    log = sorted((float(row["wall"]), row["event"]) for row in target.truth() if float(row["wall"]) < pause)
    waiting, since = 0, 0.0
    for t, event in log:
        waiting += {"enqueue": 1, "start": -1}.get(event, 0)
        since = t if waiting < SATURATED else since
    return sum(event == "end" and t > since for t, event in log) / (pause - since)


def found_by(folder: Path) -> float:
    """The capacity in the run's report."""
    return float(json.loads((folder / "report" / "report.json").read_text())["capacity"]["value"])


def steps_again(run: Run) -> list[tuple[int, str]]:
    """The (clients, role) of the steps that the search would take, decided anew from the files."""
    trials, again = trials_of(run, analyse(run).steps), []
    for n in range(len(trials) + 1):
        stage = decide(run.profile, trials[:n]).stage
        again.append((stage.clients, stage.role) if stage else (0, "none"))
    return again


def steps_taken(run: Run) -> list[tuple[int, str]]:
    """Those that it took."""
    return [(step.clients, step.role) for step in read_steps(run.events, run.end)]
