"""Every watch of a profile, sampled until it has told something."""

from load.sampling.watcher import metrics_told
from load.sampling.watches import all_watched
from profiles import Profile, Watch

from .faults import Fault, Say

WATCH_PATIENCE = 8.0
"""Seconds in which each watch must have told something: a probe may take 5 for its answer."""


def check_watches(profile: Profile, host: str, say: Say) -> list[Fault]:
    """What is wrong with them."""
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
        ((key, value),) = watch.process.model_dump(exclude_none=True, exclude={"each"}).items()
        return [f"no process found by {key} = {value!r} (without root, only this user's own are seen)"]
    if not told:
        return ["told nothing"]
    return [f"told no {metric!r}" for metric in sorted(watch.metrics.keys() - told)]
