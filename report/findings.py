"""What was found, in words: whether to trust it, and the answers to the four questions.

Wording about results is here, in `breaking` and in `advice`. Every sentence holds only what `report.analysis`
computed; what the data can't carry is refused in words.
"""

from collections.abc import Sequence

from profiles import Profile

from .analysis import Analysis
from .breaking import limit_sentence, or_none, why
from .checking import Check
from .completion import Completion
from .document import Finding, Level, Number, Source
from .ladder import StepResult
from .latency import Distribution, Latency
from .runfolder import Run
from .stats_censored import Offset
from .stats_intervals import WANTED, WIDE, Interval, completions_for
from .text import count_of, listed, percentile_name, quantity, rate, seconds, share, span

COMFORTABLE = 0.7
"""The share of its capacity up to which a service is comfortable: beyond it queues grow steeply."""

LEVELS: dict[str, Level] = {"ok": "good", "note": "note", "qualified": "warning", "invalid": "bad"}
LIMIT_WORDS = {"fail": "failed", "warn": "met by a narrow margin", "undecided": "undecided", "not measured": "not measured"}
TRUST = {
    "VALID": "The measurement can be trusted: every check passed.",
    "QUALIFIED": "The measurement can be used, with these reservations:",
    "INVALID": "Do not use these numbers: the measurement itself went wrong.",
}


def reasons(checks: Sequence[Check]) -> tuple[Finding, ...]:
    """Why the measurement is less than valid; notes too, but after what counts."""
    order = ("invalid", "qualified", "note")
    worst = sorted((check for check in checks if check.level != "ok"), key=lambda check: order.index(check.level))
    return tuple(
        Finding(
            level=LEVELS[check.level],
            subject=check.name,
            sentence=check.sentence,
            numbers=dict(check.numbers),
            remedy=check.remedy,
        )
        for check in worst
    )


def answers(run: Run, analysis: Analysis) -> tuple[Finding, ...]:
    """The answers to the four questions of the test."""
    return (
        _throughput(run.profile, analysis),
        latency_finding(run.profile, analysis.latency),
        _comfort(run.profile, analysis),
        with_kept_limits(_limits(run.profile, analysis), analysis),
    )


def load_model(profile: Profile) -> str:
    """How the load comes about, in a few words: what a reader must know before any number."""
    if profile.batch is not None:
        return "a batch, all at once"
    mode = {"open": "open", "paced": "closed (paced clients)", "think": "closed (clients that think)"}[profile.clients.mode]
    return f"{mode}, {profile.clients.arrivals} arrivals" if profile.clients.mode == "open" else mode


def refusal(distribution: Distribution) -> str:
    """Which percentiles the sample does not carry, in words; empty if it carries all."""
    missing = [p for p, value in distribution.percentiles.items() if value is None]
    if not missing:
        return ""
    needs = round(10 / (1 - missing[0]))
    return f"{percentile_name(missing[0])} needs {needs:,}, there were {distribution.n:,}"


def _throughput(profile: Profile, analysis: Analysis) -> Finding:
    carried, breaking = analysis.capacity.carried, analysis.capacity.breaking
    subject = "Steady throughput"
    if carried is None:
        held = [step for step in analysis.steps if step.failed]
        said = "None: no step was sustained." if held else "Not known: no step was held long enough."
        evidence = f"Step {breaking.step.number}: {why(breaking)}." if breaking and held else ""
        return Finding(level="bad" if held else "note", subject=subject, sentence=said, evidence=evidence)
    least = "" if breaking or profile.clients.mode != "open" else "at least "
    return Finding(
        level="good",
        subject=subject,
        sentence=(
            f"The service sustained {least}{rate(carried.completed)}{_between_rates(carried.throughput)} with "
            f"{count_of(carried.clients, 'client')}, which makes {rate(carried.request_rate, 'requests')}. Every step up to and "
            f"including this one{_that_counts(analysis, carried)} was sustained."
        ),
        numbers={
            "jobs_per_s": carried.completed,
            "requests_per_s": carried.request_rate,
            "clients": carried.clients,
        },
        intervals=_interval("jobs_per_s", carried.throughput),
        evidence=f"Step {carried.step.number}: {why(carried)}.",
        source=Source(steps=(carried.step.number,), window=carried.step.hold),
        remedy=_hold_longer(carried),
    )


def _clock(offset: Offset) -> str:
    if abs(offset.seconds) <= offset.error:
        return f"its clock and the client's agree within {seconds(offset.error)}"
    ahead = "behind" if offset.seconds > 0 else "ahead of"
    return f"its clock is {seconds(abs(offset.seconds))} {ahead} the client's, which is taken into account"


def _interval(name: str, interval: Interval) -> dict[str, tuple[Number, Number]]:
    return {name: (interval.low, interval.high)} if interval.known else {}


def _that_counts(analysis: Analysis, last: StepResult) -> str:
    """Whether some of the steps up to the last don't count."""
    before = (step for step in analysis.steps if step.step.number <= last.step.number)
    return "" if all(step.sustained for step in before) else " that can be judged"


def _between_rates(interval: Interval) -> str:
    return f" (95 % interval {quantity(interval.low, 'rate')} to {quantity(interval.high, 'rate')})" if interval.known else ""


def _hold_longer(step: StepResult) -> str:
    """What it takes to know the throughput better, where it isn't known well."""
    if not step.throughput.known or not step.throughput.half > WIDE:  # NaN where no job was completed at all
        return ""
    done = round(step.completed * (step.step.seconds - step.settled))
    needed = completions_for(step.throughput, done)
    hold = step.step.seconds * needed / max(1, done)
    return (
        f"Hold the step longer to know it better: ± {share(WANTED)} needs about {needed:,} completed jobs ({span(hold)}), here "
        f"it is ± {share(step.throughput.half)} with {done:,}."
    )


def latency_finding(profile: Profile, latency: Latency | None, over: str = "") -> Finding:
    """How long requests and jobs took; `over` says what they are pooled over, where that isn't steps."""
    subject = "Latency distribution"
    if latency is None or not latency.service[-1].n:
        return Finding(level="note", subject=subject, sentence="Not known: no step was held.")
    requests, jobs = latency.service[-1], latency.jobs[0]
    steps = f"step {latency.steps[0]}, which was" if len(latency.steps) == 1 else f"the {len(latency.steps)} steps that were"
    unsteady = "No step is known to be sustained, so this is no steady state; over all steps"
    where = over or (f"In {steps} sustained" if latency.steady else unsteady)
    said = [f"{where}, response time of requests: {percentiles_text(requests)}."]
    if jobs.n:
        polled = f"polled every {span(profile.clients.poll_every)}"
        how = {"timestamps": "by the service's clock", "likelihood": f"estimated, {polled}", "middle": f"{polled}"}
        said.append(f"Jobs, from scheduled submission to their end ({how[latency.completion.way]}): {percentiles_text(jobs)}.")
    if latency.unseen:
        said.append(f"{count_of(latency.unseen, 'job')}, never seen done, took longer than that.")
    parts = {described.name: described for described in latency.server if described.kind == "all"}
    if {"queue", "processing"} <= set(parts):
        queue, processing = seconds(parts["queue"].mean), seconds(parts["processing"].mean)
        said.append(f"By the service's own timestamps, jobs waited {queue} and ran for {processing} on average.")
    return Finding(
        level="good" if latency.steady or over else "note",
        subject=subject,
        sentence=" ".join(said),
        numbers={percentile_name(p): value for p, value in requests.percentiles.items()}
        | {f"job_{percentile_name(p)}": value for p, value in jobs.percentiles.items()},
        intervals={
            f"{prefix}{percentile_name(p)}": (each.low, each.high)
            for prefix, row in (("", requests), ("job_", jobs))
            for p, each in row.intervals.items()
        },
        evidence=f"{count_of(requests.n, 'request')}, {count_of(jobs.n, 'job')}. {_sure(requests, jobs)}",
    )


def _sure(requests: Distribution, jobs: Distribution) -> str:
    """The intervals of both p95, or that there are none."""
    told = []
    for what, row in (("requests", requests), ("jobs", jobs)):
        interval = row.intervals.get(0.95)
        if interval is not None:
            told.append(f"p95 of {what} between {seconds(interval.low)} and {seconds(interval.high)}")
    if not told:
        return "How sure p95 is can't be told from this run alone: repeat it."
    return f"Within this run, {listed(told)} (95 %, approximate)."


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
            f"of the jobs ({_clock(completion.offset)})."
        )
    if completion.way == "likelihood":
        return (
            f"Seen only by polls every {every}, in which most of these jobs ended before the first: so the percentiles are the "
            f"most likely ones for what the polls left open (Turnbull's estimate).{refused}"
        )
    return f"Seen only by polls every {every}: the end of a job is taken as the middle between the last two.{refused}"


def percentiles_text(distribution: Distribution) -> str:
    """The percentiles that the sample carries: "median 3.0 ms, p95 6.0 ms and p99 8.1 ms"."""
    told = [(p, v) for p, v in distribution.percentiles.items() if v is not None and p in (0.5, 0.95, 0.99)]
    if not told:
        return f"at most {seconds(distribution.max)} ({distribution.n:,} are too few for percentiles)"
    return listed(f"{'median' if p == 0.5 else percentile_name(p)} {seconds(v)}" for p, v in told)


def _comfort(profile: Profile, analysis: Analysis) -> Finding:
    carried, breaking = analysis.capacity.carried, analysis.capacity.breaking
    subject = "Best operating conditions"
    if carried is None:
        said = "Not known: no step was sustained." if breaking else "Not known: no step was held long enough to judge."
        return Finding(level="note", subject=subject, sentence=said)
    bend = analysis.saturated.bend if analysis.saturated else None
    if breaking is None and profile.clients.mode != "open" and bend is None:
        said = "Not known: with clients that wait for their jobs, no limit shows."
        return Finding(level="note", subject=subject, sentence=said)
    if breaking is None and bend is None:
        said = (
            f"Any load up to {rate(carried.completed)} ({count_of(carried.clients, 'client')}): it was sustained. "
            "Its limit was not reached, so the headroom above that is not known."
        )
        return Finding(level="good", subject=subject, sentence=said, numbers={"clients": carried.clients})
    most, of = (bend[0], "capacity") if bend else (carried.completed, "sustained throughput")
    jobs, waiting = COMFORTABLE * most, COMFORTABLE * (bend[1] if bend else carried.clients)
    clients = int(jobs * profile.clients.submit_every if profile.clients.mode == "open" else waiting)
    return Finding(
        level="good",
        subject=subject,
        sentence=(
            f"Up to {rate(jobs)} ({count_of(clients, 'client')}), {share(COMFORTABLE)} of the {of}: this leaves "
            "headroom for bursts. A rule of thumb, not measured."
        ),
        numbers={"jobs_per_s": jobs, "clients": clients},
    )


def _limits(profile: Profile, analysis: Analysis) -> Finding:
    carried, breaking = analysis.capacity.carried, analysis.capacity.breaking
    bend = analysis.saturated.bend if analysis.saturated else None
    subject = "Limits"
    if breaking:
        return Finding(
            level="bad",
            subject=subject,
            sentence=limit_sentence(breaking) + ("" if bend else _between(carried, breaking)),
            numbers={"clients": breaking.clients, "offered": breaking.offered, "completed": or_none(breaking.completed)},
        )
    if carried and bend and profile.clients.mode != "open":
        said = (
            f"Throughput stops growing at {count_of(round(bend[1]), 'client')}. No backlog shows beyond that, since these "
            "clients wait for their jobs: jobs take longer instead."
        )
        return Finding(level="note", subject=subject, sentence=said, numbers={"clients": bend[1]})
    if carried and profile.clients.mode != "open":
        said = (
            "Not known: clients that wait for their jobs submit less when the service slows down, so that no backlog shows. "
            f"At {count_of(carried.clients, 'client')} {rate(carried.submitted)} of {rate(carried.offered)} were submitted."
        )
        return Finding(level="note", subject=subject, sentence=said, numbers={"clients": carried.clients})
    if carried:
        unjudged = [step for step in analysis.steps if not step.sustained]
        said = (
            f"Not reached: every step that can be judged was sustained, up to {count_of(carried.clients, 'client')} "
            f"({rate(carried.offered)} offered)."
        )
        if unjudged:
            said += (
                f" Step {unjudged[0].step.number} ({count_of(unjudged[0].clients, 'client')}) was {unjudged[0].verdict.lower()}."
            )
        return Finding(level="note", subject=subject, sentence=said, numbers={"clients": carried.clients})
    return Finding(level="note", subject=subject, sentence="Not known: no step was held long enough to judge.")


def with_kept_limits(finding: Finding, analysis: Analysis) -> Finding:
    """The same, and how the profile's own limits were kept."""
    limits = analysis.limits
    if not limits:
        return finding
    of = {word: [limit.text for limit in limits if limit.judgement == word] for word in LIMIT_WORDS}
    failed = of["fail"]
    told = [
        f"{len(texts)} {LIMIT_WORDS[word]}" + f" ({', '.join([*texts[:3], *(['…'] if texts[3:] else [])])})" * (word == "fail")
        for word, texts in of.items()
        if texts
    ]
    if not told:
        said = "All limits" if len(limits) > 1 else "The limit"
        said += f" set in the profile {'were' if len(limits) > 1 else 'was'} met."
    elif len(of["not measured"]) == len(limits):
        because = ", since no step was sustained" if all(limit.reason == "no step was sustained" for limit in limits) else ""
        said = f"The limits set in the profile could not be measured{because}."
    else:
        said = f"Of {count_of(len(limits), 'limit')} set in the profile: {listed(told)}."
    sentence = f"{finding.sentence} {said}".strip()
    return finding.model_copy(update={"sentence": sentence, "level": "bad" if failed else finding.level})


def _between(carried: StepResult | None, breaking: StepResult) -> str:
    if carried is None or breaking.clients <= carried.clients:
        return ""
    return f" Its capacity lies between {carried.clients:,} and {breaking.clients:,} clients."
