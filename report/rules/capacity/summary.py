"""Capacity by saturation in a line, which the terminal prints at the end of a search."""

from report.stats.saturation import ENOUGH_BEYOND, Saturation
from report.text import between, count_of, rate, share

from .search import Because

REASONS: dict[Because, str] = {
    "until": f"load.until was reached before throughput had stayed flat over {ENOUGH_BEYOND} steps",
    "max_steps": f"load.max_steps was reached before throughput had stayed flat over {ENOUGH_BEYOND} steps",
    "nothing completed": "no job was completed",
    "one client": "throughput was flat from the first client on",
    "": "the search was ended before it was done",
}


def capacity_text(seen: Saturation) -> str:
    """The capacity with its interval: "12.1 jobs/s (11.9 to 12.3)"; "at least 12.1 jobs/s" where no plateau was seen."""
    if seen.state == "at least":
        return f"at least {rate(seen.capacity)}"
    return f"{rate(seen.capacity)} ({between(seen.low, seen.high, 'rate')})"


def search_line(seen: Saturation | None, because: Because) -> str:
    """What a capacity search came to, and why it ended there."""
    if seen is None:
        return f"no capacity: {REASONS[because]}"
    return f"capacity {capacity_text(seen)}, {count_of(seen.steps, 'step')}: {_why(seen, because)}"


def _why(seen: Saturation, because: Because) -> str:
    if seen.state == "found":
        return f"throughput stayed flat over {seen.beyond} of them"
    if seen.state == "falls":
        return f"throughput fell by {share(seen.fall)} under more load"
    return REASONS[because]
