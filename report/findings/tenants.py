"""How evenly tenants were served, in words."""

import math
from collections.abc import Iterator

from report.analysis.run import Analysis
from report.analysis.tenants import Ranked, Tenants
from report.document.finding import Finding, Source
from report.document.model import Level, Number
from report.stats.fairness import ALIKE, FAIR, LEAST_RANKED, fairness
from report.stats.intervals import Interval
from report.text import between, count_of, number, seconds

from .evidence import in_holds, intervals

LEVELS: dict[str, Level] = {"even": "good", "uneven": "warning", "unclear": "note"}
VERDICTS = {
    "even": f"even (1 is equal, below {FAIR:g} uneven)",
    "uneven": f"uneven (1 is equal, below {FAIR:g} uneven)",
    "unclear": f"whether that is uneven (below {FAIR:g}) can't be told from these jobs",
}


def tenants(analysis: Analysis) -> Iterator[Finding]:
    """How evenly the tenants were served, where the profile names any."""
    if analysis.tenants is not None:
        yield _finding(analysis, analysis.tenants)


def _finding(analysis: Analysis, tenants: Tenants) -> Finding:
    seen = in_holds(analysis.holds, "tenants", "overview")
    if tenants.ranked and any(result.p95 is None for result in tenants.each):
        return _by_rank(tenants, tenants.ranked, seen)
    if tenants.worst is None:
        enough = sum(result.p95 is not None for result in tenants.each)
        some = sum(result.jobs >= LEAST_RANKED for result in tenants.each)
        takes, had = ("200 jobs each (for a p95)", enough) if some > 1 else (f"{LEAST_RANKED} jobs each", some)
        said = (
            f"{_longest(tenants)} Whether they are served alike isn't judged: that takes {takes}, which "
            f"{had or 'none'} of {len(tenants.each)} tenants had."
        )
        numbers: dict[str, Number] = {"tenants": len(tenants.each), "with_a_p95": enough}
        return Finding(level="note", subject="Tenants", sentence=said, numbers=numbers, source=seen)
    said = f"{_longest(tenants)} {_worst(tenants, *tenants.worst)}"
    told = {"max_over_median_p95": tenants.worst[1]} | ({"jain": tenants.index} if tenants.index else {})
    if tenants.index is not None:
        said += f" Jain's index of fairness is {number(tenants.index.value)}: {VERDICTS[fairness(tenants.index)]}."
    return Finding(
        level=LEVELS[fairness(tenants.index)] if tenants.index else "good",
        subject="Tenants",
        sentence=said,
        numbers={name: interval.value for name, interval in told.items()},
        intervals=intervals(**told),
        evidence=_sure(*told.values()) if all(interval.known for interval in told.values()) else "",
        source=seen,
    )


def _longest(tenants: Tenants) -> str:
    """How long the tenant whose job took longest had to wait for it."""
    known = [result for result in tenants.each if not math.isnan(result.longest.most)]
    if not known:
        return "No tenant had a job."
    last = max(known, key=lambda result: result.longest.least)
    if any(math.isinf(result.longest.most) for result in known):
        return f"The longest wait was more than {seconds(last.longest.least)} ({last.name}): not every job was seen done."
    return f"No tenant waited longer than {seconds(max(result.longest.most for result in known))} for a job ({last.name})."


def _by_rank(tenants: Tenants, ranked: Ranked, seen: Source) -> Finding:
    """Where some are too small for a p95: whether the tenants' times differ in rank."""
    (quickest, least), (slowest, most) = ranked.quickest, ranked.slowest
    chance = f"p {'< 0.001' if ranked.chance < 0.001 else f'= {ranked.chance:.2g}'}"
    differ = ranked.chance < ALIKE
    judged = "They are not served alike" if differ else "No difference between them shows"
    explains = "doesn't explain" if differ else "explains"
    few = sum(result.jobs < LEAST_RANKED for result in tenants.each)
    left_out = f" Left out: {count_of(few, 'tenant')} of fewer than {LEAST_RANKED} jobs." if few else ""
    said = (
        f"{_longest(tenants)} {judged}: the median job took {seconds(least)} ({quickest}) to {seconds(most)} ({slowest}), which "
        f"chance {explains} ({chance}).{left_out}"
    )
    numbers: dict[str, Number] = {"least_median_s": least, "most_median_s": most, "p": ranked.chance}
    return Finding(level="note", subject="Tenants", sentence=said, numbers=numbers, source=seen)


def _worst(tenants: Tenants, name: str, ratio: Interval) -> str:
    p95 = next(result.p95 for result in tenants.each if result.name == name)
    times = f"{number(ratio.value)} times the median tenant's"
    if ratio.low > 1:
        return f"Served worst: {name}, p95 {seconds(p95)}, {times}."
    return f"None is known to be served worse than the others: the longest p95 is {seconds(p95)} ({name}), {times}."


def _sure(ratio: Interval, index: Interval | None = None) -> str:
    """The intervals in words."""
    jain = f"; of the index {between(index.low, index.high, 'number')}" if index else ""
    return f"95 % interval of the longest p95: {between(ratio.low, ratio.high, 'number')} times the median tenant's{jain}."
