"""`stepload suite`: from its options to a suite's folder, its runs and its report."""

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import tomli_w

from load.commands.crew import Crew
from load.protocol.addresses import check_host
from load.protocol.locust_options import parse_labels
from profiles import UserError
from profiles.overrides import Document
from profiles.suites import Planned, Run, Suite, chosen, in_order, load_suite
from profiles.suites.plan import listed_text
from profiles.suites.texts import plain
from report.suite.folder import PLAN, SUITE, run_folder
from report.text import count_of, span

from .runner import Campaign, lock, run_all


@dataclass(frozen=True)
class Options:
    """What the command line asks for; None and empty: what the file says."""

    phases: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    limit: int | None = None
    repeats: int | None = None
    host: str = ""
    folder: Path | None = None
    resume: bool = False
    go_on: bool = False
    labels: tuple[str, ...] = ()
    workers: int = 1
    pdf: bool = True


def list_suite(file: Path, options: Options) -> str:
    """The scenarios of a suite, a line each: phase, name, settings."""
    _, _, scenarios = load_suite(file)
    some = chosen(scenarios, options.phases, options.scenarios, options.limit, str(file))
    width = max((len(each.name) for each in some), default=0)
    return "\n".join(f"{each.phase}  {each.name:<{width}}  {_settings(each, options)}" for each in some)


def run_suite(file: Path, options: Options) -> int:
    """Run a suite, or go on with it, and write its report; returns the exit code. Raises UserError."""
    suite, document, scenarios = load_suite(file)
    some = chosen(scenarios, options.phases, options.scenarios, options.limit, str(file))
    runs = in_order(suite, some, options.repeats)
    parse_labels(list(options.labels))
    if suite.service is None:
        check_host(options.host)
    elif options.host:
        raise UserError(f"--host {options.host}: {file} starts its service itself; leave one of the two out")
    folder = _folder(suite, options)
    held = _open(folder, document, runs, options)
    try:
        planned = f"{count_of(len(some), 'scenario')}, {count_of(len(runs), 'run')}"
        print(f"{suite.name}: {planned}; recorded in {folder}", flush=True)
        crew = Crew(options.workers)
        code = run_all(Campaign(suite, folder, runs, options.host, crew, options.labels, options.go_on))
        return _conclude(folder, code, options.pdf)
    finally:
        os.close(held)


def _conclude(folder: Path, code: int, pdf: bool) -> int:
    from report.render.formats import FORMATS, WITHOUT_PDF
    from report.suite.document import write_suite_report

    print("writing the report …", flush=True)
    written = write_suite_report(folder, formats=FORMATS if pdf else WITHOUT_PDF)
    print(f"\n{written.trust}: {written.trust_sentence}")
    for finding in written.answers:
        print(f"  {finding.subject}: {finding.sentence}")
    print(f"\n{folder / 'report' / ('report.pdf' if pdf else 'report.html')}")
    return code


def _settings(scenario: Planned, options: Options) -> str:
    said = [listed_text(scenario)]
    said += [f"only {scenario.only}"] if scenario.only else []
    said += [f"timeout {span(scenario.timeout)}"] if scenario.timeout else []
    return "; ".join(filter(None, (*said, count_of(options.repeats or scenario.repeats, "repeat"))))


def _folder(suite: Suite, options: Options) -> Path:
    """Where the suite is recorded: what was asked for, the newest of its name to go on with, or a new one."""
    if options.folder is not None:
        return options.folder
    if not options.resume:
        return Path("results") / f"{suite.name}-{datetime.now():%Y%m%d-%H%M%S}"
    before = sorted(place.parent for place in Path("results").glob(f"{suite.name}-[0-9]*/{SUITE}"))
    if not before:
        raise UserError(f"--resume: no folder results/{suite.name}-… of this suite; say which with --suite-folder")
    return before[-1]


def _open(folder: Path, document: Document, runs: Sequence[Run], options: Options) -> int:
    """Make the suite's folder, or enter the one that is there; returns what holds it. Raises UserError."""
    there = (folder / SUITE).exists()
    if there and not options.resume:
        raise UserError(f"{folder}: already holds a suite; go on with it by --resume, or choose another --suite-folder")
    if options.resume and not there:
        raise UserError(f"--resume: {folder} holds no suite")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = lock(folder)
        (folder / SUITE).write_text(tomli_w.dumps(document), encoding="utf-8")
        (folder / PLAN).write_text(_plan(folder, runs), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder}: can't be written: {error.strerror}") from None
    return held


def _plan(folder: Path, runs: Sequence[Run]) -> str:
    """plan.csv: a row for each run, in their order."""
    names = list(dict.fromkeys(name for run in runs for name in run.scenario.parameters))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["run", "phase", "scenario", "repeat", "folder", "profile", "only", "timeout_s", "overrides", *names])
    for number, run in enumerate(runs, 1):
        each = run.scenario
        place = run_folder(folder, run).relative_to(folder).as_posix()
        timeout = "" if each.timeout is None else f"{each.timeout:g}"
        own = [plain(each.parameters[name]) if name in each.parameters else "" for name in names]
        table.writerow([number, each.phase, each.name, run.repeat, place, each.profile, each.only or "", timeout,
                        " ".join(each.overrides), *own])  # fmt: skip
    return text.getvalue()
