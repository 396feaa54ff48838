"""Leaks, in words: what grew steadily, what grew but can't be called a leak, or that nothing did."""

import math
from collections.abc import Iterator, Sequence

from report.analysis.holds import Hold
from report.analysis.leaks import TIME, Crept, Leaks
from report.analysis.run import Analysis
from report.document.cells import p_cell
from report.document.finding import Finding, Rows, Source
from report.document.model import Number, plain
from report.findings.evidence import in_holds
from report.stats.trend import ALPHA
from report.text import between, count_of, listed, quantity, seconds, span

NAMES = {"memory": "memory", "rss": "memory", "fds": "open files", "threads": "threads", "sockets": "open sockets"}
"""What the metrics of processes and machines are called."""
GREW = 2
"""Metrics that grew, but can't be called leaks, of which page 1 tells at most."""
PER = 1000
"""Jobs that growth is told per."""


def leaks(analysis: Analysis) -> Iterator[Finding]:
    """The answer of a run that was made to find it out."""
    found = leak_finding(analysis.leaks, analysis.holds)
    if found:
        yield found


def leak_finding(leaks: Leaks | None, holds: Sequence[Hold]) -> Finding | None:
    """What page 1 says: leaks found; what grew but can't be called one; or none, where the hold was long enough to see one."""
    if leaks is None or not leaks.all:
        return None
    held = span(leaks.end - leaks.start)
    seen = _seen(leaks, holds)
    if not leaks.found:
        return _none_called(leaks, held, seen)
    worst = min(leaks.found, key=_urgency)
    told = [_sentence(crept) for crept in sorted(leaks.found, key=_urgency)]
    return Finding(
        level="bad",
        subject="Leaks",
        sentence=" ".join(told[:2]),
        numbers=_numbers(worst),
        intervals=_intervals(worst),
        evidence=f"Step {leaks.step}, held for {held}; its first third is not judged."
        + (f" {count_of(len(told) - 2, 'more leak')} in the chapter Leaks." if told[2:] else ""),
        source=seen,
        remedy="See the chapter Leaks. Find out what each job leaves behind, mend it, and run this test again.",
    )


def _none_called(leaks: Leaks, held: str, seen: Source) -> Finding:
    """What grew comes first; then how many metrics surely didn't; what can't be told of comes last."""
    unknown = [crept for crept in leaks.all if crept.trend.verdict == "inconclusive"]
    grew = sorted(filter(_grew, unknown), key=_urgency)[:GREW]
    none, rest = len(leaks.all) - len(unknown), [metric_name(crept) for crept in unknown if crept not in grew]
    said = [_doubt(crept) for crept in grew]
    if none and grew:
        said.append(f"{count_of(none, 'other metric')} grew by nothing that matters.")
    elif none:
        said.append(f"None found: in {held} under constant load none of {count_of(none, 'metric')} grew steadily.")
    said += [f"{'Nor is it known of' if grew else 'Not known:'} {listed(rest)}."] if rest else []
    return Finding(
        level="note" if unknown else "good",
        subject="Leaks",
        sentence=" ".join(said),
        numbers={"seconds": leaks.end - leaks.start, "not_known": len(unknown), **(_numbers(grew[0]) if grew else {})},
        intervals=_intervals(grew[0]) if grew else {},
        evidence=f"Step {leaks.step}, held for {held}; its first third is not judged." if grew else "",
        source=seen,
        remedy="Hold the same load for at least twice as long: a steady leak then stands out more clearly." if grew else "",
    )


def _grew(crept: Crept) -> bool:
    """Whether it surely grew: by enough to matter, or beyond chance."""
    trend = crept.trend
    return trend.reason in ("chance", "slowing") or (trend.reason == "too little" and trend.p < ALPHA)


def _doubt(crept: Crept) -> str:
    """What grew, and why it is not called a leak."""
    trend, name = crept.trend, metric_name(crept)
    why = {
        "chance": f"chance explains as much too often (p {p_cell(crept.trend.p).text})",
        "slowing": "it grew less in the second half, as a warm-up does",
        "too little": "that is too little to matter in this time",
    }[trend.reason]
    sure = range_text(crept, trend.low * 3600, trend.high * 3600)
    grew = f"{name} grew by {value_text(crept, trend.slope * 3600)} an hour ({sure})"
    return f"Not known: {grew}, but {why}."


def _seen(leaks: Leaks, holds: Sequence[Hold]) -> Source:
    """The hold, and how many samples and times were judged in it."""
    source = in_holds([hold for hold in holds if hold.step.number == leaks.step], "leaks", "resources", "service_time")
    judged = sum(len(crept.watched.series.times) for crept in leaks.all if crept.watched.metric in NAMES)
    return source.model_copy(update={"rows": (*source.rows, Rows(file="samples.csv", count=judged))}) if judged else source


def _sentence(crept: Crept) -> str:
    trend = crept.trend
    name = metric_name(crept)
    said = f"{name[0].upper()}{name[1:]} grew steadily, by {value_text(crept, trend.slope * 3600)} an hour"
    if crept.per_job == crept.per_job:
        said += f" ({value_text(crept, crept.per_job * PER)} per {PER:,} jobs)"
    said += f", to {value_text(crept, trend.now)}."
    if crept.exhaustion:
        limit = value_text(crept, crept.exhaustion.limit)
        if crept.exhaustion.expected > 0:
            said += f" At this rate it meets its limit of {limit} about {time_left(crept)} after the end of the step."
        else:
            said += f" It met its limit of {limit} about {time_left(crept)} before the end of the step."
    return said


def time_left(crept: Crept) -> str:
    """How long after the step, or before its end, a growing metric meets its limit, with the range that is likely."""
    out = crept.exhaustion
    assert out is not None
    expected = _long(abs(out.expected))
    soonest, latest = (_long(abs(end)) if end * out.expected > 0 else "0 s" for end in sorted((out.soonest, out.latest), key=abs))
    return expected if soonest == latest else f"{expected} ({soonest} to {latest})"


def _long(duration: float) -> str:
    """A time far ahead, in the unit that suits it."""
    if not math.isfinite(duration):
        return "never"
    return f"{quantity(duration / 86400, 'number')} days" if duration > 2 * 86400 else span(duration)


def _numbers(crept: Crept) -> dict[str, Number]:
    trend, out = crept.trend, crept.exhaustion
    numbers: dict[str, Number] = {
        "per_hour": trend.slope * 3600,
        "per_1000_jobs": plain(crept.per_job * PER),
        "p": trend.p,
    }
    if out:
        numbers |= {"limit": out.limit, "seconds_left": out.expected}
    return numbers


def _intervals(crept: Crept) -> dict[str, tuple[Number, Number]]:
    trend, out = crept.trend, crept.exhaustion
    known: dict[str, tuple[Number, Number]] = {"per_hour": (trend.low * 3600, trend.high * 3600)}
    if crept.per_job == crept.per_job:
        jobs = crept.per_job * PER / trend.slope
        known["per_1000_jobs"] = (trend.low * jobs, trend.high * jobs)
    return known | ({"seconds_left": (plain(out.soonest), plain(out.latest))} if out else {})


def _urgency(crept: Crept) -> float:
    """What meets its limit first comes first; what has none comes last, by how fast it grows."""
    left = crept.exhaustion.expected if crept.exhaustion else math.inf
    return left if math.isfinite(left) else 1e15 - crept.trend.growth / max(abs(crept.trend.median), 1e-12)


def metric_name(crept: Crept) -> str:
    """What a metric is called: "open files of api", "response time of jobs"."""
    watched = crept.watched
    if watched.metric == TIME:
        return "response time of jobs" if watched.source == "job" else f"service time of {watched.source}"
    return f"{NAMES[watched.metric]} of {watched.source}"


def range_text(crept: Crept, low: float, high: float) -> str:
    """A range of values of a metric with its unit."""
    return between(low, high, crept.watched.dimension)


def value_text(crept: Crept, value: float) -> str:
    """A value of a metric with its unit."""
    return seconds(value) if crept.watched.dimension == "seconds" else quantity(value, crept.watched.dimension)
