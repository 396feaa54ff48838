"""A capacity search against the real service, and what the service's own log says it could do."""

import json
from pathlib import Path

import numpy as np

from report.ladder import climb
from report.runfolder import Run
from report.saturated import trials_of
from report.search import decide
from report.steps import read_steps
from tests.serving import Service

PROFILE = Path(__file__).with_name("capacity.toml")


def true_capacity(run: Run, target: Service) -> float:
    """Jobs per second that the service ended while more were asked for than it did: from the first such step on, until
    the load paused to let it clear."""
    ends = [float(row["wall"]) - run.info.epoch for row in target.truth() if row["event"] == "end"]
    begin = next(e["t"] for e in run.events if e["event"] == "hold_start" and e["clients"] > 22)
    end = next(e["t"] for e in run.events if e["event"] == "clear_start")
    return float(np.count_nonzero((np.array(ends) >= begin) & (np.array(ends) < end)) / (end - begin))


def found_by(folder: Path) -> float:
    """The capacity in the run's report."""
    return float(json.loads((folder / "report" / "report.json").read_text())["capacity"]["value"])


def steps_again(run: Run) -> list[tuple[int, str]]:
    """The (clients, role) of the steps that the search would take, decided anew from the files."""
    trials, again = trials_of(run, climb(run)), []
    for n in range(len(trials) + 1):
        stage = decide(run.profile, trials[:n]).stage
        again.append((stage.clients, stage.role) if stage else (0, "none"))
    return again


def steps_taken(run: Run) -> list[tuple[int, str]]:
    """Those that it took."""
    return [(step.clients, step.role) for step in read_steps(run.events, run.end)]


