"""What a run suggests to test next, in words."""

from .analysis import Analysis
from .runfolder import Run
from .text import count_of, listed, rate


def next_tests(run: Run, analysis: Analysis) -> tuple[str, ...]:
    """What this run suggests to test next."""
    carried, breaking = analysis.capacity.carried, analysis.capacity.breaking
    ideas = []
    if analysis.trust != "VALID":
        ideas.append("Run this test again without the reservations named on page 1, before building on its numbers.")
    if carried and breaking and breaking.clients > carried.clients + 1:
        ideas.append(
            f"Finer steps between {carried.clients:,} and {breaking.clients:,} clients: the capacity lies somewhere in between."
        )
    if carried and not breaking:
        ideas.append(f"More load: the service still kept up with {count_of(carried.clients, 'client')}.")
    if breaking and breaking.errors:
        ideas.append("The same again once what fails is mended (see Outcomes and errors): failures hide how much it carries.")
    elif breaking and not carried:
        ideas.append(f"Less load: start well below {count_of(breaking.clients, 'client')}, in small steps.")
    if carried:
        ideas.append(
            f"Endurance: hold 60 % of what was carried ({rate(0.6 * carried.completed)}) for a day, and watch memory and "
            "open files for leaks. Steps of this length can't show them."
        )
        ideas.append("A spike: twice the load it carried for a minute, then back, to see whether and how fast it recovers.")
    if len(run.profile.kinds) > 1:
        ideas.append(f"Each kind of job alone ({listed(run.profile.kinds)}), to see which one sets the limit.")
    ideas.append("Scalability and failover: more workers or a larger machine; a worker of the service killed under load.")
    return tuple(ideas)
