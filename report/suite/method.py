"""How the numbers of a suite's report were found."""

from report.document.block import Facts, Section
from report.stats.repeats import LEAST, MATTERS
from report.text import share

from .results import Results


def method_section(results: Results) -> Section:
    """The method, in the order of the report."""
    order = (
        "Repeats are interleaved: the first of every scenario, then the second, so that what drifts hits all alike."
        if results.suite.order == "interleaved"
        else "Scenarios are run one after the other with all their repeats, so a drift looks like a difference between them."
    )
    fresh = "Each run had a service process of its own, started for it and ended after it." if results.suite.service else ""
    claims = (
        ("Order", " ".join(filter(None, (order, fresh)))),
        ("Unit", f"A whole run. Intervals are Student's over runs; fewer than {LEAST} carry none."),
        (
            "Best of a group",
            "Ratios of throughput, paired within a repeat, by Student's t of their logarithms; Holm's correction over all "
            f"comparisons of the phase. What differs by less than {share(MATTERS)}, or by chance, is not told apart.",
        ),
        (
            "Knee",
            "The least squares of min(x / D, top) over the values of the parameter, fitted to each repeat: the knee is where the "
            "two lines meet, its interval is over repeats.",
        ),
        (
            "Speed-up",
            "The ratio to the lowest value of the parameter, paired within a repeat; efficiency divides it by the ratio of both.",
        ),
        (
            "Drift",
            "Each run against the mean of its scenario, a straight line over time through all of them; chance is what shuffling "
            "the runs of each scenario gives.",
        ),
        ("Timeouts", "A run that was ended by its timeout, or left jobs undone, counts as failed; none of its numbers are used."),
    )
    return Section(id="method", title="Method", blocks=(Facts(facts=claims),))
