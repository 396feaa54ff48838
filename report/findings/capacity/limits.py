"""The profile's [[limit]]s in words: how each was kept, and the most load that kept them all."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from profiles import Condition
from profiles.conditions import BYTE_RATES
from report.analysis.limits import JudgedLimit, NeverDone, TooFew
from report.analysis.operating_points import Within
from report.analysis.run import Analysis
from report.document.finding import Finding
from report.document.model import Number, plain
from report.glossary import WITHIN_LIMITS
from report.stats.unloaded import Kept, Why
from report.text import NONE, between, clipped, count_of, listed, per_second, quantity, seconds, share

JUDGEMENTS = ("fail", "warn", "undecided", "not measured")
NAMED = 3
"""Limits that page 1 names of those that were missed, and of those not known."""
LETTERS = 64
"""Letters of a limit that page 1 has room for."""
REFUSED = {
    "no limit": f"{WITHIN_LIMITS.name}: not asked for, the profile sets none.",
    "not carried": f"{WITHIN_LIMITS.name}: not known, no single step carries them.",
}


def limit_text(limit: JudgedLimit) -> str:
    """The limit as written, but a duration in the unit that the report writes what was measured in: 3m is 180 s."""
    condition, unit = limit.condition, "s" if limit.condition.value >= 1 else "ms"
    if condition.dimension != "seconds" or re.search(rf"[\d. ]{unit}$", condition.text):
        return condition.text
    measure, op, _ = re.split("([<>]=?)", condition.text, maxsplit=1)
    return f"{measure.rstrip()} {op} {condition.value if unit == 's' else 1000 * condition.value:,.10g} {unit}"


def measured_text(limit: JudgedLimit) -> str:
    """What was measured, with its unit; a dash if nothing was."""
    if math.isnan(limit.measured):
        return NONE
    printers = {"seconds": seconds, "share": share, "rate": per_second}
    printer = printers.get(limit.condition.dimension)
    text = printer(limit.measured) if printer else quantity(limit.measured, limit.condition.dimension)
    return text + "/s" if limit.condition.metric in BYTE_RATES else text


UNKNOWN: dict[Why, str] = {
    "never idle": "there are too few samples without load, before it or after it",
    "no jobs": "no job was accepted",
    "open jobs": "some jobs never ended, and may still hold what they took",
    "still moving": "the idle level was still moving",
    "mere noise": "the idle levels vary by more than they differ",
}
"""Why it can't be known what a job leaves behind."""


def doubt_text(limit: JudgedLimit) -> str:
    """Why it isn't judged, or not for sure; empty if it is."""
    match limit.doubt:
        case None:
            return ""
        case TooFew() as few:
            return few_text(limit.condition, few)
        case NeverDone(jobs):
            return f"at least: {count_of(jobs, 'job was', 'jobs were')} never seen done"
        case "no rows":
            return f"there was no {limit.condition.metric} of {limit.condition.subject} to judge"
        case "none sustained":
            return "no step was sustained"
        case Kept(why=str(why)):
            return f"what a job leaves behind is not known: {UNKNOWN[why]}"
        case Kept() as kept:
            dimension = limit.condition.dimension
            return f"{between(kept.low, kept.high, dimension)}, as far as the idle levels tell"
        case bounds:
            return f"{between(bounds.least, bounds.most, 'seconds')}, as far as polls tell"


def few_text(condition: Condition, few: TooFew) -> str:
    """How many samples a condition takes, and how many there were."""
    if condition.increase:
        return f"an increase takes {few.needed} samples, there were {few.n}"
    return f"{condition.metric} needs {few.needed:,} of them, there were {count_of(few.n, 'sample')}"


def with_kept_limits(finding: Finding, analysis: Analysis) -> Finding:
    """The same, and how the profile's own limits were kept."""
    limits = analysis.limits
    if not limits:
        return finding
    of = {word: [limit for limit in limits if limit.judgement == word] for word in JUDGEMENTS}
    points = analysis.operating_points
    said = points is not None and not points.within.refused and none_sustained(analysis)
    kept = "" if said else _kept_limits(limits, of, analysis.run.profile.load.seeks_limits)
    sentence = f"{finding.sentence} {kept}".strip()
    counted = {f"limits_{word.replace(' ', '_')}": len(each) for word, each in of.items()} | {"limits": len(limits)}
    update = {"sentence": sentence, "numbers": finding.numbers | counted, "level": "bad" if of["fail"] else finding.level}
    return finding.model_copy(update=update)


def _kept_limits(limits: Sequence[JudgedLimit], of: Mapping[str, Sequence[JudgedLimit]], sustained_alone: bool) -> str:
    """How many were met, and which weren't: a profile may set so many that page 1 has room for the first few alone."""
    several, open_ = len(limits) > 1, of["not measured"]
    if len(open_) == len(limits):
        reasons = {doubt_text(limit) for limit in limits}
        because = f": {reasons.pop()}" if len(reasons) == 1 else ""
        return f"The limit{'s' * several} set in the profile could not be measured{because}."
    lacking = " for lack of samples" * all(isinstance(limit.doubt, TooFew) for limit in open_)
    words = {"fail": "missed", "undecided": "undecided", "not measured": f"not measured{lacking}"}
    others = [f"{word}: {_first(of[judgement])}" for judgement, word in words.items() if of[judgement]]
    narrowly = " by a narrow margin" * bool(of["warn"])
    if not several:
        return f"The limit set in the profile was {others[0] if others else f'met{narrowly}'}."
    met = len(limits) - sum(len(of[judgement]) for judgement in words)
    narrowly = f" ({len(of['warn'])}{narrowly})" if of["warn"] else ""
    if not others:
        return f"All {met} limits set in the profile were met{narrowly}."
    some = f"{met or 'none'} of {len(limits)} limits {'were' if met > 1 else 'was'} met{narrowly}"
    said = "; ".join([f"Over all sustained steps, {some}" if sustained_alone else some[0].upper() + some[1:], *others])
    return f"{said}." + " See Limits for all." * any(len(of[judgement]) > NAMED for judgement in words)


def _first(limits: Sequence[JudgedLimit]) -> str:
    """The first few of them, with what was measured of limits that were missed, and how many more there are."""
    names = [clipped(limit_text(limit), LETTERS) for limit in limits[:NAMED]]
    if limits[0].judgement == "fail":
        measured = [measured_text(limit) for limit in limits]
        names = [f"{name} ({'' if i else 'measured '}{measured[i]})" for i, name in enumerate(names)]
    return listed([*names, *([f"{len(limits) - NAMED} more"] if limits[NAMED:] else [])])


def none_sustained(analysis: Analysis) -> bool:
    """Whether there is no step over which limits could be judged."""
    return analysis.run.profile.load.seeks_limits and not any(step.sustained for step in analysis.steps)


def as_shown(within: Within, analysis: Analysis) -> Within:
    """The same, its limits as the report writes them."""
    shown = {limit.text: limit_text(limit) for limit in analysis.limits}
    never, missed, left_out = (
        tuple(shown.get(text, text) for text in texts) for texts in (within.never, within.missed, within.left_out)
    )
    return replace(within, never=never, missed=missed, left_out=left_out)


def within_text(within: Within, untold: str) -> str:
    """The capacity under the limits; `untold`: why they can't be judged ("": they can)."""
    if within.refused:
        return REFUSED[within.refused]
    if untold:
        first = within.upper if within.missed else None
        missed = f"; step {first.number} ({count_of(first.clients, 'client')}) {_why_not(within)}" if first else ""
        return f"{WITHIN_LIMITS.name}: not known, {untold}{missed}."
    lower, upper = within.lower, within.upper
    above = f"; step {upper.number} ({count_of(upper.clients, 'client')}) {_why_not(within)}" if upper else ""
    if lower:
        least = "" if upper else "at least "
        load = f"{least}{WITHIN_LIMITS.text(lower.completed)} with {count_of(lower.clients, 'client')} (step {lower.number})"
    else:
        load = f"not known, no sustained step met {named_limits(within.never) if within.never else 'all of them'}"
    return f"{WITHIN_LIMITS.name}: {load}{above}.{_left_out(within.left_out)}"


def _left_out(limits: tuple[str, ...]) -> str:
    if not limits:
        return ""
    which = named_limits(limits) if len(limits) < NAMED else count_of(len(limits), "limit")
    return f" Left out, for too few samples in a step: {which}."


def _why_not(within: Within) -> str:
    return f"missed {named_limits(within.missed)}" if within.missed else "was not sustained"


def named_limits(texts: tuple[str, ...]) -> str:
    """The first two of these limits, and how many more there are."""
    names = [clipped(text, LETTERS) for text in texts[:2]]
    return listed([*names, *([f"{len(texts) - 2} more"] if texts[2:] else [])])


def within_numbers(within: Within) -> dict[str, Number]:
    """Between which loads the capacity under the limits lies: jobs/s and clients."""
    lower, upper = within.lower, within.upper
    return {
        "within_limits_jobs_per_s": plain(lower.completed) if lower else None,
        "within_limits_clients": lower.clients if lower else None,
        "beyond_limits_clients": upper.clients if upper else None,
    }
