"""Do failures grow with the load? Only then are they a limit of the service.

A share of failures that is the same at every load says that something is wrong, with the service or with the test, but nothing of
how much the service carries.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from report.rules.errors import Failed
from report.rules.outage import Down
from report.stats.intervals import more_often

from .result import StepResult
from .verdict import REFUSED, TooMany, verdict_of

Grown = Literal["grows", "constant", "unknown"]

GROWS = 0.002
"""Failures grow with the load where chance would make so many more of them in less than this share of such pairs of steps. A run
may hold many steps, and its stop rules choose the moment."""
ALIKE = 0.1
"""Failures are as frequent as at less load where chance would make as many more of them in at least this share of such pairs. In
between nobody can tell."""
FEW = 20
"""Fewer requests, or jobs, at less load than this say nothing of how often they fail there."""


def judged_by_growth(results: Sequence[StepResult], cut_short: bool) -> tuple[StepResult, ...]:
    """The same steps, judged once more now that all loads are known: failures that are as frequent at less load are moved to
    `constant`, and are no evidence that the load was too much."""
    return tuple(_judged(result, results, cut_short) for result in results)


def _judged(result: StepResult, results: Sequence[StepResult], cut_short: bool) -> StepResult:
    of_rule = _of_rule(result)
    suspects = dict.fromkeys([*result.errors, *result.doubted, *of_rule])
    if result.verdict in ("batch", "INVALID") or not suspects:
        return result
    less = [other for other in results if other.clients < result.clients and not (other.spoiled or other.unasked)]
    more = [other for other in results if other.clients > result.clients and not (other.spoiled or other.unasked)]
    how = {each: _growth_of(each, result, less, more) for each in suspects}
    fired = result.fired is not None and not (of_rule and all(how[each] != "grows" for each in of_rule))
    left = replace(
        result,
        errors=tuple(each for each in suspects if how[each] == "grows" and each not in result.doubted),
        doubted=tuple(each for each in suspects if how[each] != "constant" and (how[each] != "grows" or each in result.doubted)),
        constant=tuple(each for each in suspects if how[each] == "constant"),
    )
    if result.growth is None:
        return replace(left, verdict="UNSUSTAINED" if fired else "INCONCLUSIVE")
    verdict = verdict_of(result.stage, result.growth, left.errors, left.doubted, result.unfinished, fired, cut_short)
    return replace(left, verdict="INCONCLUSIVE" if verdict == "SUSTAINED" and left.mostly_failing else verdict)


def _of_rule(result: StepResult) -> list[TooMany]:
    """What a rule on failures saw when it ended the step; in a hold the step's own counts say more."""
    seen = result.fired.seen if result.fired else None
    if not isinstance(seen, Failed | Down) or not seen.of:
        return []
    what = "jobs" if seen.subject == "job" else seen.subject
    held = next((each for each in result.failures if each.what == what and each.bad), None)
    return [held or TooMany(what, seen.failed, seen.of, seen.tolerate if isinstance(seen, Failed) else 0.0)]


def _growth_of(each: TooMany, result: StepResult, less: Sequence[StepResult], more: Sequence[StepResult]) -> Grown:
    """Whether it fails more often than at less load. At the lowest load only refusals say that it was too much; and where none
    is tolerated, the first that ever fails."""
    bad, of = _counted(each.what, less)
    if of < FEW:
        if _refused(each, result):
            return "grows"
        return "constant" if _counted(each.what, more)[1] >= FEW else "unknown"
    if not each.tolerated and not bad:
        return "grows"
    p = more_often(each.bad, each.of, bad, of)
    return "grows" if p < GROWS else "constant" if p >= ALIKE else "unknown"


def _refused(each: TooMany, result: StepResult) -> bool:
    """Whether it fails, for the most part, because the service refuses jobs."""
    refused = next((one for one in result.failures if one.what == REFUSED), None)
    return (
        each.what in ("jobs", "submit") and refused is not None and refused.bad > max(each.tolerated * refused.of, each.bad / 2)
    )


def _counted(what: str, steps: Sequence[StepResult]) -> tuple[int, int]:
    """How many of it failed in these steps, and of how many."""
    counts = [each for step in steps for each in step.failures if each.what == what]
    return sum(each.bad for each in counts), sum(each.of for each in counts)
