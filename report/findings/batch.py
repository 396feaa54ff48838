"""What was found of a batch and of the tenants, in words."""

import math

from report.analysis.batch import Batch
from report.analysis.run import Analysis
from report.analysis.tenants import Ranked, Tenants
from report.document.finding import Finding, Source
from report.document.model import Level, Number, plain
from report.stats.fairness import ALIKE, FAIR, LEAST_RANKED, fairness
from report.stats.intervals import Interval
from report.text import count_of, number, rate, seconds

from .evidence import in_holds, in_run
from .latency import latency_finding
from .operating_points import with_kept_limits

LEVELS: dict[str, Level] = {"even": "good", "uneven": "warning", "unclear": "note"}
VERDICTS = {
    "even": f"even (1 is equal, below {FAIR:g} uneven)",
    "uneven": f"uneven (1 is equal, below {FAIR:g} uneven)",
    "unclear": f"whether that is uneven (below {FAIR:g}) can't be told from these jobs",
}


def batch_answers(analysis: Analysis) -> tuple[Finding, ...]:
    """The answers to the questions of a batch."""
    seen = in_run(analysis.run, "overview", "in_flight")
    found = [_throughput(analysis.batch, seen), latency_finding(analysis, "Over the whole batch")]
    if analysis.limits:
        asked = Finding(level="good", subject="Limits", sentence="", source=in_run(analysis.run, "overview", "latency"))
        found.append(with_kept_limits(asked, analysis))
    return tuple(found)


def makespan_text(batch: Batch) -> str:
    """How long the batch took, as far as is known."""
    if math.isinf(batch.makespan.most):
        return f"more than {seconds(batch.makespan.least)}"
    return seconds(batch.makespan.most)


def _throughput(batch: Batch | None, seen: Source) -> Finding:
    subject = "Throughput"
    if batch is None:
        return Finding(level="note", subject=subject, sentence="Not known: no job was submitted.", source=seen)
    done = batch.completed == batch.submitted == batch.jobs
    level: Level = "bad" if not done or batch.failed == batch.jobs else "warning" if batch.failed else "good"
    makespan = "makespan, by the service's clock" if batch.by_timestamps else "makespan"
    said = (
        f"{_how_many(batch)} in {makespan_text(batch)} from the first submit ({makespan}): {rate(batch.process_rate)}. "
        f"Submitting alone went at {rate(batch.submit_rate)} and took {seconds(batch.submitting)}."
    )
    figures = {
        "jobs": batch.jobs,
        "completed": batch.completed,
        "failed": batch.failed,
        "submit_rate": batch.submit_rate,
        "process_rate": batch.process_rate,
        "makespan_s": batch.makespan.most,
    }
    shown = {name: plain(value) for name, value in figures.items()}
    return Finding(
        level=level,
        subject=subject,
        sentence=said,
        numbers=shown,
        intervals={"makespan_s": (plain(batch.makespan.least), plain(batch.makespan.most))} if batch.completed else {},
        evidence=_missing(batch),
        source=seen,
    )


def _how_many(batch: Batch) -> str:
    failed = f", {'all' if batch.failed == batch.completed else f'{batch.failed:,}'} of them failed," if batch.failed else ""
    if batch.completed == batch.jobs:
        return f"The service completed {'the one job' if batch.jobs == 1 else f'all {batch.jobs:,} jobs'}{failed}"
    return f"The service completed {batch.completed:,} of {count_of(batch.jobs, 'job')}{failed}"


def _missing(batch: Batch) -> str:
    refused = batch.submitted - batch.accepted
    left = batch.jobs - batch.submitted
    parts = [
        f"{count_of(left, 'job was', 'jobs were')} never submitted" if left else "",
        f"{count_of(refused, 'submit was', 'submits were')} not accepted" if refused else "",
        f"{count_of(batch.unfinished, 'job was', 'jobs were')} never seen done" if batch.unfinished else "",
    ]
    said = "; ".join(filter(None, parts))
    return f"{said}." if said else ""


def _longest(tenants: Tenants) -> str:
    """How long the tenant whose job took longest had to wait for it."""
    known = [result for result in tenants.each if not math.isnan(result.longest.most)]
    if not known:
        return "No tenant had a job."
    last = max(known, key=lambda result: result.longest.least)
    if any(math.isinf(result.longest.most) for result in known):
        return f"The longest wait was more than {seconds(last.longest.least)} ({last.name}): not every job was seen done."
    return f"No tenant waited longer than {seconds(max(result.longest.most for result in known))} for a job ({last.name})."


def tenants_finding(analysis: Analysis, tenants: Tenants) -> Finding:
    """How evenly the tenants were served."""
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
        said += f" Jain's index of fairness is {tenants.index.value:.3f}: {VERDICTS[fairness(tenants.index)]}."
    return Finding(
        level=LEVELS[fairness(tenants.index)] if tenants.index else "good",
        subject="Tenants",
        sentence=said,
        numbers={name: interval.value for name, interval in told.items()},
        intervals={name: (interval.low, interval.high) for name, interval in told.items() if interval.known},
        evidence=_sure(*told.values()) if all(interval.known for interval in told.values()) else "",
        source=seen,
    )


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
    jain = f"; of the index {index.low:.3f} to {index.high:.3f}" if index else ""
    return f"95 % interval of the longest p95: {number(ratio.low)} to {number(ratio.high)} times the median tenant's{jain}."
