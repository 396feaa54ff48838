"""A batch whose truth is known: every rate, bound and sentence follows from rows written by hand."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import tomli_w

from load.master.schedule import Schedule
from profiles import load_profile
from report.analysis.run import Analysis, analyse
from report.compare.comparison import compare_folders
from report.compare.document import compose_comparison
from report.compose import compose
from report.document.finding import Finding
from report.document.table import Table
from report.findings.limits import doubt_text
from report.recording.event_lines import encode_event
from report.recording.events import RunEnd
from report.recording.rows import (
    JOB_COLUMNS,
    REQUEST_COLUMNS,
    SAMPLE_COLUMNS,
    JobRow,
    RequestRow,
    encode_job,
    encode_request,
    header,
)
from report.recording.run import Run, read_run
from report.recording.run_info import RunInfo

EPOCH = 1_750_000_000.0
SIZES = {"a": 200, "b": 200}


def job(number: int, tenant: str, ends: float, outcome: str = "succeeded") -> JobRow:
    """Due and sent every 10 ms from second 2 on; done at second `ends`, seen open half a second before and done at it."""
    due, done = 2 + number / 100, outcome in ("succeeded", "failed")
    return JobRow(
        f"1-{number}", f"id{number}", "http-fetch", tenant, 1, due, due, due + 0.005, max(due, ends - 0.5),
        ends if done else None, ends, EPOCH + due, EPOCH + due + 1, EPOCH + ends if done else None, outcome, 1, 100, 300, "",
    )  # type: ignore[arg-type]  # fmt: skip


def evenly(slow: float = 1.0) -> list[JobRow]:
    """400 jobs, a's and b's in turn. One of a's is done each 0.1 s from second 3 on; b takes `slow` times as long."""
    jobs = []
    for number in range(400):
        due, pair = 2 + number / 100, number // 2
        takes = 3 + 0.1 * pair - due
        jobs.append(job(number, "ab"[number % 2], due + takes * (slow if number % 2 else 1.0)))
    return jobs


@pytest.fixture
def batch(tmp_path: Path) -> Callable[..., Run]:
    def make(
        jobs: Sequence[JobRow], tenants: dict[str, int] | None = None, limits: Sequence[str] = (), told: bool = False
    ) -> Run:
        """`told`: the service tells when its jobs were done."""
        jobs = jobs if told else [row._replace(finished=None) for row in jobs]
        overrides = [f"limit=[{', '.join(f'{{that={json.dumps(that)}}}' for that in limits)}]"]
        if tenants:
            listed = ", ".join(f"{{name='{name}', jobs={size}}}" for name, size in tenants.items())
            overrides += ["load={shape='batch', clients=20}", f"tenant=[{listed}]"]
        else:
            overrides.append("load.jobs=400")
        profile, document = load_profile("batch", overrides)
        end = max(row.ended for row in jobs) + 0.5
        schedule = Schedule(profile.load.stages())
        events = [*schedule.advance(1.0, 0, 0.0), *schedule.advance(1.5, 20, 0.0), *schedule.end_hold(end)]
        events.append(RunEnd(end, "finished", ""))
        submits = [RequestRow(r.job, r.due, r.sent, 0.005, 1, "submit", r.kind, r.tenant, 202, True, "", 60, "") for r in jobs]
        files = {
            "profile.toml": tomli_w.dumps(document).encode(),
            "events.jsonl": b"".join(map(encode_event, events)),
            "requests.csv": header(REQUEST_COLUMNS) + "".join(map(encode_request, submits)).encode(),
            "jobs.csv": header(JOB_COLUMNS) + "".join(map(encode_job, jobs)).encode(),
            "samples.csv": header(SAMPLE_COLUMNS),
        }
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        facts = RunInfo(name="batch", url="http://10.0.0.9", epoch=EPOCH, start="2025-06-15T15:06:40Z", end="x", duration=end,
                        end_reason="finished")  # fmt: skip
        os.close(facts.write(tmp_path))
        return read_run(tmp_path)

    return make


def answer(run: Run, subject: str) -> Finding:
    return next(finding for finding in compose(run).answers if finding.subject == subject)


def limits(analysis: Analysis) -> list[tuple[str, str]]:
    return [(limit.judgement, doubt_text(limit)) for limit in analysis.limits]


def test_rates_and_makespan(batch: Callable[..., Run]) -> None:
    """The first submit is sent at second 2, the last accepted at 5.995, the last job done at 22.9 (for b: twice as long)."""
    found = analyse(batch(evenly())).batch
    assert found is not None
    assert (found.jobs, found.submitted, found.accepted, found.completed, found.unfinished) == (400, 400, 400, 400, 0)
    assert found.submitting == pytest.approx(3.995)
    assert found.submit_rate == pytest.approx(400 / 3.995)
    assert found.process_rate == pytest.approx(400 / 20.9)
    assert (found.makespan.least, found.makespan.most) == pytest.approx((20.4, 20.9))


def test_by_the_services_clock_where_it_tells_the_ends(batch: Callable[..., Run]) -> None:
    """Polls each 5 s see the last of the jobs done at 27.0, which ended at 22.9 by the service's clock: 20.9 s, not 25."""
    late = [row._replace(done_before=row.ended + 4.1, ended=row.ended + 4.1) for row in evenly()]
    limited = ["makespan(job) < 23s", "completed_rate > 19/s", "max(job) < 20s"]
    run = batch(late, limits=limited, told=True)
    found = analyse(run)
    assert found.batch is not None and found.batch.by_timestamps
    assert found.batch.process_rate == pytest.approx(400 / 20.9, rel=1e-3)
    assert (found.batch.makespan.least, found.batch.makespan.most) == pytest.approx((20.9, 20.9), rel=1e-3)
    assert [round(limit.measured, 1) for limit in found.limits] == [20.9, 19.1, 16.9]
    assert (
        "in 20.9 s from the first submit (makespan, by the service's clock): 19.1 jobs/s." in answer(run, "Throughput").sentence
    )
    seen = analyse(batch(late, limits=limited))
    assert [limit.judgement for limit in seen.limits] == ["undecided", "fail", "undecided"]


def test_the_chapters_of_a_batch_speak_of_no_steps(batch: Callable[..., Run]) -> None:
    """A duration is written alike on both sides of a limit, and the table has what a job moves."""
    report = compose(batch(evenly(), SIZES, ["makespan(job) < 20s", "makespan(job)<3m", "error_rate(job) < 1 %"]))
    tables = {block.title: block for section in report.sections for block in section.blocks if isinstance(block, Table)}
    assert "Jobs of each tenant" in tables and not [title for title in tables if "all steps" in title]
    judged = [[cell.text for cell in row] for row in tables["Limits, judged over the whole batch"].rows]
    assert [row[:2] for row in judged] == [
        ["makespan(job) < 20s", "20.9 s"], ["makespan(job) < 180 s", "20.9 s"], ["error_rate(job) < 1 %", "0 %"],
    ]  # fmt: skip
    assert "makespan(job) < 20s (measured 20.9 s)" in report.answers[2].sentence
    rows = {row[0].text: row[1].text for row in tables["The batch"].rows}
    assert (rows["Sent per job"], rows["Received per job"]) == ("100 B", "300 B")


def test_page_1_of_a_batch(batch: Callable[..., Run]) -> None:
    report = compose(batch(evenly(), limits=["makespan(job) < 1m"]))
    assert [finding.subject for finding in report.answers] == ["Throughput", "Latency distribution", "Limits"]
    said = report.answers[0].sentence
    assert said == (
        "The service completed all 400 jobs in 20.9 s from the first submit (makespan): 19.1 jobs/s. "
        "Submitting alone went at 100 jobs/s and took 4.00 s."
    )
    assert report.capacity is None
    assert "capacity" not in json.dumps([finding.model_dump() for finding in report.answers])


@pytest.mark.parametrize(
    ("failed", "said", "level"), [(3, ", 3 of them failed, in", "warning"), (400, ", all of them failed, in", "bad")]
)
def test_jobs_that_failed_are_no_success(batch: Callable[..., Run], failed: int, said: str, level: str) -> None:
    jobs = [each._replace(outcome="failed") if number < failed else each for number, each in enumerate(evenly())]
    found = answer(batch(jobs), "Throughput")
    assert found.level == level
    assert found.sentence.startswith(f"The service completed all 400 jobs{said} 20.9 s")


def test_jobs_that_never_end_are_said_first(batch: Callable[..., Run]) -> None:
    jobs = [*evenly()[:-1], job(399, "b", 60.0, "abandoned")]
    run = batch(jobs, limits=["makespan(job) < 60s", "makespan(job) < 41s"])
    found = answer(run, "Throughput")
    assert found.level == "bad"
    assert found.sentence.startswith("The service completed 399 of 400 jobs in more than 57.5 s")
    assert found.evidence == "1 job was never seen done."
    assert compose(run).trust == "QUALIFIED"
    assert limits(analyse(run))[0] == ("undecided", "at least: 1 job was never seen done")
    assert limits(analyse(run))[1] == ("fail", "at least: 1 job was never seen done")


def test_the_longest_wait_decides_as_far_as_polls_tell(batch: Callable[..., Run]) -> None:
    """b's last job takes twice 16.91 s: it is seen open after 33.32 s and done after 33.82 s; a's takes 16.92 s."""
    limited = [
        "max(job) < 40s", "max(job) < 34s", "max(job) < 33.6s", "max(job) < 33s", "max(job{tenant=a}) < 17s",
        "max(job{tenant=b}) < 17s",
    ]  # fmt: skip
    judged = limits(analyse(batch(evenly(slow=2.0), SIZES, limited)))
    assert [judgement for judgement, _ in judged] == ["pass", "warn", "undecided", "fail", "warn", "fail"]
    assert judged[2][1] == "between 33.3 s and 33.8 s, as far as polls tell"


def test_tenants_are_told_apart(batch: Callable[..., Run]) -> None:
    run = batch(evenly(slow=2.0), SIZES)
    tenants = analyse(run).tenants
    assert tenants is not None
    a, b = tenants.each
    assert (a.jobs, b.jobs, a.bytes_up, b.bytes_down) == (200, 200, 20_000, 60_000)
    assert b.mean == pytest.approx(2 * a.mean, rel=0.01)
    assert tenants.worst is not None and tenants.index is not None
    worst, ratio = tenants.worst
    assert worst == "b" and ratio.low < ratio.value < ratio.high
    assert ratio.value == pytest.approx(2 / 1.5, rel=0.01), "b's p95 against the median of the two"
    assert tenants.index.value == pytest.approx((1 + 2) ** 2 / (2 * (1 + 4)), rel=0.01)
    found = answer(run, "Tenants")
    assert found.level == "warning"
    assert "Jain's index of fairness is 0.900: uneven" in found.sentence
    assert answer(batch(evenly(), SIZES), "Tenants").level == "good"


def test_tenants_with_few_jobs_are_compared_by_rank(batch: Callable[..., Run]) -> None:
    run = batch(evenly()[:-1], {"a": 200, "b": 199})
    assert analyse(run).tenants.index is None  # type: ignore[union-attr]
    assert "No difference between them shows: the median job took" in answer(run, "Tenants").sentence
    said = answer(batch(evenly(slow=2.0)[:-1], {"a": 200, "b": 199}), "Tenants").sentence
    assert "They are not served alike: the median job took 8.96 s (a) to 17.8 s (b), which chance doesn't explain" in said


def test_very_few_jobs_are_not_compared(batch: Callable[..., Run]) -> None:
    few = {"a": 4, "b": 4}
    said = answer(batch(evenly()[:8], few), "Tenants").sentence
    assert "isn't judged: that takes 5 jobs each, which none of 2 tenants had." in said
    unseen = [*evenly()[:398], job(398, "a", 60.0, "abandoned")]
    assert "isn't judged" in answer(batch(unseen, {"a": 200, "b": 199}), "Tenants").sentence


def test_batches_are_compared_whole(batch: Callable[..., Run], tmp_path: Path) -> None:
    """All jobs are due within the first third, which isn't left out as that of a load that goes on is."""
    sides = []
    for slow in (1.0, 2.0):
        _ = batch(evenly(slow), limits=["completed_rate > 1/s"])
        sides.append([tmp_path.parent / f"{tmp_path.name}-{slow:g}"])
        shutil.copytree(tmp_path, sides[-1][0])
    compared = compare_folders(*sides, anyway=True)
    values = {metric.name: (metric.a[0], metric.b[0]) for metric in compared.metrics}
    assert values["makespan(job)"] == pytest.approx((20.9, 37.8), rel=0.01)
    assert values["completed_rate(job)"] == pytest.approx((400 / 20.9, 400 / 37.8), rel=0.01)
    assert values["p50(job)"][0] == pytest.approx(9.7, rel=0.1)
    report = compose_comparison(compared)
    assert ("Compared over", "the whole batch") in report.facts
    assert "sustained" not in json.dumps([finding.model_dump() for finding in report.reasons])
