"""The document of an import: what its files carry, and what they can't tell."""

from collections.abc import Iterator

from report.document.block import Block, Findings, Items, Section, Text
from report.document.finding import Finding, Shown, Source
from report.document.numbering import numbered
from report.document.report import Report
from report.findings.capacity.saturation import rests_on
from report.text import count_of, listed, moment, rate, seconds, share, span, when

from .figures import overview, steps_chart
from .imported import LEVELS, Imported
from .saturation import capacity_sentence
from .tables import causes_table, percentile, percentiles_table, requests_table, steps_table

OVERVIEW = (Shown(name="overview"),)
SPOKEN = (0.5, 0.95, 0.99)
"""The percentiles that page 1 speaks of, as far as they are known."""


def compose_import(test: Imported) -> Report:
    """The report of what was read."""
    found = tuple(_findings(test))
    sections = (
        *([Section(id="findings", title="Findings", blocks=(Findings(findings=found),))] if found else []),
        Section(id="results", title="Results", blocks=(requests_table(test), *_steps(test))),
        Section(id="latency", title="Latency", blocks=(percentiles_table(test),)),
        Section(id="errors", title="Errors by cause", blocks=(_errors(test),)),
        Section(id="method", title="Method", blocks=(Items(items=test.words.method),)),
    )
    report = Report(
        title=test.title,
        run=test.name,
        facts=tuple(_facts(test)),
        trust="IMPORTED",
        trust_sentence=test.words.trust,
        reasons=test.words.reasons,
        answers=(_throughput(test), _latency(test), _capacity(test), _limits(test)),
        findings=found,
        hero=overview(test),
        sections=sections,
    )
    return numbered(report)


def _facts(test: Imported) -> Iterator[tuple[str, str]]:
    yield "Files", test.files
    yield "Requests", f"{test.total.requests:,}"
    if test.started is not None:
        yield "Started", when(test.started)
    if test.seconds is not None:
        yield "Length", span(test.seconds)
    if test.clients is not None:
        yield test.clients_word, f"up to {test.clients:,}"


def _throughput(test: Imported) -> Finding:
    mean = test.total.rate
    known = f"{rate(mean, 'requests')}, as a mean over the whole test, ramps included; jobs/s are not known."
    return Finding(
        level="note",
        subject="Throughput",
        sentence="Not known: the files don't tell how long the test took." if mean is None else known,
        numbers={} if mean is None else {"requests_per_s": mean},
        evidence=count_of(test.total.requests, "request") + ".",
        source=Source(figures=OVERVIEW),
    )


def _latency(test: Imported) -> Finding:
    known = {p: value for p, value in zip(test.ps, test.total.percentiles, strict=True) if value is not None}
    spoken = [p for p in SPOKEN if p in known] or list(known)[:3]
    within = listed(f"{percentile(p)} within {_exact(test, known[p])}" for p in spoken) if spoken else "no percentile is carried"
    precision = f" ({test.words.precision})" if test.words.precision and spoken else ""
    mean = test.total.mean
    return Finding(
        level="note",
        subject="Latency distribution",
        sentence=f"Over the whole test: {within}{precision}.",
        numbers={} if mean is None else {"mean_s": mean},
        evidence="" if mean is None else f"Mean {seconds(mean)}{test.words.mean}.",
        source=Source(figures=OVERVIEW),
    )


def _exact(test: Imported, value: float) -> str:
    return test.words.unit.with_symbol(value) if test.words.unit else seconds(value)


def _capacity(test: Imported) -> Finding:
    found = test.saturation
    if found is None:
        why = _no_capacity(test)
        return Finding(level="note", subject="Best operating conditions", sentence=f"Not known: {why}.")
    return Finding(
        level="note" if found.state == "at least" else "good",
        subject="Capacity",
        sentence=capacity_sentence(found, test.clients_inside),
        numbers={"requests_per_s": found.capacity, "knee": found.knee, "steps": found.steps, "beyond": found.beyond},
        intervals={"requests_per_s": (found.low, found.high)},
        evidence=rests_on(found),
        source=Source(figures=(Shown(name="load"),)),
    )


def _no_capacity(test: Imported) -> str:
    if test.clients is None or test.stalls is None:
        return "these files tell neither steps nor what was offered"
    if len({step.clients for step in test.steps}) >= LEVELS:
        return "no request succeeded"
    return f"the number of {test.clients_inside} does not rise in steps, each held for a while"


def _limits(test: Imported) -> Finding:
    failed, requests = test.total.failed, test.total.requests
    if failed is None:
        return Finding(level="note", subject="Limits", sentence="Not known; nor do the files tell which requests failed.")
    return Finding(
        level="bad" if failed else "note",
        subject="Limits",
        sentence=f"Not known. {share(failed / requests) if requests else 'None'} of the requests failed.",
        numbers={"failed": failed, "requests": requests},
        source=Source(figures=OVERVIEW),
    )


def _findings(test: Imported) -> Iterator[Finding]:
    """What single requests show: silences."""
    for stall in sorted(test.stalls or (), key=lambda stall: -stall.seconds)[:3]:
        yield Finding(
            level="bad",
            subject="Stall",
            sentence=f"From {moment(stall.start)} on nothing came back for {seconds(stall.seconds)}, though "
            f"{count_of(stall.waiting, 'request')} were sent meanwhile; the slowest took {seconds(stall.slowest)}.",
            numbers={"seconds": stall.seconds, "waiting": stall.waiting, "slowest_s": stall.slowest},
            source=Source(window=(stall.start, stall.end), figures=OVERVIEW),
        )


def _steps(test: Imported) -> tuple[Block, ...]:
    chart = steps_chart(test)
    return (*([steps_table(test)] if test.steps else []), *([chart] if chart else []))


def _errors(test: Imported) -> Block:
    if test.causes is None:
        return Text(text="The files don't tell which requests failed, or why.")
    return causes_table(test) if test.causes else Text(text="No failure was recorded.")
