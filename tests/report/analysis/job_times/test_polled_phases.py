"""Waiting and processing times from the states that polls saw, against simulated services whose truth is known."""

from pathlib import Path

import numpy as np
import pytest

from report.analysis.job_times.polled_phases import polled_phases_of, seen_of
from report.analysis.run import Analysis, analyse
from report.chapters.measurements.waiting import WHY_UNTOLD, chapter
from report.compose import compose
from report.document.block import Text
from report.document.table import Table
from report.findings.latency import latency
from report.recording.run import read_run
from report.stats.job_times.polled_states import Phases
from report.validity.assessment import AssessedRun, assess
from tests.report.conftest import STEPS
from tests.simulate import EPOCH, Service, simulate

HALF = ["load.hold=400s", *STEPS, "load.start=40", "load.until=40", "clients.poll_every=500ms"]
"""Eight jobs a second, polled twice a second."""
BUSY = Service(servers=7, exponential=True, seconds=dict.fromkeys(("http-fetch", "factorial"), 0.8), tells_times=False)


def simulated(folder: Path, service: Service, *more: str) -> AssessedRun:
    return assess(read_run(simulate(folder, [*HALF, *more], service, stops=False, seed=3)))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> AssessedRun:
    return simulated(tmp_path_factory.mktemp("busy") / "run", BUSY)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """The same run of a service that tells its times."""
    told = Service(servers=BUSY.servers, exponential=True, seconds=BUSY.seconds)
    return analyse(read_run(simulate(tmp_path_factory.mktemp("truth") / "run", HALF, told, stops=False, seed=3)))


def test_what_polls_saw_holds_the_truth(busy: AssessedRun, truth: Analysis) -> None:
    """Of every job: it began, and ended, between the polls that are said to tell so."""
    jobs = busy.run.jobs[busy.run.jobs["done_before"].notna()]
    seen = seen_of(busy.run, jobs, 0.5)
    told = truth.run.jobs.set_index("job").loc[jobs["job"]]
    accepted = jobs["accepted"].to_numpy()
    began, ended = (told[name].to_numpy() - EPOCH - accepted for name in ("started", "finished"))
    assert len(jobs) > 3000 and (seen.waiting > 0).any() and (seen.unfinished > seen.waiting).any()
    assert (seen.waiting <= np.maximum(began, 0) + 1e-6).all() and (began <= seen.begun).all()
    assert (seen.unfinished <= np.maximum(ended, 0)).all() and (ended <= seen.done).all()
    assert (seen.begun <= seen.done).all()


def test_times_by_polled_states_are_those_of_the_service(busy: AssessedRun, truth: Analysis) -> None:
    assert isinstance(busy.phases, Phases) and truth.phases is None and truth.latency is not None
    told = {described.name: described for described in truth.latency.server if described.kind == "all"}
    processing, waiting = busy.phases.processing.quantiles, busy.phases.waiting.quantiles
    assert processing[0.5].value == pytest.approx(told["processing"].q50, rel=0.05)
    assert processing[0.95].value == pytest.approx(told["processing"].p95, rel=0.10)
    assert waiting[0.95].value == pytest.approx(told["queue"].p95, rel=0.10)
    for found, true in ((processing[0.5], told["processing"].q50), (waiting[0.95], told["queue"].p95)):
        assert found.low <= true <= found.high  # type: ignore[operator]


def test_the_chapter_names_the_method(busy: AssessedRun) -> None:
    said, table = chapter(busy).blocks
    assert isinstance(said, Text) and isinstance(table, Table)
    assert "estimated from the states that its status told, polled every 500 ms" in said.text
    assert table.title == f"Waiting and processing, estimated from polled states ({busy.phases.jobs:,} jobs)"  # type: ignore[union-attr]
    assert table.rows[0][1].text == "–", "a median of the waiting time that the polls don't carry"
    assert "Estimated from polled states, jobs ran for 560 ms on the median." in next(latency(busy)).sentence
    titles = [title for section in compose(busy.run).sections if section.id == "method" for title in _facts(section)]
    assert "Waiting and processing by polled states" in titles


def _facts(section: object) -> list[str]:
    return [title for block in section.blocks if hasattr(block, "facts") for title, _ in block.facts]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("why", "service", "more"),
    [
        ("states", BUSY, ["api.states.waiting=[]", "api.states.running=['QUEUED', 'RUNNING']", "load.hold=40s"]),
        ("held", Service(servers=40, tells_times=False, seconds=BUSY.seconds, holds_polls=9.0), ["load.hold=40s"]),
        ("few", BUSY, ["load.hold=20s"]),
    ],
)
def test_what_polls_do_not_tell_is_refused(tmp_path: Path, why: str, service: Service, more: list[str]) -> None:
    analysis = simulated(tmp_path / "run", service, *more)
    assert analysis.phases == why
    (said,) = chapter(analysis).blocks
    assert isinstance(said, Text) and WHY_UNTOLD[why] in said.text  # type: ignore[index]
    assert said.text.endswith("so queue and processing time can't be told apart.")


def test_jobs_never_seen_done_are_not_left_out_in_silence(busy: AssessedRun) -> None:
    lost = busy.holds[0].jobs["done_before"].where(np.arange(len(busy.holds[0].jobs)) % 50 > 0)
    jobs = busy.holds[0].jobs.assign(done_before=lost, outcome=np.where(lost.isna(), "lost", "succeeded"))
    holds = [type(busy.holds[0])(**{**vars(busy.holds[0]), "jobs": jobs})]
    assert polled_phases_of(busy.run, holds, busy.latency, busy.completion) == "never_done"
