"""The three loads in words: best operating conditions, capacity under the profile's limits, breaking point."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from profiles import Profile
from report.analysis.limits import JudgedLimit, measured_text
from report.analysis.operating_points import COMFORTABLE, Optimal, Within
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.finding import Finding
from report.document.model import Number
from report.text import clipped, count_of, listed, rate, share

from .evidence import in_steps
from .what_broke import breaking_evidence, breaking_remedy, breaking_sentence, or_none

SUBJECT = "Best operating conditions"
FIGURES = ("overview", "load", "capacity")
JUDGEMENTS = ("fail", "warn", "undecided", "not measured")
NAMED, LETTERS = 3, 64
"""Limits named of those that were missed, and of those not known; letters of each."""
REFUSED = {
    "no limit": "Capacity under limits: not asked for, the profile sets none.",
    "no step carries them": "Capacity under the limits: not known, no single step carries them.",
}
UNJUDGED = "Not known: no step could be judged."


def unsustained(analysis: Analysis) -> str:
    """That no step counts as sustained: one that came after a step that broke doesn't."""
    return "no step was sustained" + (" before the first that broke" if any(step.sustained for step in analysis.steps) else "")


def optimal_finding(profile: Profile, analysis: Analysis) -> Finding:
    """How much load leaves headroom and keeps the limits."""
    carried, loads = analysis.capacity.carried, analysis.operating_points
    if carried is None:
        said = f"Not known: {unsustained(analysis)}." if analysis.capacity.breaking else UNJUDGED
        seen = in_steps(analysis, analysis.steps, *FIGURES)
        return Finding(level="note", subject=SUBJECT, sentence=said, numbers={"steps": len(analysis.steps)}, source=seen)
    if loads and loads.optimal:
        return _optimal(analysis, loads.optimal, loads.within)
    if loads and loads.within.missed and loads.within.upper:
        within, upper = _shown(loads.within, analysis), loads.within.upper
        never = f"no sustained step met {_named(within.never)}, and " if within.never else ""
        already = "" if never else "already "
        said = f"None was found: {never}{count_of(upper.clients, 'client')} {already}missed {_named(within.missed)}."
        seen = in_steps(analysis, [upper], *FIGURES, "latency")
        return Finding(level="bad", subject=SUBJECT, sentence=said, numbers={"clients": upper.clients}, source=seen)
    if profile.clients.mode != "open":
        said = "Not known: with clients that wait for their jobs, no limit shows."
        seen = in_steps(analysis, [carried], *FIGURES)
        return Finding(level="note", subject=SUBJECT, sentence=said, numbers={"clients": carried.clients}, source=seen)
    breaking = analysis.capacity.breaking
    said = f"Any load up to {rate(carried.completed)} ({count_of(carried.clients, 'client')}): it was sustained. " + (
        f"{count_of(breaking.clients, 'client')} were not sustained; what lies between was not tried."
        if breaking
        else "Its limit was not reached, so the headroom above that is not known."
    )
    return Finding(
        level="good",
        subject=SUBJECT,
        sentence=said,
        numbers={"jobs_per_s": carried.completed, "clients": carried.clients},
        intervals=_interval("jobs_per_s", carried.throughput.low, carried.throughput.high),
        source=in_steps(analysis, [carried, breaking], *FIGURES),
    )


def _optimal(analysis: Analysis, optimal: Optimal, within: Within) -> Finding:
    load = f"Up to {rate(optimal.rate.value)} ({count_of(optimal.clients, 'client')})"
    met = tuple(step for step in within.met if step.clients <= optimal.clients)
    if optimal.of == "limits":
        said = f"{load}: the most load that met every limit."
    else:
        said = (
            f"{load}, {share(COMFORTABLE)} of the {optimal.of}: this leaves headroom for bursts. A rule of thumb, not measured."
        )
        said += "" if within.refused else _kept(met)
    return Finding(
        level="good",
        subject=SUBJECT,
        sentence=said,
        numbers={"jobs_per_s": optimal.rate.value, "clients": optimal.clients},
        intervals=_interval("jobs_per_s", optimal.rate.low, optimal.rate.high),
        source=in_steps(analysis, _based_on(analysis, optimal, met), *FIGURES),
    )


def _based_on(analysis: Analysis, optimal: Optimal, met: tuple[StepResult, ...]) -> Sequence[StepResult | None]:
    """The steps that it was computed from, and those that met the limits."""
    if optimal.of == "capacity":
        return analysis.steps
    return met if optimal.of == "limits" else (analysis.capacity.carried, *met)


def _kept(met: tuple[StepResult, ...]) -> str:
    """Whether the limits were met at or below the load."""
    if not met:
        return " No step up to it is known to meet every limit."
    return f" Every limit was met with {count_of(max(step.clients for step in met), 'client')}, the highest step up to it."


def limits_finding(profile: Profile, analysis: Analysis) -> Finding:
    """Where the service broke, and how much it carries within the profile's limits."""
    found = _breaking(profile, analysis)
    if analysis.operating_points is None:
        return found
    within, carried = analysis.operating_points.within, analysis.capacity.carried
    steps = (analysis.operating_points.breaking, within.lower, within.upper, carried)
    untold = unsustained(analysis) if _none_sustained(analysis) else ""
    return found.model_copy(
        update={
            "sentence": f"{found.sentence} {_within(_shown(within, analysis), untold)}",
            "numbers": found.numbers | _bounds(within),
            "intervals": found.intervals | _within_interval(within),
            "source": in_steps(analysis, steps, *FIGURES) if any(steps) else found.source,
        }
    )


def _none_sustained(analysis: Analysis) -> bool:
    """Whether there is no step over which limits could be judged."""
    return analysis.run.profile.load.seeks_limits and not any(step.sustained for step in analysis.steps)


def _shown(within: Within, analysis: Analysis) -> Within:
    """The same, its limits as the report writes them."""
    shown = {limit.text: limit.shown for limit in analysis.limits}
    never, missed, left_out = (
        tuple(shown.get(text, text) for text in texts) for texts in (within.never, within.missed, within.left_out)
    )
    return replace(within, never=never, missed=missed, left_out=left_out)


def _within(within: Within, untold: str) -> str:
    """The capacity under the limits; `untold`: why they can't be judged ("": they can)."""
    if within.refused:
        return REFUSED[within.refused]
    if untold:
        first = within.upper if within.missed else None
        missed = f"; step {first.number} ({count_of(first.clients, 'client')}) {_why_not(within)}" if first else ""
        return f"Capacity under the limits: not known, {untold}{missed}."
    lower, upper = within.lower, within.upper
    above = f"; step {upper.number} ({count_of(upper.clients, 'client')}) {_why_not(within)}" if upper else ""
    if lower:
        least = "" if upper else "at least "
        load = f"{least}{rate(lower.completed)} with {count_of(lower.clients, 'client')} (step {lower.number})"
    else:
        load = f"not known, no sustained step met {_named(within.never) if within.never else 'all of them'}"
    return f"Capacity under the limits: {load}{above}.{_left_out(within.left_out)}"


def _left_out(limits: tuple[str, ...]) -> str:
    if not limits:
        return ""
    which = _named(limits) if len(limits) < NAMED else count_of(len(limits), "limit")
    return f" Left out, for too few samples in a step: {which}."


def _why_not(within: Within) -> str:
    return f"missed {_named(within.missed)}" if within.missed else "was not sustained"


def _named(texts: tuple[str, ...]) -> str:
    names = [clipped(text, LETTERS) for text in texts[:2]]
    return listed([*names, *([f"{len(texts) - 2} more"] if texts[2:] else [])])


def _bounds(within: Within) -> dict[str, Number]:
    lower, upper = within.lower, within.upper
    return {
        "within_limits_jobs_per_s": or_none(lower.completed) if lower else None,
        "within_limits_clients": lower.clients if lower else None,
        "beyond_limits_clients": upper.clients if upper else None,
    }


def _within_interval(within: Within) -> dict[str, tuple[Number, Number]]:
    if within.lower is None:
        return {}
    return _interval("within_limits_jobs_per_s", within.lower.throughput.low, within.lower.throughput.high)


def _interval(name: str, low: float, high: float) -> dict[str, tuple[Number, Number]]:
    return {name: (low, high)} if low == low and high == high else {}


def _breaking(profile: Profile, analysis: Analysis) -> Finding:
    """The breaking point, or why none is known."""
    carried, breaking = analysis.capacity.carried, analysis.capacity.breaking
    bend = analysis.saturated.bend if analysis.saturated else None
    subject = "Limits"
    seen = in_steps(analysis, [carried], *FIGURES)
    if breaking:
        expected = analysis.saturated is not None and analysis.saturated.sought_and_found
        failed = breaking.worst.interval if breaking.worst and not breaking.fired else None
        surprising = not expected or breaking.errors or breaking.fired  # A search asks for more than the capacity that it finds.
        return Finding(
            level="bad",
            subject=subject,
            sentence=breaking_sentence(breaking) + ("" if bend else _between(carried, breaking)),
            numbers={"clients": breaking.clients, "offered": breaking.offered, "completed": or_none(breaking.completed)}
            | ({"failed": failed.value} if failed else {}),
            intervals=_interval("completed", breaking.throughput.low, breaking.throughput.high)
            | (_interval("failed", failed.low, failed.high) if failed else {}),
            evidence=breaking_evidence(breaking, carried) if surprising else "",
            source=in_steps(analysis, [carried, breaking], *FIGURES),
            remedy=breaking_remedy(breaking) if surprising else "",
        )
    if carried and bend and profile.clients.mode != "open":
        said = (
            f"Throughput stops growing at {count_of(round(bend[1]), 'client')}. No backlog shows beyond that, since these "
            "clients wait for their jobs: jobs take longer instead."
        )
        return Finding(level="note", subject=subject, sentence=said, numbers={"clients": bend[1]}, source=seen)
    if carried and profile.clients.mode != "open":
        said = (
            "Not known: clients that wait for their jobs submit less when the service slows down, so that no backlog shows. "
            f"At {count_of(carried.clients, 'client')} {rate(carried.submitted)} of {rate(carried.offered)} were submitted."
        )
        return Finding(level="note", subject=subject, sentence=said, numbers={"clients": carried.clients}, source=seen)
    if carried:
        unjudged = [step for step in analysis.steps if not step.sustained]
        said = (
            f"Not reached: every step that can be judged was sustained, up to {count_of(carried.clients, 'client')} "
            f"({rate(carried.offered)} offered)."
        )
        if unjudged:
            said += f" Step {unjudged[0].number} ({count_of(unjudged[0].clients, 'client')}) was {unjudged[0].verdict.lower()}."
        return Finding(level="note", subject=subject, sentence=said, numbers={"clients": carried.clients}, source=seen)
    seen = in_steps(analysis, analysis.steps, *FIGURES)
    return Finding(level="note", subject=subject, sentence=UNJUDGED, numbers={"steps": len(analysis.steps)}, source=seen)


def with_kept_limits(finding: Finding, analysis: Analysis) -> Finding:
    """The same, and how the profile's own limits were kept."""
    limits = analysis.limits
    if not limits:
        return finding
    of = {word: [limit for limit in limits if limit.judgement == word] for word in JUDGEMENTS}
    said = analysis.operating_points is not None and not analysis.operating_points.within.refused and _none_sustained(analysis)
    kept = "" if said else _kept_limits(limits, of, analysis.run.profile.load.seeks_limits)
    sentence = f"{finding.sentence} {kept}".strip()
    counted = {f"limits_{word.replace(' ', '_')}": len(each) for word, each in of.items()} | {"limits": len(limits)}
    update = {"sentence": sentence, "numbers": finding.numbers | counted, "level": "bad" if of["fail"] else finding.level}
    return finding.model_copy(update=update)


def _kept_limits(limits: Sequence[JudgedLimit], of: Mapping[str, Sequence[JudgedLimit]], sustained_alone: bool) -> str:
    """How many were met, and which weren't: a profile may set so many that page 1 has room for the first few alone."""
    several, open_ = len(limits) > 1, of["not measured"]
    if len(open_) == len(limits):
        reasons = {limit.reason for limit in limits}
        because = f": {reasons.pop()}" if len(reasons) == 1 else ""
        return f"The limit{'s' * several} set in the profile could not be measured{because}."
    lacking = " for lack of samples" * all(limit.few for limit in open_)
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
    names = [clipped(limit.shown, LETTERS) for limit in limits[:NAMED]]
    if limits[0].judgement == "fail":
        measured = [measured_text(limit) for limit in limits]
        names = [f"{name} ({'' if i else 'measured '}{measured[i]})" for i, name in enumerate(names)]
    return listed([*names, *([f"{len(limits) - NAMED} more"] if limits[NAMED:] else [])])


def _between(carried: StepResult | None, breaking: StepResult) -> str:
    if carried is None or breaking.clients <= carried.clients:
        return ""
    return f" The capacity lies between {carried.clients:,} and {breaking.clients:,} clients."
