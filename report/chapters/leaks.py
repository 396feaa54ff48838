"""The chapter on leaks, and what it says on page 1."""

import math
from collections.abc import Sequence

from profiles import Profile
from profiles.shapes import HoldLoad
from report.analysis.holds import Hold
from report.analysis.leaks import TIME, Crept, Leaks
from report.charts.binning import series
from report.document.block import Block, Findings, Section, Text
from report.document.chart import Chart, Mark, Panel
from report.document.finding import Finding, Rows, Source
from report.document.model import Number
from report.document.table import Cell, Column, Table, table, words
from report.findings.evidence import in_holds
from report.stats.trend import ALPHA, BLOCKS, DROP, PERIODS, SAMPLES, block_medians
from report.text import NONE, count_of, listed, quantity, seconds, span

NAMES = {"memory": "memory", "rss": "memory", "fds": "open files", "threads": "threads", "sockets": "open sockets"}
VERDICTS = {"leak": "grows steadily", "none": "no steady growth", "inconclusive": "not known"}
PANELS = 4
GREW = 2
"""So many metrics that grew, but aren't called leaks, are told of on page 1."""
PER = 1000
"""Jobs that growth is told per."""


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
    none, rest = len(leaks.all) - len(unknown), [_name(crept) for crept in unknown if crept not in grew]
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
    trend, name = crept.trend, _name(crept)
    low, high = (_text(crept, value * 3600) for value in (trend.low, trend.high))
    why = {
        "chance": f"chance explains as much too often (p {_p(crept).text})",
        "slowing": "it grew less in the second half, as a warm-up does",
        "too little": "that is too little to matter in this time",
    }[trend.reason]
    grew = f"{name} grew by {_text(crept, trend.slope * 3600)} an hour ({low} to {high})"
    return f"Not known: {grew}, but {why}."


def _seen(leaks: Leaks, holds: Sequence[Hold]) -> Source:
    """The hold, and how many samples and times were judged in it."""
    source = in_holds([hold for hold in holds if hold.step.number == leaks.step], "leaks", "resources", "service_time")
    judged = sum(len(crept.watched.series.times) for crept in leaks.all if crept.watched.metric in NAMES)
    return source.model_copy(update={"rows": (*source.rows, Rows(file="samples.csv", count=judged))}) if judged else source


def leak_chapter(profile: Profile, leaks: Leaks | None, holds: Sequence[Hold]) -> tuple[Section, ...]:
    """What grew under constant load, how fast, and when it meets its limit; no chapter for loads too short to show it."""
    if leaks is None or (leaks.end - leaks.start < leaks.least and not isinstance(profile.load, HoldLoad)):
        return ()
    return (Section(id="leaks", title="Leaks", blocks=_blocks(leaks, holds)),)


def _blocks(leaks: Leaks, holds: Sequence[Hold]) -> tuple[Block, ...]:
    if leaks.end - leaks.start < leaks.least:
        said = (
            f"Not known: the longest step was held for {span(leaks.end - leaks.start)}, and to tell a leak from a warm-up takes "
            f"{span(leaks.least)} under constant load (method.leak_min)."
        )
        return (Text(text=said),)
    finding = leak_finding(leaks, holds)
    shown = [crept for crept in leaks.all if crept.trend.median == crept.trend.median]
    chart = _chart(leaks, shown)
    return (
        *([Findings(findings=(finding,))] if finding else []),
        *([chart] if chart else []),
        _table(leaks),
    )


def _table(leaks: Leaks) -> Table:
    rows = sorted(leaks.all, key=lambda crept: crept.trend.verdict != "leak")
    return table(
        f"What became of each metric in {span(leaks.end - leaks.start)} under constant load",
        (Column(title="Metric", words=True), words(*(_name(crept) for crept in rows))),
        (Column(title="Median"), [_cell(crept, crept.trend.median) for crept in rows]),
        (Column(title="Growth", unit="per hour"), [_cell(crept, crept.trend.slope * 3600) for crept in rows]),
        (Column(title="95 % interval", unit="per hour"), [_interval(crept) for crept in rows]),
        (Column(title="Growth", unit=f"per {PER:,} jobs"), [_cell(crept, crept.per_job * PER) for crept in rows]),
        (Column(title="p", unit="of no trend"), [_p(crept) for crept in rows]),
        (Column(title="Limit"), [_cell(crept, crept.exhaustion.limit if crept.exhaustion else math.nan) for crept in rows]),
        (Column(title="Reached", unit="after the run"), [_reached(crept) for crept in rows]),
        (Column(title="Verdict", words=True), words(*(_verdict(crept) for crept in rows))),
        marks=["bad" if crept.trend.verdict == "leak" else "" for crept in rows],
        note=(
            f"Judged on the medians of {BLOCKS} equal parts of the last two thirds. Growth is the median of all slopes between "
            f"them. It is steady if it is no chance (p < {ALPHA:g}, all metrics taken together), large enough to matter, and "
            "goes on in the second half. There is none where its interval rules out growth that matters. Limit: open files that "
            "the process may have, or the memory of the machine. Response times last until polls saw the jobs done."
        ),
    )


def _chart(leaks: Leaks, shown: Sequence[Crept]) -> Chart | None:
    """The leaking metrics with their trend; without any, those of processes."""
    leaking = [crept for crept in shown if crept.trend.verdict == "leak"]
    drawn = leaking or [crept for crept in shown if crept.watched.metric in ("rss", "fds")]
    if not drawn:
        return None
    panels = tuple(_panel(crept, leaks) for crept in drawn[:PANELS])
    caption = (
        "Points: medians of equal parts of the hold. Dashed: the trend, where there is a steady one. What lies left of the mark "
        "is warm-up and isn't judged."
    )
    mark = Mark(x=leaks.start + DROP * (leaks.end - leaks.start), text="judged from here on")
    return Chart(name="leaks", title="Growth under constant load", caption=caption, x_title="", panels=panels, marks=(mark,))


def _panel(crept: Crept, leaks: Leaks) -> Panel:
    watched, trend = crept.watched, crept.trend
    held = watched.series
    x, y = block_medians(held.times, held.values, leaks.start, leaks.end, round(BLOCKS / (1 - DROP)))
    lines = [series(NAMES.get(watched.metric, "median"), "median", x, y, "dots")]
    if trend.verdict == "leak":
        ends = [trend.start, trend.end]
        lines.append(series("trend", "failed", ends, [trend.now + trend.slope * (t - trend.end) for t in ends], "dashed"))
    return Panel(title=_name(crept), dimension=watched.dimension, series=tuple(lines), tall=True)


def _sentence(crept: Crept) -> str:
    trend = crept.trend
    name = _name(crept)
    said = f"{name[0].upper()}{name[1:]} grew steadily, by {_text(crept, trend.slope * 3600)} an hour"
    if crept.per_job == crept.per_job:
        said += f" ({_text(crept, crept.per_job * PER)} per {PER:,} jobs)"
    said += f", to {_text(crept, trend.now)}."
    if crept.exhaustion:
        limit = _text(crept, crept.exhaustion.limit)
        said += f" At this rate it meets its limit of {limit} about {_after(crept)} after the end of the step."
    return said


def _after(crept: Crept) -> str:
    assert crept.exhaustion is not None
    expected, soonest, latest = (_long(getattr(crept.exhaustion, name)) for name in ("expected", "soonest", "latest"))
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
        "per_1000_jobs": _number(crept.per_job * PER),
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
    return known | ({"seconds_left": (out.soonest, _number(out.latest))} if out else {})


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _urgency(crept: Crept) -> float:
    """What meets its limit first comes first; what has none comes last, by how fast it grows."""
    left = crept.exhaustion.expected if crept.exhaustion else math.inf
    return left if math.isfinite(left) else 1e15 - crept.trend.growth / max(abs(crept.trend.median), 1e-12)


def _name(crept: Crept) -> str:
    watched = crept.watched
    if watched.metric == TIME:
        return "response time of jobs" if watched.source == "job" else f"service time of {watched.source}"
    return f"{NAMES[watched.metric]} of {watched.source}"


def _verdict(crept: Crept) -> str:
    reasons = {
        "too few samples": f"fewer than {SAMPLES} samples",
        "too few periods": f"comes and goes, fewer than {PERIODS} times",
        "too uncertain": "varies too much to rule it out",
        "too little": "grew, by too little to matter yet",
        "slowing": "grew, but less and less",
        "chance": "grew, maybe by chance",
    }
    reason = reasons.get(crept.trend.reason, "")
    return VERDICTS[crept.trend.verdict] + (f": {reason}" if reason else "")


def _text(crept: Crept, value: float) -> str:
    return seconds(value) if crept.watched.dimension == "seconds" else quantity(value, crept.watched.dimension)


def _cell(crept: Crept, value: float) -> Cell:
    return Cell(text=_text(crept, value), value=_number(value))


def _interval(crept: Crept) -> Cell:
    low, high = crept.trend.low * 3600, crept.trend.high * 3600
    return Cell(text=f"{_text(crept, low)} … {_text(crept, high)}" if math.isfinite(low) else NONE)


def _p(crept: Crept) -> Cell:
    p = crept.trend.p
    return Cell(text=NONE if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}", value=_number(p))


def _reached(crept: Crept) -> Cell:
    if not crept.exhaustion:
        return Cell(text=NONE)
    return Cell(text=_after(crept), value=crept.exhaustion.expected)
