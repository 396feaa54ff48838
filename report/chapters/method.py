"""The chapters that say how far to trust it: checks, method, what to test next, disclosure."""

import re
from collections.abc import Sequence

from profiles import Profile
from profiles.model import Method
from report.document.block import Block, Code, Facts, Findings, Items, Section, Text
from report.document.finding import Finding
from report.document.model import Level
from report.document.table import Cell, Column, Table, table, words
from report.findings.advice import next_tests
from report.findings.trust import LEVELS, TRUST
from report.recording.run import Run
from report.recording.run_info import PROFILE
from report.text import span, when
from report.validity.assessment import AssessedRun
from report.validity.check import Check

from .claims import CLAIMS, Of
from .leaks import leak_chapter

RESULTS = {"ok": "passed", "note": "note", "qualified": "reservation", "invalid": "INVALID"}


def trust_chapter(analysis: AssessedRun) -> Section:
    """Every check of the measurement, the passed ones too."""
    checks = analysis.checks
    marks: list[Level] = [LEVELS[check.level] for check in checks]
    rows = table(
        "What was checked",
        (Column(title="Check", words=True), words(*(check.name for check in checks))),
        (Column(title="Result", words=True), words(*(RESULTS[check.level] for check in checks))),
        (Column(title="Found", words=True), words(*(_with_remedy(check) for check in checks))),
        marks=marks,
    )
    return Section(id="trust", title="Can this be trusted?", blocks=(Text(text=TRUST[analysis.trust]), rows))


def _with_remedy(check: Check) -> str:
    return f"{check.sentence} → {check.remedy}" if check.remedy else check.sentence


def findings_chapter(findings: Sequence[Finding]) -> tuple[Section, ...]:
    """What was found beyond the answers of page 1, with its evidence; no chapter where that is nothing."""
    return (Section(id="findings", title="Findings", blocks=(Findings(findings=tuple(findings)),)),) if findings else ()


def method_chapters(analysis: AssessedRun) -> tuple[Section, ...]:
    """The closing chapters, in order."""
    return (
        Section(id="next", title="What to test next", blocks=(Items(items=next_tests(analysis)),)),
        Section(id="method", title="Method", blocks=_method(analysis)),
        Section(id="disclosure", title="Disclosure", blocks=_disclosure(analysis.run)),
    )


def _method(analysis: AssessedRun) -> tuple[Block, ...]:
    made = _made(analysis)
    claims = Facts(facts=tuple((claim.title, claim.text) for claim in CLAIMS if claim.of in made))
    return (claims, _constants(analysis.run.profile, made))


def _made(analysis: AssessedRun) -> set[Of]:
    """Which kinds of claims the report makes."""
    run = analysis.run
    told: dict[Of, bool] = {
        "all": True,
        "steps": run.profile.batch is None,
        "ladder": run.profile.batch is None and len(analysis.steps) > 1,
        "saturation": analysis.saturated is not None,
        "bottleneck": analysis.capacity.breaking is not None,
        "baseline": analysis.baseline is not None,
        "batch": run.profile.batch is not None or bool(run.profile.tenant),
        "rules": any(event["event"] == "rule" for event in run.events),
        "leaks": bool(leak_chapter(run.profile, analysis.leaks, analysis.holds)),
        "recovery": bool(analysis.recoveries),
        "stalls": any(step.stalls for step in analysis.steps),
        "limits": bool(analysis.limits),
        "failures": bool(analysis.causes),
    }
    return {of for of, made in told.items() if made}


def _constants(profile: Profile, made: set[Of]) -> Table:
    """What the method's constants were in this run, and where they come from; those of claims not made only if overridden."""
    of: dict[str, Of] = {"leak_min": "leaks", "recovery_window": "recovery"}
    fields = {
        name: field
        for name, field in Method.model_fields.items()
        if of.get(name, "all") in made or getattr(profile.method, name) != field.default
    }
    used = [getattr(profile.method, name) for name in fields]
    overridden = [value != field.default for value, field in zip(used, fields.values(), strict=True)]
    return table(
        "Constants of the method",
        (Column(title="Constant", words=True), words(*(f"method.{name}" for name in fields))),
        (Column(title="Value"), words(*(f"{value:g}" for value in used))),
        (Column(title="Default"), words(*(f"{field.default:g}" for field in fields.values()))),
        (Column(title="What and why", words=True), words(*(field.description for field in fields.values()))),
        marks=["warning" if changed else "" for changed in overridden],
        note="Times in seconds. A constant that the profile overrides makes the verdict of the run QUALIFIED at best.",
    )


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
