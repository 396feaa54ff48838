"""Recovery, in words: how long it took after the load fell, what stayed, or why that can't be told."""

from collections.abc import Iterator, Sequence

from report.analysis.holds import Hold
from report.analysis.recovery import FALL, Event, Recovered
from report.analysis.run import Analysis
from report.document.finding import Finding, Source, gravest_first
from report.document.model import Number, plain
from report.findings.evidence import in_holds
from report.stats.recovery import JOBS, NORMAL_JOBS, WINDOWS, Normal, Recovery, Shift
from report.text import between, count_of, number, seconds, share, span

SUBJECT = "Recovery"
"""Of every finding here, and the title of its chapter."""


def recovery_findings(recoveries: Sequence[Recovered], holds: Sequence[Hold]) -> tuple[Finding, ...]:
    """What is said of each fall to an earlier load, or why that can't be told."""
    which = [number for number, recovered in enumerate(recoveries) if recovered.normal] or [len(recoveries) - 1]
    return tuple(_finding(recoveries[i], _seen(recoveries[i], i + 1, holds)) for i in which if recoveries)


def recovery(analysis: Analysis) -> Iterator[Finding]:
    """The answer of a run that was made to find it out."""
    found = recovery_answer(analysis.recoveries, analysis.holds)
    if found:
        yield found


def recovery_answer(recoveries: Sequence[Recovered], holds: Sequence[Hold]) -> Finding | None:
    """What page 1 says: the gravest of it."""
    found = gravest_first(recovery_findings(recoveries, holds))
    if len(found) < 2:
        return found[0] if found else None
    return found[0].model_copy(update={"sentence": f"{found[0].sentence} {len(found) - 1} more in the chapter {SUBJECT}."})


def _seen(recovered: Recovered, number: int, holds: Sequence[Hold]) -> Source:
    watched = [hold for hold in holds if hold.step.number in (recovered.before, recovered.step)]
    return in_holds(watched, f"recovery-{number}", "overview")


def _finding(recovered: Recovered, seen: Source) -> Finding:
    result, normal = recovered.result, recovered.normal
    if result is None or normal is None:
        return _not_known(recovered, seen)
    if result.seconds is None:
        return _not_seen(recovered, seen)
    said = f"{_event(recovered)}, the service {_took(result.seconds, result.drained)}"
    stays = result.shift is not None and result.shift.lasting and result.shift.ratio > 1
    return Finding(
        level="warning" if stays else "good",
        subject=SUBJECT,
        sentence=f"{said}.{_shift_text(result.shift)}{_aftermath(recovered)}",
        numbers={"seconds": result.seconds, "drained": result.drained, **_before(normal), **_shifted(result.shift)},
        intervals={"median_to_before": (plain(result.shift.low), plain(result.shift.high))} if result.shift else {},
        evidence=f"Before: step {recovered.before}, p90 of a job {seconds(normal.p90)}, "
        f"{share(normal.errors)} failed, at most {number(normal.in_flight)} in flight (p95), {count_of(normal.jobs, 'job')}.",
        source=seen,
    )


def _before(normal: Normal) -> dict[str, Number]:
    """What was normal before."""
    told = {"p90": normal.p90, "failed": normal.errors, "in_flight": normal.in_flight, "jobs": normal.jobs}
    return {f"{name}_before": value for name, value in told.items()}


def _shifted(shift: Shift | None) -> dict[str, Number]:
    return {"median_to_before": shift.ratio} if shift else {}


def _took(lasted: float, drained: float | None) -> str:
    """How long it was until all was as before, and the backlog until then."""
    if lasted < 1:
        return "was as before at once"
    said, gone = f"took {span(round(lasted))} to be as before", span(round(drained or 0))
    if not gone:
        return said
    return (
        f"{said}, as long as its backlog lasted" if gone == span(round(lasted)) else f"{said}; its backlog was gone after {gone}"
    )


def _not_seen(recovered: Recovered, seen: Source) -> Finding:
    """Where it wasn't seen to recover: it didn't, or it can't be told. That the next action began too soon is no fault of it."""
    result, normal, following = recovered.result, recovered.normal, recovered.following
    assert result is not None and normal is not None
    numbers: dict[str, Number] = {"watched": result.watched, **_before(normal)}
    gone = f"its backlog was gone after {span(round(result.drained))}" if result.drained else ""
    if result.reason == "not recovered" or (following and result.drained is None):
        said = (
            f"{_event(recovered)}, the service had not recovered when {_began(recovered, following)}"
            if following
            else (f"{_event(recovered)}, the service was not as before within the {span(result.watched)} that followed")
        )
        said += f", though {gone}." if gone else "."
    else:
        said = f"Not known: {_why_unknown(recovered, result)}." + (f" {gone[0].upper()}{gone[1:]}." if gone else "")
        numbers |= {"drained": result.drained} if result.drained is not None else {}
    lasting = result.reason == "not recovered" and not following
    return Finding(
        level="bad" if lasting else "note",
        subject=SUBJECT,
        sentence=said + _aftermath(recovered),
        numbers=numbers,
        source=seen,
        remedy=_remedy(result, following, lasting),
    )


def _remedy(result: Recovery, following: Event | None, lasting: bool) -> str:
    if result.reason == "few jobs":
        return "Set method.recovery_window higher."
    if following:
        return "Leave more time between the two, so that each can be told by itself."
    longer = "Hold the load longer after the fall"
    return f"{longer}, to see whether it recovers at all; look for what keeps it slow." if lasting else f"{longer}."


def _why_unknown(recovered: Recovered, result: Recovery) -> str:
    needed, following = span(WINDOWS * recovered.window), recovered.following
    if result.reason == "few jobs":
        return f"a window of {span(recovered.window)} had fewer than {JOBS} jobs"
    if following:
        return f"{_began(recovered, following)}, and {needed} as before make sure"
    if result.reason == "too short":
        return f"what followed lasted {span(result.watched)}, and {needed} of it must be as before"
    return f"it was as before only at the end of the {span(result.watched)} watched, where {needed} make sure"


def _began(recovered: Recovered, following: Event) -> str:
    return f"{following.what} began {span(round(following.moment - recovered.moment))} later"


def _aftermath(recovered: Recovered) -> str:
    """That it is compared with the time before something earlier, whose aftermath adds to what is seen."""
    if not recovered.aftermath:
        return ""
    what = "the fall of the load" if recovered.aftermath == FALL else recovered.aftermath
    return f" Before means before {what}, from which it was not seen to recover in between: this tells of both."


def _not_known(recovered: Recovered, seen: Source) -> Finding:
    """Where the same load wasn't held for long enough before; the backlog can still be told."""
    said, asked = f"Not known: {_refusal(recovered)}.", {"clients": plain(recovered.clients)}
    if recovered.before is None:
        return Finding(level="note", subject=SUBJECT, sentence=said, numbers=asked, source=seen)
    if recovered.gone:
        gone = f"{_event(recovered)}, its backlog was gone after {span(round(recovered.gone))}"
        said = f"{gone}. Whether jobs fared as before is n{said[1:]}"
    numbers = asked | {"drained": recovered.gone, "jobs_before": recovered.done}
    remedy = "Hold the load longer before that, so that it tells what is normal."
    return Finding(level="note", subject=SUBJECT, sentence=said, numbers=numbers, source=seen, remedy=remedy)


def _refusal(recovered: Recovered) -> str:
    clients = count_of(recovered.clients, "client")
    if recovered.before is None:
        return f"no step with {clients} came before the load rose, so there is nothing to compare with. Run such a step first"
    held, until = f"step {recovered.before} with {clients}", recovered.until
    if recovered.jobs < NORMAL_JOBS:
        jobs = f"{count_of(recovered.jobs, 'job')} once it had settled" + (f" that {until} can't have held up" if until else "")
        return f"{held} had only {jobs}, and {NORMAL_JOBS} are needed to know what is normal"
    when = f" before {until}" if until else ""
    return f"of the {recovered.jobs:,} jobs that {held} had{when} once it had settled, only {recovered.done:,} were seen done"


def _event(recovered: Recovered) -> str:
    if recovered.peak is None:
        return f"After {recovered.what}"
    return f"After the load fell from {recovered.peak:,} to {count_of(recovered.clients, 'client')}"


def _shift_text(shift: Shift | None) -> str:
    if shift is None:
        return " Whether something stayed can't be told from so few jobs."
    sure = f"median; 95 % interval {between(shift.low, shift.high, 'number')} times"
    if shift.lasting:
        word = "longer" if shift.ratio > 1 else "shorter"
        return f" Since then a job takes {share(abs(shift.ratio - 1))} {word} than before ({sure})."
    return f" Nothing is known to have stayed: since then a job takes {number(shift.ratio)} times as long as before ({sure})."


def cause(recovered: Recovered) -> str:
    """What the service had to recover from: an action, or a fall of the load ("200 → 60 clients")."""
    return recovered.what if recovered.peak is None else f"{recovered.peak:,} → {recovered.clients:,} clients"
