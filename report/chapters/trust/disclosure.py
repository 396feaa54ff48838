"""All that it takes to check and repeat the run."""

import re
from collections.abc import Mapping

from report.document.block import Block, Code, Facts, Section, Text
from report.document.table import Cell, Column, Table, numbers, table, words
from report.recording.run import Run
from report.recording.run_info import PROFILE
from report.text import NONE, Unit, span, when
from report.validity.assessment import AssessedRun


def chapter(analysis: AssessedRun) -> Section:
    """The run, its versions, workers, files and profile."""
    return Section(id="disclosure", title="Disclosure", blocks=_blocks(analysis.run))


def _blocks(run: Run) -> tuple[Block, ...]:
    info = run.info
    profile = _short_lists((run.folder / PROFILE).read_text(encoding="utf-8"))
    started: list[Block] = [Text(text="The run was started with:"), Code(text=" ".join(info.command))]
    return (
        _facts(run),
        *_workers(run),
        *(started if info.command else []),
        Text(text="This command makes the same report again, byte for byte:"),
        Code(text=f"stepload report path/to/{run.folder.name}"),
        *([_hashes(info.sha256)] if info.sha256 else []),
        Text(text="The profile, with every override applied:"),
        Code(text=profile.rstrip()),
    )


def _facts(run: Run) -> Facts:
    info = run.info
    facts = (
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
    )
    return Facts(facts=facts)


def _hashes(sha256: Mapping[str, str]) -> Table:
    return table(
        "SHA-256 of the raw files, as sealed at the end of the run",
        (Column(title="File", words=True), words(*sha256)),
        (Column(title="SHA-256", words=True), words(*sha256.values())),
    )


def _short_lists(toml: str) -> str:
    """The same TOML with lists of plain values on one line each."""
    return re.sub(r"\[\n((?: +[^\s,\[\]{}]+,\n)+)\]", lambda found: f"[{' '.join(found[1].split()).rstrip(',')}]", toml)


def _ended(run: Run) -> str:
    detail = f" ({run.info.end_detail})" if run.info.end_detail else ""
    return f"{when(run.info.epoch + run.end)}, after {span(run.end)}: {run.status}{detail}"


def _workers(run: Run) -> list[Block]:
    workers = sorted(run.info.workers, key=lambda worker: worker.index)
    told = any(worker.priority for worker in workers)
    if not workers:
        return []
    return [
        table(
            "Workers",
            (Column(title="Worker"), [Cell(text=str(w.index), value=w.index) for w in workers]),
            (Column(title="Host", words=True), words(*(w.host for w in workers))),
            *([(Column(title="Priority", words=True), words(*(w.priority or NONE for w in workers)))] if told else []),
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
                numbers([w.clock_error for w in workers], Unit("ms", 1000)),
            ),
        )
    ]
