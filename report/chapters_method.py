"""The chapters that say how far to trust it: checks, method, what to test next, disclosure."""

import re
from collections.abc import Sequence

from .advice import next_tests
from .analysis import Analysis
from .document import Block, Cell, Code, Column, Facts, Finding, Findings, Items, Level, Section, Text, words
from .findings import COMFORTABLE, LEVELS, TRUST
from .limits import NEAR
from .runfolder import Run
from .runinfo import PROFILE
from .stats import PERCENTILES, TAIL, carries
from .stats_capacity import BEYOND, ENOUGH_BEYOND
from .stats_fairness import MIN_JOBS
from .stats_generator import CPU, LAG, LAG_SHARE, LATE, LATE_SHARE
from .stats_steady import DRIFT_SIGMAS, GROWTH_SHARE, MIN_ARRIVALS
from .tabling import table
from .text import listed, number, percentile_name, seconds, share, span, when

RESULTS = {"ok": "passed", "note": "note", "qualified": "reservation", "invalid": "INVALID"}


def trust_chapter(analysis: Analysis) -> Section:
    """Every check of the measurement, the passed ones too."""
    checks = analysis.checks
    marks: list[Level] = [LEVELS[check.level] for check in checks]
    rows = table(
        "What was checked",
        (Column(title="Check", words=True), words(*(check.name for check in checks))),
        (Column(title="Result", words=True), words(*(RESULTS[check.level] for check in checks))),
        (Column(title="Found", words=True), words(*(check.sentence for check in checks))),
        marks=marks,
    )
    return Section(id="trust", title="Can this be trusted?", blocks=(Text(text=TRUST[analysis.trust]), rows))


def findings_chapter(findings: Sequence[Finding]) -> Section:
    """What was found beyond the answers of page 1, with its evidence."""
    nothing = Text(text="Nothing beyond the answers on page 1: no job was lost, and nothing else stood out.")
    return Section(id="findings", title="Findings", blocks=(Findings(findings=tuple(findings)) if findings else nothing,))


def method_chapters(run: Run, analysis: Analysis) -> tuple[Section, ...]:
    """The closing chapters, in order."""
    return (
        Section(id="next", title="What to test next", blocks=(Items(items=next_tests(run, analysis)),)),
        Section(id="method", title="Method", blocks=_method(run)),
        Section(id="disclosure", title="Disclosure", blocks=_disclosure(run)),
    )


def _method(run: Run) -> tuple[Block, ...]:
    least = listed(f"{percentile_name(p)} {_needed(p):,}" for p in PERCENTILES)
    poll = span(run.profile.clients.poll_every)
    claims = (
        (
            "Steps",
            "A job belongs to the step in whose hold it was due, a request to the one in whose hold it was sent. "
            "What happens while the load is ramped up belongs to no step.",
        ),
        (
            "Throughput",
            "Completed jobs per second are the jobs first seen succeeded or failed within the hold, divided by its "
            "length. Requests per second count every request, each status poll included.",
        ),
        (
            "Sustained",
            f"Once a hold has settled, jobs in flight may grow by {share(GROWTH_SHARE)} of the arrivals, or by "
            f"{number(DRIFT_SIGMAS)} times the square root of their number if that is more, since that much is chance. A step "
            f"is inconclusive with fewer than {MIN_ARRIVALS} arrivals, if it was cut off before half of its hold, or if jobs in "
            "flight rose steadily, but by too little.",
        ),
        (
            "Sustained throughput",
            "The last sustained step in an unbroken series from the first; a step that can't be judged doesn't break "
            "it. It is a step of the load, not a limit found exactly: the true one lies between it and the next step.",
        ),
        ("Capacity", CAPACITY_CLAIM),
        (
            "Best conditions",
            f"{share(COMFORTABLE)} of the capacity, since queues grow steeply beyond it. It is computed, not measured.",
        ),
        (
            "Percentiles",
            "Computed from every recorded row, interpolated linearly (Hyndman and Fan's type 7), never averaged. A "
            f"percentile is printed only where {TAIL} samples lie above it: {least}.",
        ),
        (
            "Time of a job",
            "From the moment its submit was due to the first reply that saw it done. Since the status is asked for "
            f"every {poll}, it reads up to {poll} too long.",
        ),
        (
            "Late arrivals",
            f"A submit that was sent more than {seconds(LATE)} after it was due is late. If more than "
            f"{share(LATE_SHARE)} are late or held back, the offered load was not as planned and the run "
            "is invalid.",
        ),
        (
            "Load generator",
            "A generator that is itself the bottleneck books its own slowness as the service's. So a step is invalid, and "
            f"counts for nothing, if a generator used more than {share(CPU)} of a core, if its event loop lagged (p99) by more "
            f"than {seconds(LAG)} or {share(LAG_SHARE)} of the median response time, if it sent more than {share(LATE_SHARE)} "
            "of its submits late, ran out of file descriptors or ports, or was lost.",
        ),
        (
            "Limits",
            "Judged over all rows of the sustained steps (in hold and spike loads: of all steps). A limit is met by a narrow "
            f"margin (warn) from {share(NEAR)} of it on.",
        ),
    )
    told = claims if run.profile.batch is None else [_BATCH, *(claim for claim in claims if claim[0] not in _OF_STEPS)]
    return (Facts(facts=(*told, *([_TENANTS] if run.profile.tenant else []))),)


CAPACITY_CLAIM = (
    "Throughput follows the load until the service is saturated and then stays flat, so two straight lines are fitted to the "
    f"steps: the capacity is what those with at least {number(BEYOND)} times the load at the bend completed, and with fewer than "
    f"{ENOUGH_BEYOND} of them the report says \"at least\". Its interval shows how far the fit moves when the ten parts of each "
    "step are drawn again by chance."
)
_OF_STEPS = ("Steps", "Throughput", "Sustained", "Sustained throughput", "Capacity", "Best conditions")
_BATCH = (
    "Batch",
    "Submit rate: accepted jobs, divided by the time from the first submit to the last acceptance. Process rate: jobs seen "
    "succeeded or failed, divided by the time from the first submit to the last of them. The makespan is that time, or more if "
    "a job was never seen done.",
)
_TENANTS = (
    "Tenants",
    "Compared by the 95th percentile of the time from due to seen done: the longest against the median tenant's. Jain's index "
    f"is computed of the tenants' mean times, and only if all have at least {MIN_JOBS} jobs and about as many.",
)


def _needed(p: float) -> int:
    n = round(TAIL / (1 - p))
    return n if carries(n, p) else n + 1


def _disclosure(run: Run) -> tuple[Block, ...]:
    info = run.info
    facts = [
        ("Run", f"{info.name}, folder {run.folder.name}"),
        ("Started", when(info.epoch)),
        ("Ended", _ended(run)),
        ("Labels", ", ".join(f"{key} = {value}" for key, value in info.labels.items()) or "none"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in info.versions.items()) or "not recorded"),
        ("Random seed", str(run.profile.seed)),
        (
            "Rows",
            f"{len(run.requests):,} requests, {len(run.jobs):,} jobs, {len(run.samples):,} samples, {len(run.events):,} events",
        ),
    ]
    blocks: list[Block] = [Facts(facts=tuple(facts)), *_workers(run)]
    if info.command:
        blocks += [Text(text="The run was started with:"), Code(text=" ".join(info.command))]
    blocks += [
        Text(text="This command makes the same report again, byte for byte:"),
        Code(text=f"stepload report path/to/{run.folder.name}"),
    ]
    if info.sha256:
        blocks.append(
            table(
                "SHA-256 of the raw files, as sealed at the end of the run",
                (Column(title="File", words=True), words(*info.sha256)),
                (Column(title="SHA-256", words=True), words(*info.sha256.values())),
            )
        )
    profile = _short_lists((run.folder / PROFILE).read_text(encoding="utf-8"))
    return (*blocks, Text(text="The profile, with every override applied:"), Code(text=profile.rstrip()))


def _short_lists(toml: str) -> str:
    """The same TOML with lists of plain values on one line each."""
    return re.sub(r"\[\n((?: +[^\s,\[\]{}]+,\n)+)\]", lambda found: f"[{' '.join(found[1].split()).rstrip(',')}]", toml)


def _ended(run: Run) -> str:
    detail = f" ({run.info.end_detail})" if run.info.end_detail else ""
    return f"{when(run.info.epoch + run.end)}, after {span(run.end)}: {run.status}{detail}"


def _workers(run: Run) -> list[Block]:
    workers = sorted(run.info.workers, key=lambda worker: worker.index)
    if not workers:
        return []
    return [
        table(
            "Workers",
            (Column(title="Worker"), [Cell(text=str(w.index), value=w.index) for w in workers]),
            (Column(title="Host", words=True), words(*(w.host for w in workers))),
            (
                Column(title="Request rows", unit="sent / received"),
                words(*(f"{w.requests_sent:,} / {w.requests_received:,}" for w in workers)),
            ),
            (
                Column(title="Job rows", unit="sent / received"),
                words(*(f"{w.jobs_sent:,} / {w.jobs_received:,}" for w in workers)),
            ),
            (Column(title="Arrivals"), [Cell(text=f"{w.arrivals:,}", value=w.arrivals) for w in workers]),
            (Column(title="Held back"), [Cell(text=f"{w.held_back:,}", value=w.held_back) for w in workers]),
            (
                Column(title="Clock", unit="± ms"),
                [Cell(text=f"{w.clock_error * 1000:.3g}", value=w.clock_error) for w in workers],
            ),
        )
    ]
