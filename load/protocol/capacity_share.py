"""A share of a capacity as a number of clients: the capacity that a profile says, or that an earlier run found."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from profiles import HoldLoad, Profile, UserError
from report.document.report import CapacityFigure
from report.text import between, count_of, rate, share

WANTED = "find one with `stepload run capacity`, or say capacity = (jobs/s)"
"""What to do where no run has found a capacity."""


@dataclass(frozen=True)
class ShareOf:
    """So many clients, and the sentence that says which share of what they are."""

    clients: int
    said: str


def share_of(profile: Profile, load: HoldLoad) -> ShareOf:
    """The clients of `of_capacity`. Raises UserError where `from` names no run that found a capacity."""
    assert load.of_capacity is not None
    if load.from_run is None:
        return _said(profile, load.of_capacity, (load.capacity or 0.0) * profile.clients.submit_every, rate(load.capacity))
    run, found = _newest(Path(load.from_run))
    # Clients that wait ask for less the slower the service: their load is counted in clients, as the knee is.
    whole = found.value * profile.clients.submit_every if profile.clients.mode == "open" else float(found.clients)
    return _said(profile, load.of_capacity, whole, f"{_text(found)}, which {run} found")


def _said(profile: Profile, wanted: float, whole: float, what: str) -> ShareOf:
    clients = max(1, round(wanted * whole))
    offered = rate(profile.offered_rate(clients))
    return ShareOf(clients, f"{share(wanted)} of {what}: {count_of(clients, 'client')}, {offered} offered")


def _text(found: CapacityFigure) -> str:
    least = "at least " if found.at_least else ""
    if found.low is None or found.high is None:
        return f"{least}{rate(found.value)}"
    return f"{least}{rate(found.value)} ({between(found.low, found.high, 'rate')})"


def _newest(folder: Path) -> tuple[Path, CapacityFigure]:
    """The run in this folder, or the newest of the runs below it that found a capacity."""
    if not folder.is_dir():
        raise UserError(f"load.from = {str(folder)!r}: no such folder; {WANTED}")
    if not (folder / "run.json").exists():
        runs = sorted(folder.glob("*/run.json"), key=lambda file: file.stat().st_mtime, reverse=True)
        found = next(_capacities(file.parent for file in runs), None)
        if found is None:
            raise UserError(f"load.from = {str(folder)!r}: no run there found a capacity; {WANTED}")
        return found
    if not (folder / "report" / "report.json").exists():
        raise UserError(f"load.from = {str(folder)!r}: the run has no report; make one with `stepload report {folder}`")
    found = next(_capacities(iter([folder])), None)
    if found is None:
        raise UserError(f"load.from = {str(folder)!r}: that run found no capacity; say capacity = (jobs/s) instead")
    return found


def _capacities(runs: Iterator[Path]) -> Iterator[tuple[Path, CapacityFigure]]:
    for run in runs:
        try:
            capacity = json.loads((run / "report" / "report.json").read_text())["capacity"]
            yield run, CapacityFigure.model_validate(capacity)
        except (OSError, ValueError, KeyError, TypeError, ValidationError):
            continue
