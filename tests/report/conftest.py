"""Simulated runs, each made once."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from profiles.read import FOLDER
from report.analysis.run import Analysis, analyse
from report.document.report import Report
from report.recording.run import read_run
from report.render.documents import write_report
from report.validity.assessment import AssessedRun, assess
from tests.simulate import Service, simulate

HOSTILE = [
    "<script>alert(1)</script>",
    "</td></table><img src=http://127.0.0.1:1/x.png onerror=alert(1)>",
    "a | b ` c ``` d * e _ f # g",
    "[click](javascript:alert(1)) ![x](http://127.0.0.1:1/y.png)",
    "x" * 290,
]
STEPS = ["load.start=25", "load.step=25", "load.until=100", "load.ramp=5s", "load.drain=20s", "load.baseline=0s"]
"""Offers 5, 10, 15 and 20 jobs/s; the default service does 12."""


def squeeze(text: str) -> str:
    """Text without the spaces and line ends that a layout adds."""
    return re.sub(r"[\s\u00a0\u2060\ufffe\u00ad]+", "", text)


@dataclass(frozen=True)
class Made:
    """A run folder, and what was written about it."""

    folder: Path
    report: Report
    log: tuple[str, ...]

    def text(self, name: str) -> str:
        return (self.folder / "report" / name).read_text()


LIMITS = {
    "p95(status) < 200ms": "pass",
    "p50(submit) < 1ms": "fail",
    "max(processing) < 410ms": "warn",
    "completed_rate > 1/s": "pass",
    "completed_rate > 7/s": "pass",
    "completed_rate > 9.5/s": "warn",
    "completed_rate < 7.6/s": "warn",
    "error_rate(job) <= 0%": "pass",
    "p99.99(status) < 1s": "not measured",
    "cpu(target) < 90%": "pass",
    "cpu(service) < 0.1": "fail",
    "lag(generator) < 100ms": "pass",
    "growth(job) < 50": "pass",
    "threads(service) < 12.5": "warn",
    "p95(job{kind=factorial}) < 60s": "pass",
    "max(lag(generator)) < 100ms": "pass",
}
"""Limits of a stepping load, and how they are judged."""


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """A run whose profile sets limits."""
    folder = tmp_path_factory.mktemp("limits")
    profile = folder / "limits.toml"
    limits = "".join(f'\n[[limit]]\nthat = "{text}"\n' for text in LIMITS)
    profile.write_text((FOLDER / "stepping.toml").read_text() + limits)
    overrides = ["load.hold=120s", *STEPS, "load.until=50"]
    return analyse(read_run(simulate(folder / "run", overrides, Service(), profile=profile)))


@pytest.fixture(scope="session")
def breaks_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that, after a baseline, kept up with 25 and 50 clients and broke at 75."""
    return simulate(tmp_path_factory.mktemp("runs") / "breaks", ["load.hold=60s", *STEPS, "load.baseline=40s"], workers=2)


@pytest.fixture(scope="session")
def breaks(breaks_folder: Path) -> AssessedRun:
    return assess(read_run(breaks_folder))


@pytest.fixture(scope="session")
def documents(breaks_folder: Path) -> Iterator[Made]:
    """All documents of that run."""
    yield _made(breaks_folder)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The documents of a service all of whose jobs fail, with texts that want to be more than text."""
    service = Service(fail_share=1.0, failure=" ".join(HOSTILE[:3]), error_share=0.2, error=" ".join(HOSTILE[3:]))
    overrides = ["load.hold=20s", *STEPS, "load.until=50", f"target.name='{HOSTILE[0]} {HOSTILE[2]}'"]
    return _made(simulate(tmp_path_factory.mktemp("hostile") / "hostile", overrides, service, stops=False))


def _made(folder: Path) -> Made:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler, log = Keep(logging.WARNING), logging.getLogger("weasyprint")
    log.addHandler(handler)
    try:
        report = write_report(folder)
    finally:
        log.removeHandler(handler)
    return Made(folder, report, tuple(lines))
