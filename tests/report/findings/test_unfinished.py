"""Jobs that never ended: what they make of their step, of percentiles, and of limits on the time of jobs."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from profiles.stops import Limit
from report.analysis.latency import latency_of
from report.analysis.limits import JudgedLimit, judge_limits
from report.analysis.run import Analysis, analyse
from report.compose import compose
from report.findings.latency import latency
from report.findings.limits import doubt_text
from report.findings.what_broke import breaking_sentence, why
from report.recording.run import read_run
from report.stats.quantiles import quantile
from tests.altering import rewrite_info
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate

Row = dict[str, str]
CALM = ["load.hold=60s", *STEPS, "load.until=50"]
"""Steps of 5 and 10 jobs/s, for a service that does 60."""


def left_open(row: Row, waited: float) -> None:
    """The run's end found this job open, so long after it was due."""
    row["ended"] = str(float(row["due"]) + waited)
    row |= {"outcome": "abandoned", "done_before": "", "done_after": row["ended"], "finished": ""}


def made(folder: Path, change: Callable[[int, Row], None], *, tells_times: bool = True) -> Path:
    """A calm run, whose jobs of the first hold have been changed by their number."""
    simulate(folder, CALM, Service(servers=20, tells_times=tells_times))
    with (folder / "jobs.csv").open() as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["due"]))
    start, end = analyse(read_run(folder)).steps[0].hold or (0, 0)
    for number, row in enumerate(row for row in rows if start <= float(row["due"]) < end):
        change(number, row)
    with (folder / "jobs.csv").open("w") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def hung(share: float, waited: float = 100.0) -> Callable[[int, Row], None]:
    """So many of the jobs never ended."""
    return lambda number, row: left_open(row, waited) if number % 100 < 100 * share else None


def test_a_step_whose_jobs_never_ended_is_not_sustained(tmp_path: Path) -> None:
    analysis = analyse(read_run(made(tmp_path, hung(0.02))))
    step = analysis.steps[0]
    assert [each.verdict for each in analysis.steps] == ["UNSUSTAINED", "SUSTAINED"]
    assert step.unfinished is not None and step.unfinished.measured == pytest.approx(0.02, abs=0.01)
    assert "had not ended when the run did" in why(step) and "(jobs that never ended)" in breaking_sentence(step)


def test_in_a_run_that_was_interrupted_it_can_not_be_judged(tmp_path: Path) -> None:
    rewrite_info(made(tmp_path, hung(0.02)), end_reason="interrupted")
    assert analyse(read_run(tmp_path)).steps[0].verdict == "INCONCLUSIVE"


def test_jobs_that_the_end_only_cut_off_say_nothing(tmp_path: Path) -> None:
    """Open for no longer than others of the step took."""
    step = analyse(read_run(made(tmp_path, hung(0.02, waited=0.05)))).steps[0]
    assert (step.verdict, step.unfinished) == ("SUSTAINED", None)


def test_percentiles_that_fall_among_them_are_known_from_below(tmp_path: Path) -> None:
    folder = made(tmp_path, hung(0.3))
    analysis = analyse(read_run(folder))
    (first, *_), latency = analysis.holds, analysis.completion
    assert latency.quantiles(first.jobs, (0.5, 0.95))[0.95] is None
    times = latency.times(first.jobs)
    waited = np.where(np.isinf(times), 100.0, times)
    assert latency.floors(first.jobs, latency.quantiles(first.jobs, (0.5, 0.95))) == {0.95: pytest.approx(quantile(waited, 0.95))}
    assert latency.floors(first.jobs, latency.quantiles(first.jobs, (0.9999,))) == {}, "too few jobs"


def test_the_report_says_at_least(tmp_path: Path) -> None:
    """The only step held, so that it is what latency is pooled over."""
    folder = made(tmp_path, lambda number, row: left_open(row, 100.0) if number % 3 == 0 else None)
    run = read_run(folder)
    held = [event for event in run.events if getattr(event, "step", 0) != 2]
    report = compose(replace(run, events=tuple(held)))
    said = report.answers[1]
    assert "p95 at least 1 min 40 s" in said.sentence or "p95 at least 100 s" in said.sentence
    assert said.numbers["job_p95"] is None and said.numbers["job_p95_at_least"] == pytest.approx(100.0)


def test_jobs_that_an_interrupted_run_cut_off_took_longer_than_they_were_watched(tmp_path: Path) -> None:
    """Three in ten were watched for 10 ms, so they say nothing; in a run that waited for its jobs they were the longest."""
    whole = read_run(made(tmp_path, hung(0.3, waited=0.01)))
    for run, known in ((whole, False), (replace(whole, status="interrupted"), True)):
        analysis = analyse(run)
        jobs, completion = analysis.holds[0].jobs, analysis.completion
        ended = completion.times(jobs[jobs["outcome"] == "succeeded"])
        p95 = quantile(ended, 0.95) if known else None
        assert completion.quantiles(jobs, (0.95,))[0.95] == (pytest.approx(p95, rel=0.02) if known else None)
        assert (completion.floors(jobs, completion.quantiles(jobs, (0.95,))) == {}) is known
        found = latency_of(analysis.holds[:1], completion, True)
        assert found is not None and (found.unseen == 0) is known is (found.cut_off > 50)
        assert ("cut off by the end of the run" in next(latency(replace(analysis, latency=found))).sentence) is known


def test_a_job_that_the_recording_lost_was_open_until_its_last_poll_but_one(tmp_path: Path) -> None:
    folder = made(tmp_path, lambda _, __: None)
    before = read_run(folder)
    lines = (folder / "jobs.csv").read_text().splitlines(keepends=True)
    (folder / "jobs.csv").write_text("".join(lines[: len(lines) // 2]))
    after = read_run(folder).jobs
    lost = after[after["outcome"] == "abandoned"]
    assert len(lost) >= len(lines) // 2
    truth = before.jobs.set_index("job").loc[lost["job"]]
    seen_open = lost["done_after"].to_numpy()
    polled = truth["polls"].to_numpy() > 1
    assert np.isnan(seen_open[~polled]).all() and not np.isnan(seen_open[polled]).any()
    assert (seen_open[polled] == truth["done_after"].to_numpy()[polled]).all()


def judged(folder: Path, *limits: str) -> tuple[Analysis, dict[str, JudgedLimit]]:
    """Limits judged over the first step, whether or not it was sustained."""
    run = read_run(folder)
    profile = run.profile.model_copy(update={"limit": tuple(Limit(that=text) for text in limits)})
    analysis = analyse(run)
    return analysis, {limit.text: limit for limit in judge_limits(profile, analysis.holds[:1], analysis.completion)}


@pytest.mark.parametrize("tells_times", [True, False])
def test_limits_use_the_best_time_of_a_job(tmp_path: Path, tells_times: bool) -> None:
    """By the service's own timestamps where they are good, else the reply that saw it done, which comes later."""
    folder = made(tmp_path, lambda _, __: None, tells_times=tells_times)
    analysis, limits = judged(folder, "p95(job) < 10s")
    hold = analysis.holds[0]
    seen = quantile((hold.jobs["done_before"] - hold.jobs["due"]).to_numpy(), 0.95)
    best = analysis.completion.quantiles(hold.jobs, (0.95,))[0.95]
    assert best is not None and best < seen
    assert limits["p95(job) < 10s"].measured == pytest.approx(best if tells_times else seen)


def test_a_limit_that_hangs_on_jobs_never_seen_done(tmp_path: Path) -> None:
    texts = ("p95(job) < 99s", "p95(job) < 101s", "p50(job) < 10s", "mean(job) < 20s", "mean(job) < 50s")
    _, limits = judged(made(tmp_path, hung(0.3)), *texts)
    assert [limits[text].judgement for text in texts] == ["fail", "undecided", "pass", "fail", "undecided"]
    assert doubt_text(limits["p95(job) < 101s"]).startswith("at least: ")
