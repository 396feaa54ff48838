"""Capacity in requests per second from rising load, as page 1 of an import says it."""

from report.stats.saturation import BEYOND, ENOUGH_BEYOND, Saturation
from report.text import between, count_of, number, rate, share


def capacity_sentence(seen: Saturation, clients: str) -> str:
    """How many requests per second succeed at most, or at least how many; `clients` is what the tool calls them."""
    if seen.state == "at least":
        steps = f"{seen.beyond or 'no'} {'step was' if seen.beyond == 1 else 'steps were'} clearly beyond it"
        return (
            f"At least {rate(seen.capacity, 'requests')}. How much more is not known: {steps}. {ENOUGH_BEYOND} are needed, each "
            f"with {number(BEYOND)} times the load at which throughput stops growing, to tell a plateau from chance."
        )
    found = f"{rate(seen.capacity, 'requests')} (95 % interval {between(seen.low, seen.high, 'rate')})"
    knee = f"{round(seen.knee or 0):,} {clients}"
    if seen.state == "falls":
        return f"{found}, its peak, at {knee}. Under more load throughput fell by {share(seen.fall)}."
    return (
        f"{found}. From {knee} on throughput stayed flat, over {seen.beyond} of {count_of(seen.steps, 'step')}: "
        "more load only makes requests wait."
    )
