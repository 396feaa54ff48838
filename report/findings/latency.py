"""How long requests and jobs took, in words."""

from collections.abc import Iterator

from report.analysis.job_times.polled_phases import Untold
from report.analysis.job_times.response_times import Completion
from report.analysis.latency import Distribution, Latency
from report.analysis.run import Analysis
from report.document.finding import Finding
from report.stats.job_times.censoring import Offset
from report.stats.job_times.polled_states import Phases
from report.stats.quantiles import TAIL
from report.text import between, count_of, listed, percentile_name, seconds, share, span

from .evidence import in_holds, intervals
from .unloaded import with_unloaded

SUBJECT = "Latency distribution"
WAYS = {
    "likelihood": "the percentiles are the most likely ones for what the polls left open (Turnbull's estimate)",
    "middle": "the end of a job is taken as the middle between the last two",
}
"""How times are found where polls alone tell them."""
FIGURES = ("latency", "service_time")


def latency(analysis: Analysis) -> Iterator[Finding]:
    """How long requests and jobs took under load, and unloaded where that was measured."""
    found = analysis.latency
    if found is None or not found.service[-1].n:
        seen = in_holds(analysis.holds, *FIGURES, "overview")
        yield Finding(level="note", subject=SUBJECT, sentence="Not known: no step was held.", source=seen)
    else:
        yield with_unloaded(_finding(analysis, found), analysis.baseline)


def _finding(analysis: Analysis, latency: Latency) -> Finding:
    requests, jobs = latency.service[-1], latency.jobs[0]
    said = [
        f"{_where(analysis, latency)}, service time of requests, from sending to the reply: {percentiles_text(requests)}.",
        *_said_of_jobs(latency),
        *_said_of_phases(analysis.phases),
    ]
    return Finding(
        level="good" if latency.steady or analysis.run.profile.batch is not None else "note",
        subject=SUBJECT,
        sentence=" ".join(said),
        numbers={percentile_name(p): value for p, value in requests.percentiles.items()}
        | {f"job_{percentile_name(p)}": value for p, value in jobs.percentiles.items()}
        | {f"job_{percentile_name(p)}_at_least": value for p, value in jobs.at_least.items()},
        intervals=intervals(
            **{
                f"{prefix}{percentile_name(p)}": each
                for prefix, row in (("", requests), ("job_", jobs))
                for p, each in row.intervals.items()
            }
        ),
        evidence=_sure(requests, jobs),
        source=in_holds([hold for hold in analysis.holds if hold.step.number in latency.steps], *FIGURES),
    )


def _where(analysis: Analysis, latency: Latency) -> str:
    """What the times are pooled over."""
    if analysis.run.profile.batch is not None:
        return "Over the whole batch"
    if not latency.steady:
        return "No step is known to be sustained, so this is no steady state; over all steps"
    one = len(latency.steps) == 1
    return f"In {f'step {latency.steps[0]}, which was' if one else f'the {len(latency.steps)} steps that were'} sustained"


def _said_of_jobs(latency: Latency) -> Iterator[str]:
    jobs = latency.jobs[0]
    if jobs.n:
        clock = clock_of(latency.completion)
        yield f"Response time of jobs, from due to their end ({clock}): {percentiles_text(jobs)}."
    if latency.unseen:
        yield f"{count_of(latency.unseen, 'job was', 'jobs were')} never seen done."
    if latency.cut_off:
        yield f"{count_of(latency.cut_off, 'job was', 'jobs were')} cut off by the end of the run."
    parts = {described.name: described for described in latency.server if described.kind == "all"}
    if {"queue", "processing"} <= set(parts):
        queue, processing = seconds(parts["queue"].mean), seconds(parts["processing"].mean)
        yield f"By the service's own timestamps, jobs waited {queue} and ran for {processing} on average."


def _said_of_phases(phases: Phases | Untold | None) -> Iterator[str]:
    """Waiting and processing by the states that polls saw, as far as they tell."""
    if isinstance(phases, Phases):
        times = {"waited": phases.waiting.quantiles, "ran for": phases.processing.quantiles}
        told = [f"{verb} {seconds(found[0.5].value)}" for verb, found in times.items() if 0.5 in found]
        if told:
            yield f"Estimated from polled states, jobs {listed(told)} on the median."


def _sure(requests: Distribution, jobs: Distribution) -> str:
    """The intervals of both p95, or that there are none; and of what there is no p95 at all."""
    rows, told = {"request": requests, "job": jobs}, []
    for what, row in rows.items():
        interval = row.intervals.get(0.95)
        if interval is not None and interval.low > 0:
            told.append(f"p95 of {what}s {between(interval.low, interval.high, 'seconds')}")
    few = [count_of(row.n, what) for what, row in rows.items() if row.percentiles[0.95] is None and 0.95 not in row.at_least]
    said = [f"Within this run, {listed(told)} (95 %, approximate)."] if told else []
    if not told and len(few) < len(rows):
        said.append("How sure p95 is can't be told from this run alone: repeat it.")
    if few:
        said.append(f"{listed(few)} are too few for p95, which takes {round(TAIL / (1 - 0.95)):,}.")
    return " ".join(said)


def known_by(completion: Completion) -> str:
    """How the end of jobs is known."""
    every = span(completion.poll_every)
    refused = ""
    if completion.offset is not None and not completion.offset.valid:
        refused = (
            f" The service's own timestamps are not used: with no offset do they lie between what the client saw of more than "
            f"{share(completion.offset.fits)} of the jobs."
        )
    if completion.way == "timestamps" and completion.offset is not None:
        return (
            f"Their end is that of the service's own timestamps, which fit between the polls of {share(completion.offset.fits)} "
            f"of the jobs ({_clock(completion.offset)}){_lag(completion.offset)}."
        )
    if completion.held is not None:
        held = "The service held polls open until jobs had ended"
        if completion.held == 1:
            return f"{held}: their end is the reply to such a poll.{refused}"
        return (
            f"{held}: of {share(completion.held)} of the jobs the end is the reply to such a poll; of the others, seen by polls "
            f"every {every}, {WAYS[completion.way]}.{refused}"
        )
    slow = f" Polls were slow: half of these times are known only to ± {seconds(completion.between_polls / 2)} or worse."
    if completion.way == "likelihood":
        what = "most of these jobs ended before the next"
        return f"Seen only by polls every {every}, and {what}: {WAYS['likelihood']}.{slow * completion.slow}{refused}"
    return f"Seen only by polls every {every}: {WAYS['middle']}.{slow * completion.slow}{refused}"


def clock_of(completion: Completion) -> str:
    """The clock that tells the end of jobs, in few words; every time of a job in a report is by the same."""
    if completion.way == "timestamps":
        return "by the service's clock"
    polled = "told by polls held open" if completion.held is not None else f"polled every {span(completion.poll_every)}"
    return f"estimated, {polled}" if completion.way == "likelihood" else polled


def refusal(distribution: Distribution) -> str:
    """Which percentiles the sample does not carry, in words; empty if it carries all."""
    missing = [p for p, value in distribution.percentiles.items() if value is None and p not in distribution.at_least]
    if not missing:
        return ""
    needs = round(TAIL / (1 - missing[0]))
    return f"{percentile_name(missing[0])} needs {needs:,}, there were {distribution.n:,}"


def percentiles_text(distribution: Distribution) -> str:
    """The percentiles that the sample carries: "median 3.0 ms, p95 6.0 ms and p99 8.1 ms"."""
    known = {p: seconds(value) for p, value in distribution.percentiles.items() if value is not None}
    known |= {p: f"at least {seconds(value)}" for p, value in distribution.at_least.items()}
    told = [(p, known[p]) for p in (0.5, 0.95, 0.99) if p in known]
    if not told:
        return f"at most {seconds(distribution.max)} ({distribution.n:,} are too few for percentiles)"
    return listed(f"{'median' if p == 0.5 else percentile_name(p)} {v}" for p, v in told)


def _clock(offset: Offset) -> str:
    if abs(offset.seconds) <= offset.error:
        return f"its clock and the client's agree within {seconds(offset.error)}"
    ahead = "behind" if offset.seconds > 0 else "ahead of"
    return f"its clock is {seconds(abs(offset.seconds))} {ahead} the client's, which is taken into account"


def _lag(offset: Offset) -> str:
    """How long after it a job's end could be seen."""
    return f"; polls could see a job done up to {seconds(offset.lag)} after it had ended" if offset.lag else ""
