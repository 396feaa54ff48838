"""What a run suggests to test next, in words."""

from report.text import count_of, listed, rate
from report.validity.assessment import AssessedRun


def next_tests(analysis: AssessedRun) -> tuple[str, ...]:
    """What this run suggests to test next."""
    carried, breaking = analysis.capacity.carried, analysis.capacity.breaking
    ideas = []
    if analysis.trust != "VALID":
        ideas.append("Run this test again once the reservations on page 1 are resolved, before relying on its numbers.")
    known = analysis.saturated is not None and analysis.saturated.bend is not None
    if carried and breaking and breaking.clients > carried.clients + 1 and not known:
        ideas.append(f"Finer steps between {carried.clients:,} and {breaking.clients:,} clients, to narrow down the capacity.")
    if carried and not breaking and not known:
        ideas.append(
            f"Higher load, until the service no longer keeps up: it still did with {count_of(carried.clients, 'client')}."
        )
    if breaking and breaking.errors:
        ideas.append("The same test once the failures are fixed (see Outcomes and errors): until then they hide the capacity.")
    elif breaking and not carried:
        ideas.append(f"Less load: start well below {count_of(breaking.clients, 'client')}, in small steps.")
    if carried and not (analysis.leaks and analysis.leaks.judged):
        ideas.append(
            f"Endurance: hold 60 % of the sustained throughput ({rate(0.6 * carried.completed)}) for a day, and watch memory and "
            "open files for leaks. Steps of this length can't show them."
        )
    falls = [recovered for recovered in analysis.recoveries if recovered.peak]
    if falls and not any(recovered.normal for recovered in falls):
        ideas.append("The same rise and fall, with the load held longer before it, so that recovery can be told.")
    elif carried and not falls:
        ideas.append("A spike: twice the sustained load for a minute, then back, to see whether and how fast it recovers.")
    if analysis.run.profile.batch is not None:
        ideas.append("The same batch with more or fewer workers of the service: how the process rate grows with them (speed-up).")
        ideas.append("A stepping load, to find the rate of arrivals that the service keeps up with.")
    if len(analysis.run.profile.kinds) > 1:
        ideas.append(f"Each kind of job alone ({listed(analysis.run.profile.kinds)}), to see which one sets the capacity.")
    ideas.append("Scalability and failover: more workers or a larger machine; one worker of the service killed under load.")
    return tuple(ideas)
