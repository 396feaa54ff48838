"""Failures of one second, as the rules on errors and outages count them."""

from typing import Any, NamedTuple

import numpy as np

from profiles import Profile

from .history import Second, pooled
from .rule import Moment

CAUSE_SECONDS = 60
"""Seconds that are searched for the most frequent cause."""


class Count(NamedTuple):
    """Failures among the requests of an endpoint that completed in one second, or among the jobs that ended."""

    bad: int
    of: int


def failed_of(subject: str, failed: int, of: int) -> str:
    """Failures in words: "7 of 340 status requests failed"."""
    what = "jobs did not succeed" if subject == "job" else f"{subject} requests failed"
    return f"{failed:,} of {of:,} {what}"


def mostly(cause: str) -> str:
    """The most frequent cause, to be added to that."""
    return f", mostly: {cause}" if cause else ""


def subjects(profile: Profile) -> tuple[str, ...]:
    """What is judged, each by itself."""
    return ("job", *profile.endpoints)


def failures_in(second: Second, subject: str, refused: tuple[int, ...] = ()) -> Count:
    """Failures of one second; abandoned jobs have not ended, and where `refused` is given, refusals are no failures."""
    if subject == "job":
        outcomes = second.jobs["outcome"]
        ended = outcomes[outcomes != "abandoned"]
        bad = ended != "succeeded"
        return Count(int(np.count_nonzero(bad & (ended != "rejected") if refused else bad)), len(ended))
    chosen = second.requests["endpoint"] == subject
    bad = ~second.requests["ok"][chosen].astype(bool)
    if refused and bad.any():
        bad &= ~np.isin(second.requests["code"][chosen], refused)
    return Count(int(np.count_nonzero(bad)), len(bad))


def main_cause(subject: str, moment: Moment, seconds: int) -> str:
    rows = pooled(moment.history.last(min(seconds, CAUSE_SECONDS)), subject)
    bad: Any = rows["outcome"] != "succeeded" if subject == "job" else ~rows["ok"].astype(bool)
    causes, counts = np.unique(rows["error"][bad].astype(str), return_counts=True)
    return str(causes[np.argmax(counts)]) if len(causes) else ""
