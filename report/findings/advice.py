"""What a run suggests to test next, in words."""

from collections.abc import Iterator

from report.glossary import STEADY
from report.text import between, count_of, listed, share
from report.validity.assessment import AssessedRun

ENDURANCE = 0.6
"""The share of the sustained throughput that is proposed for an endurance test, well below the capacity."""


def next_tests(analysis: AssessedRun) -> tuple[str, ...]:
    """What this run suggests to test next."""
    return (*_again(analysis), *_other_loads(analysis), *_over_time(analysis), *_other_jobs(analysis))


def _again(analysis: AssessedRun) -> Iterator[str]:
    if analysis.trust != "VALID":
        yield "Run this test again once the reservations on page 1 are resolved, before relying on its numbers."


def _other_loads(analysis: AssessedRun) -> Iterator[str]:
    """To find the capacity, or to know it better."""
    carried, breaking = analysis.capacity.carried, analysis.capacity.breaking
    known = analysis.saturated is not None and analysis.saturated.bend is not None
    if carried and breaking and breaking.clients > carried.clients + 1 and not known:
        yield f"Finer steps from {between(carried.clients, breaking.clients, 'number')} clients, to narrow down the capacity."
    if carried and not breaking and not known:
        yield f"Higher load, until the service no longer keeps up: it still did with {count_of(carried.clients, 'client')}."
    if breaking and breaking.errors:
        yield "The same test once the failures are fixed (see Outcomes and errors): until then they hide the capacity."
    elif breaking and not carried:
        yield f"Less load: start well below {count_of(breaking.clients, 'client')}, in small steps."


def _over_time(analysis: AssessedRun) -> Iterator[str]:
    """To find leaks, and how the service recovers."""
    carried = analysis.capacity.carried
    if carried and not (analysis.leaks and analysis.leaks.judged):
        yield (
            f"Endurance: hold {share(ENDURANCE)} of the {STEADY.name.lower()} ({STEADY.text(ENDURANCE * carried.completed)}) "
            "for a day, and watch memory and open files for leaks. Steps of this length can't show them."
        )
    falls = [recovered for recovered in analysis.recoveries if recovered.peak]
    if falls and not any(recovered.normal for recovered in falls):
        yield "The same rise and fall, with the load held longer before it, so that recovery can be told."
    elif carried and not falls:
        yield "A spike: twice the sustained load for a minute, then back, to see whether and how fast it recovers."


def _other_jobs(analysis: AssessedRun) -> Iterator[str]:
    """With other jobs, or a service of another size."""
    profile = analysis.run.profile
    if profile.batch is not None:
        yield "The same batch with more or fewer workers of the service: how the process rate grows with them (speed-up)."
        yield "A stepping load, to find the rate of arrivals that the service keeps up with."
    if len(profile.kinds) > 1:
        yield f"Each kind of job alone ({listed(profile.kinds)}), to see which one sets the capacity."
    yield "Scalability and failover: more workers or a larger machine; one worker of the service killed under load."
