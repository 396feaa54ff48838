"""Which step a capacity search takes next.

Only from what the steps before it completed: so the same rows give the same steps, live and over the files afterwards.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np

from profiles import CapacityLoad, Profile, Stage
from report.stats.quantiles import Array
from report.stats.saturation import BEYOND, Saturation, Trial, counted, fit_saturation, parts_of

CONFIRM = 0.9
"""The share of the capacity found that is held at the end, to see that the service sustains it."""
OVERLOADS = (1.15, 1.3, 1.5, 1.75, 2.0)
"""Loads tried once the knee shows, as multiples of it: beyond it for sure, but not so far that jobs pile up for hours."""
APART = 0.025
"""Steps nearer to each other than this share of the knee's load would tell the same."""
ROOM = 2
"""Half of max_in_flight is left free for what a step may pile up."""

Because = Literal["plateau", "decline", "until", "max_steps", "nothing completed", "one client", ""]


@dataclass(frozen=True)
class Decision:
    """What a search does next: hold `stage`, or end (None). `because`: why it looks no further, "" where it does;
    `seen`: what the trials say so far."""

    stage: Stage | None
    because: Because
    seen: Saturation | None


def waits(profile: Profile) -> bool:
    """Whether clients wait for their jobs: then loads are counted in clients, else in jobs offered per second."""
    return profile.clients.mode != "open"


def load_of(profile: Profile, clients: int) -> float:
    """The load of so many clients, in the unit of the profile's trials."""
    return float(clients) if waits(profile) else profile.offered_rate(clients)


def decide(profile: Profile, trials: Sequence[Trial], confirmed: bool = False) -> Decision:
    """What follows from these trials of the profile's capacity load; `confirmed`: the last hold has been."""
    load, seen = profile.load, fit_saturation(trials, waits(profile))
    assert isinstance(load, CapacityLoad)
    if seen and seen.state != "at least":
        held = None if confirmed else _stage(load, _confirming(profile, seen), "confirmation", 0)
        return Decision(held, "plateau" if seen.state == "found" else "decline", seen)
    if trials and seen is None:
        return Decision(None, "nothing completed", None)
    if len(trials) >= load.max_steps:
        return Decision(None, "max_steps", seen)
    clients = _next_clients(profile, load, trials, seen)
    if clients is None:
        return Decision(None, "one client" if _floored(profile, seen) else "until", seen)
    return Decision(_stage(load, clients, "load", profile.clients.max_in_flight // ROOM), "", seen)


def _floored(profile: Profile, seen: Saturation | None) -> bool:
    """Whether fewer clients were needed than there can be, to see throughput grow with them."""
    return waits(profile) and seen is not None and seen.beyond > 0 and seen.below == 0


def _stage(load: CapacityLoad, clients: int, role: Literal["load", "confirmation"], above: int) -> Stage:
    return Stage(clients, load.ramp, load.hold, role, above, load.clear)


def _clients(profile: Profile, load: float) -> float:
    return load if waits(profile) else load * profile.clients.submit_every


def _confirming(profile: Profile, seen: Saturation) -> int:
    """The clients that ask for 90 % of the capacity: those that wait submit that much at 90 % of the knee."""
    wanted = seen.knee if waits(profile) and seen.knee is not None else seen.capacity
    return max(1, int(CONFIRM * _clients(profile, wanted) + 1e-9))


def _next_clients(profile: Profile, load: CapacityLoad, trials: Sequence[Trial], seen: Saturation | None) -> int | None:
    if seen is None:
        return None if trials else load.start
    most = load.until or sys.maxsize
    tried = [round(_clients(profile, each.load)) for each in trials]
    if not seen.beyond or seen.knee is None:
        further = min(most, max(max(tried) + 1, ceil(max(tried) * load.growth)))
        return further if further > max(tried) else None
    if _floored(profile, seen):
        return min(tried) // 2 or None
    knee = _clients(profile, seen.knee)
    for overload in OVERLOADS:
        further = min(most, ceil(knee * overload))
        if further >= BEYOND * knee and all(abs(further - clients) >= max(1, APART * knee) for clients in tried):
            return further
    return None


class Search:
    """A capacity search while it runs: the steps taken, and the completions of the present one as they come in."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._trials: list[Trial] = []
        self._begun = self._confirmed = False
        self._edges: Array | None = None
        self._counts = np.zeros(0)
        self.decision = decide(profile, ())

    def next(self) -> Stage | None:
        """The next step, the one before having been held and judged. None, too, where that was ended before its time: a
        service that can't stand a load is not asked for more."""
        if self._begun:
            if self._edges is None:
                return None
            self._close(self._edges)
            self.decision = decide(self._profile, self._trials, self._confirmed)
        self._begun = True
        return self.decision.stage

    def hold(self, start: float) -> None:
        """The hold of the present step has begun."""
        assert self.decision.stage is not None
        self._edges = parts_of(start, start + self.decision.stage.hold, self._profile.method.settle)
        self._counts = np.zeros(len(self._edges) - 1)

    def cut(self) -> None:
        """The present step is ended before its time."""
        self._edges = None

    def add(self, completed: Array) -> None:
        """Jobs that were completed at these seconds."""
        if self._edges is not None:
            self._counts += counted(completed, self._edges)

    def _close(self, edges: Array) -> None:
        stage = self.decision.stage
        assert stage is not None
        if stage.role == "confirmation":
            self._confirmed = True
        else:
            self._trials.append(Trial(load_of(self._profile, stage.clients), self._counts / (edges[1] - edges[0])))
        self._edges = None
