"""Check of the mapping: did the service understand what it was asked, to the end?"""

from collections.abc import Iterator

from report.analysis.mapping_faults import MappingFault
from report.analysis.run import Analysis
from report.text import moment, share

from .check import Check

CREDENTIALS = (401, 403, 407)
"""Codes that say who asks is not known, or not allowed to."""


def mapping(analysis: Analysis) -> Iterator[Check]:
    """Answers that only the way of asking explains make the run worthless: the service was not really asked."""
    for fault in analysis.mapping_faults:
        numbers = {"code": float(fault.code), "requests": float(fault.count), "since_s": fault.since}
        yield Check("Mapping", "invalid", f"{fault_text(fault)}.", numbers, _remedy(fault))
    judged = [step for step in analysis.steps if step.growth and not (step.spoiled or step.unasked)]
    if judged and all(step.mostly_failing for step in judged):
        worst = max((each for step in judged for each in step.constant), key=lambda each: each.measured)
        what = "the jobs" if worst.what == "jobs" else f"the {worst.what} requests"
        said = f"{share(worst.measured)} of {what} failed at every load that was tried: nothing is known of the capacity."
        yield Check("Mapping", "invalid", said, {"failed": worst.measured}, "Try one job of each kind: stepload check.")


def fault_text(fault: MappingFault) -> str:
    """Which answer it was, how often, and since when."""
    asked = f"{fault.count:,} {fault.endpoint} requests"
    answer = f"{fault.code} ({fault.cause})" if fault.cause else str(fault.code)
    if fault.whole:
        return f"All {asked} were answered {answer}: the test asked in a way that the service does not take"
    return (
        f"From {moment(fault.since)} on all {asked} were answered {answer}, and until then they were not: something of the test "
        "ran out or was changed, not the service's capacity"
    )


def _remedy(fault: MappingFault) -> str:
    if fault.code in CREDENTIALS:
        return "Renew the token or the login, or let the profile do so; then try one job: stepload check."
    return "Mend the mapping in the profile's [api], one job at a time: stepload check."
