"""A batch whose truth is known: every rate, bound and sentence follows from rows written by hand."""

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from profiles import UserError, load_profile
from report.analysis.run import Analysis, analyse
from report.compare.comparison import compare_folders
from report.compare.document import compose_comparison
from report.compare.scaling import Scaling, read_scaling
from report.compose import compose
from report.document.finding import Finding
from report.document.table import Table
from report.findings.capacity.limits import doubt_text
from report.recording.rows import JobRow, SampleRow
from report.recording.run import Run, read_run
from tests.report.batches import SIZES, evenly, job, write_batch


@pytest.fixture
def batch(tmp_path: Path) -> Callable[..., Run]:
    def make(
        jobs: Sequence[JobRow],
        tenants: dict[str, int] | None = None,
        limits: Sequence[str] = (),
        told: bool = False,
        rss: float = 0.0,
        idle: tuple[Sequence[float], Sequence[float]] | None = None,
        more: Sequence[SampleRow] = (),
    ) -> Run:
        return read_run(write_batch(tmp_path, jobs, tenants, limits, told, rss, idle, more))

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
    assert judged[2][1] == "33.3 to 33.8 s, as far as polls tell"


def test_tenants_are_told_apart(batch: Callable[..., Run]) -> None:
    run = batch(evenly(slow=2.0), SIZES)
    tenants = analyse(run).tenants
    assert tenants is not None
    a, b = tenants.each
    assert (a.jobs, b.jobs, a.bytes_up, b.bytes_down) == (200, 200, 20_000, 60_000)
    assert b.mean == pytest.approx(2 * a.mean, rel=0.02)
    assert tenants.worst is not None and tenants.index is not None
    worst, ratio = tenants.worst
    assert worst == "b" and ratio.low < ratio.value < ratio.high
    assert ratio.value == pytest.approx(2 / 1.5, rel=0.01), "b's p95 against the median of the two"
    assert tenants.index.value == pytest.approx((1 + 2) ** 2 / (2 * (1 + 4)), rel=0.01)
    found = answer(run, "Tenants")
    assert found.level == "warning"
    assert "Jain's index of fairness is 0.897: uneven" in found.sentence
    assert answer(batch(evenly(), SIZES), "Tenants").level == "good"


def test_tenants_with_few_jobs_are_compared_by_rank(batch: Callable[..., Run]) -> None:
    run = batch(evenly()[:-1], {"a": 200, "b": 199})
    assert analyse(run).tenants.index is None  # type: ignore[union-attr]
    assert "No difference between them shows: the median job took" in answer(run, "Tenants").sentence
    said = answer(batch(evenly(slow=2.0)[:-1], {"a": 200, "b": 199}), "Tenants").sentence
    assert "They are not served alike: the median job took 8.71 s (a) to 17.6 s (b), which chance doesn't explain" in said


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


def faster(factor: float) -> list[JobRow]:
    """One of a's and one of b's is done `factor` times in each 0.1 s."""
    return [job(n, "ab"[n % 2], max(2 + n / 100 + 0.6, 3 + 0.1 * (n // 2) / factor)) for n in range(400)]


@pytest.fixture
def recorded(batch: Callable[..., Run], tmp_path: Path) -> Callable[..., list[Path]]:
    def make(side: str, factors: Sequence[float], rss: float = 0.0, **told: object) -> list[Path]:
        """A run of each factor."""
        folders = []
        for number, factor in enumerate(factors):
            _ = batch(faster(factor), SIZES, rss=rss * factor, told=True, **told)
            folders.append(tmp_path.parent / f"{tmp_path.name}-{side}-{number}")
            shutil.copytree(tmp_path, folders[-1])
        return folders

    return make


LEFT = (60e6 + np.arange(5) % 2, 60.8e6 + np.arange(5) % 2)
"""Memory before and after 400 jobs, 2,000 bytes a job."""


def test_what_a_job_leaves_behind(batch: Callable[..., Run]) -> None:
    limits = ["per_job(rss(service)) < 5 KB", "per_job(rss(service)) < 1 KB", "per_job(fds(service)) < 1"]
    found = analyse(batch(evenly(), limits=limits, rss=90e6, idle=LEFT, told=True))
    passed, failed, unknown = found.limits
    assert passed.measured == pytest.approx(2000, abs=0.01)
    assert (passed.judgement, failed.judgement, unknown.judgement) == ("pass", "fail", "not measured")
    assert doubt_text(unknown).startswith("what a job leaves behind is not known: there are too few samples without load")
    (rest,) = found.at_rest
    assert (rest.before, rest.load, rest.after) == (60e6, 90e6, 60.8e6) and rest.kept and rest.kept.value == pytest.approx(2000)
    shown = str(compose(found.run).model_dump())
    assert "At rest and under load" in shown and "2.00 KB" in shown


def test_an_increase_is_counted_from_the_idle_level(batch: Callable[..., Run]) -> None:
    """All of it was taken before the first tenth of the step was over."""
    limits = ["increase(rss(service)) < 20 MB"]
    (with_idle,) = analyse(batch(evenly(), limits=limits, rss=90e6, idle=LEFT)).limits
    (without,) = analyse(batch(evenly(), limits=limits, rss=90e6)).limits
    assert with_idle.measured == pytest.approx(30e6, rel=1e-3) and with_idle.judgement == "fail"
    assert without.measured == 0 and without.judgement == "pass"


def test_what_is_left_behind_is_refused_where_jobs_are_open_or_the_level_moves(batch: Callable[..., Run]) -> None:
    limits = ["per_job(rss(service)) < 5 KB"]
    (judged,) = analyse(batch([*evenly()[:399], job(399, "a", 60.0, "abandoned")], limits=limits, rss=9e7, idle=LEFT)).limits
    assert "some jobs never ended" in doubt_text(judged)
    falling = (LEFT[0], 60.8e6 + 1e6 * np.arange(8)[::-1])
    (judged,) = analyse(batch(evenly(), limits=limits, rss=9e7, idle=falling)).limits
    assert "still moving" in doubt_text(judged)


@pytest.mark.parametrize(
    ("overrides", "wrong"),
    [
        (["load.idle='2s'"], "2s gives no level; allowed: 0s, or 5s and more"),
        (["limit=[{that='per_job(rss(service)) < 1 KB'}]"], 'needs the idle level: say load.idle, as in idle = "10s"'),
        (["load.idle='9s'", "limit=[{that='per_job(cpu(service)) < 1'}]"], "no job leaves cpu of service behind"),
        (["load.idle='9s'", "stop=[{when='per_job(rss(service)) < 1 KB'}]"], "known at the end alone; judge it with a [[limit]]"),
    ],
)
def test_idle_levels_are_asked_for_where_they_make_sense(overrides: list[str], wrong: str) -> None:
    with pytest.raises(UserError, match=re.escape(wrong)):
        load_profile("batch", ["watch=[{name='service', process={port='target'}}]", *overrides])


def lagging(lag: float) -> list[SampleRow]:
    """A generator that used 3 % of a core, each tenth of whose heartbeats came so late, beside two busy processes."""
    rows = []
    for second in range(2, 20):
        told = {"beats": 20.0, "cpu": 0.03, "lag": lag}
        rows += [SampleRow(float(second), "generator-1", metric, value) for metric, value in told.items()]
        rows += [SampleRow(float(second), "generator-1", "slow_beat", lag)] * 2
    busy = {5.0: {"ffmpeg": 1.6, "python3_11": 0.3, "sshd": 0.01}, 10.0: {"ffmpeg": 1.8, "python3_11": 0.2, "cron": 0.01}}
    rows += [SampleRow(t, "host-a", f"cpu_of_{name}", cores) for t, used in busy.items() for name, cores in used.items()]
    return rows


def test_a_lag_is_held_against_the_times_that_it_could_spoil(batch: Callable[..., Run]) -> None:
    """Jobs of 10 s that end by the service's clock: 30 ms are nothing to them, a whole second and more would be."""

    def faults(lag: float, **how: object) -> tuple[str, ...]:
        return analyse(batch(evenly(), more=lagging(lag), **how)).health[0].faults

    assert faults(0.03, told=True) == ()
    assert faults(1.5, told=True) == ("lag",)
    assert faults(0.03, told=True, limits=["p95(submit) < 1s"]) == ("lag",), "requests are asked about"
    assert faults(0.03) == ("lag",), "the end of a job is when a reply saw it"


def test_the_remedy_names_who_used_the_cpu(batch: Callable[..., Run]) -> None:
    report = compose(batch(evenly(), more=lagging(0.03)))
    assert report.trust == "INVALID"
    (remedy,) = [reason.remedy for reason in report.reasons if "spoiled" in reason.sentence]
    assert remedy == (
        "The generators used 3 % of a core at most; beside them ffmpeg (1.7 cores) and python3 11 (0.2 cores) used it. Give them a "
        "core that nothing else uses, or a machine of their own."
    )
    tables = [block for section in report.sections for block in section.blocks if isinstance(block, Table)]
    told = [column.title for each in tables for column in each.columns]
    assert not any("ffmpeg" in title for title in told), "it is no metric of the machine to be told in tables"


ONE, TEN = (0.98, 1.0, 1.02), (3.92, 4.0, 4.08)
LIMIT = {"limits": ["max(rss(service)) < 1 GB"]}


def test_ten_workers_against_one(recorded: Callable[..., list[Path]]) -> None:
    """20 jobs/s from second 3 on make 400 in 20.9 s; 80/s in 6 s. More memory, and not one p95 of B is the worse for it."""
    one, ten = recorded("one", ONE, 30e6, **LIMIT), recorded("ten", TEN, 300e6, **LIMIT)
    compared = compare_folders(one, ten, anyway=False, scaling=Scaling("workers", 1, 10))
    assert compared.result == "SCALES" and compared.speedup
    truth = 20.9 / 6.0
    assert compared.speedup.low < truth < compared.speedup.high and compared.speedup.ratio == pytest.approx(truth, rel=0.02)
    assert compared.speedup.efficiency[0] == pytest.approx(truth / 10, rel=0.02)
    first = compose_comparison(compared).answers[0]
    assert first.subject == "Speed-up" and "where 10 times would be perfect. That is an efficiency of 3" in first.sentence
    assert "95 % interval" in first.evidence


def test_more_memory_is_told_and_no_regression(recorded: Callable[..., list[Path]]) -> None:
    compared = compare_folders(recorded("a", ONE, 30e6, **LIMIT), recorded("b", ONE, 300e6, **LIMIT), anyway=False)
    (memory,) = (metric for metric in compared.metrics if metric.name == "max(rss(service))")
    assert memory.difference and memory.difference.verdict == "regression" and memory.verdict == "told only"
    assert compared.result != "REGRESSION"
    said = {answer.subject: answer.sentence for answer in compose_comparison(compared).answers}
    assert said["Resources"] == "max(rss(service)) (30.0 MB in A, 300 MB in B). What is used is told, and decides nothing."
    assert "Regression" not in said


@pytest.mark.parametrize("runs", [1, 2])
def test_of_so_few_runs_the_values_are_told_and_no_interval(recorded: Callable[..., list[Path]], runs: int) -> None:
    one, ten = recorded("one", ONE[:runs]), recorded("ten", TEN[:runs])
    compared = compare_folders(one, ten, anyway=False, scaling=Scaling("workers", 1, 10))
    assert compared.few and compared.result == "INCONCLUSIVE" and compared.speedup
    assert compared.speedup.ratio == pytest.approx(20.9 / 6.0, rel=0.03)
    report = compose_comparison(compared)
    assert not any(answer.intervals for answer in report.answers)
    assert report.answers[0].evidence == "So few runs give no interval: make 3 of each or more, in turn."
    assert "Between" not in str([answer.sentence for answer in report.answers])


def test_a_slower_tenant_is_a_regression_of_its_own(recorded: Callable[..., list[Path]]) -> None:
    same, slow = recorded("same", ONE), recorded("slow", (0.5, 0.51, 0.52))
    verdicts = {metric.name: metric.verdict for metric in compare_folders(same, slow, anyway=False).metrics}
    assert verdicts["p50(job{tenant=a})"] == verdicts["p95(job{tenant=b})"] == "regression"


def test_no_speed_up_is_told_of_a_load_of_its_own_pace(recorded: Callable[..., list[Path]]) -> None:
    compared = compare_folders(recorded("one", ONE), recorded("ten", TEN), anyway=False, scaling=Scaling("workers", 1, 10))
    unknown = compose_comparison(replace(compared, batch=False, speedup=None)).answers[0]
    assert unknown.level == "warning" and "is not known: not every run shows what it can do at most" in unknown.sentence


@pytest.mark.parametrize("text", ["workers", "workers=10", "workers=10,1", "workers=0,3", "workers=1,1.2.3", "=1,2"])
def test_what_is_scaled_is_said_in_one_way(text: str) -> None:
    with pytest.raises(UserError, match="write NAME=A,B, where B has more of it than A, as in workers=1,10"):
        read_scaling(text)


def test_scaling_is_read() -> None:
    assert read_scaling("workers = 2, 8") == Scaling("workers", 2, 8) and read_scaling("GB of RAM=0.5,2").factor == 4
