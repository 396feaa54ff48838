"""Steps, capacity and breaking point, against simulated services whose truth is known."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from report.analysis.holds import cut_holds
from report.analysis.run import Analysis, analyse
from report.findings.what_broke import why
from report.recording.run import read_run
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate


@pytest.mark.parametrize("exponential", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_capacity_is_the_last_step_below_the_true_one(tmp_path: Path, seed: int, exponential: bool) -> None:
    service = Service(exponential=exponential)
    run = read_run(simulate(tmp_path, ["load.hold=120s", *STEPS], service, seed=seed, stops=False))
    capacity = analyse(run).capacity
    assert capacity.carried is not None and capacity.breaking is not None
    assert (capacity.carried.clients, capacity.breaking.clients) == (50, 75)


def test_growth_just_beyond_what_is_allowed_reads_so(breaks: Analysis) -> None:
    step = breaks.steps[-1]
    assert step.growth is not None
    close = replace(step, growth=replace(step.growth, growth=step.growth.allowed + 0.04))
    said = re.search(r"grew by ([\d.]+), beyond the ([\d.]+) of normal variation", why(close))
    assert said is not None and float(said[1]) > float(said[2])


def test_all_steps_kept_up(tmp_path: Path) -> None:
    analysis = analyse(read_run(simulate(tmp_path, ["load.hold=60s", *STEPS], Service(servers=20))))
    assert [step.verdict for step in analysis.steps] == ["SUSTAINED"] * 4
    assert analysis.capacity.breaking is None
    assert analysis.capacity.carried is analysis.steps[-1]


def test_no_step_kept_up(tmp_path: Path) -> None:
    analysis = analyse(read_run(simulate(tmp_path, ["load.hold=60s", *STEPS], Service(servers=1))))
    assert analysis.capacity.carried is None
    assert analysis.capacity.breaking is analysis.steps[0]
    assert analysis.latency is not None and not analysis.latency.steady


def test_a_step_that_a_rule_cut_short_did_not_keep_up(breaks: Analysis) -> None:
    assert [step.verdict for step in breaks.steps] == ["SUSTAINED", "SUSTAINED", "UNSUSTAINED"]
    fired = breaks.steps[-1].fired
    assert fired is not None and fired.rule == "backlog" and fired.stops


def test_failing_jobs_at_the_only_load_are_no_verdict(tmp_path: Path) -> None:
    """Nobody can tell whether the load made them fail."""
    service = Service(servers=20, fail_share=0.05)
    overrides = ["load.hold=60s", *STEPS, "load.until=25"]
    assert _verdict(tmp_path / "none", [*overrides, "stop.1.tolerate=0"], service) == "INCONCLUSIVE"
    assert _verdict(tmp_path / "few", [*overrides, "stop.1.tolerate=0.01"], service) == "INCONCLUSIVE"
    assert _verdict(tmp_path / "many", [*overrides, "stop.1.tolerate=0.2"], service) == "SUSTAINED"


def test_a_step_too_short_is_not_judged(tmp_path: Path) -> None:
    assert _verdict(tmp_path, ["load.hold=3s", *STEPS, "load.until=25"], Service()) == "INCONCLUSIVE"


def test_a_step_that_cant_be_judged_does_not_break_the_series(tmp_path: Path) -> None:
    overrides = ["load.hold=60s", *STEPS, "load.start=1", "load.step=24"]
    analysis = analyse(read_run(simulate(tmp_path, overrides, Service())))
    verdicts = [step.verdict for step in analysis.steps]
    assert verdicts == ["INCONCLUSIVE", "SUSTAINED", "SUSTAINED", "UNSUSTAINED"]
    assert analysis.capacity.carried is analysis.steps[2]


def test_jobs_never_seen_done_are_no_short_jobs(tmp_path: Path) -> None:
    """10 jobs/s for a service that does 3, ended at once: most jobs of the second half are never seen done."""
    overrides = ["load.hold=60s", *STEPS, "load.start=50", "load.until=50", "load.drain=0s"]
    analysis = analyse(read_run(simulate(tmp_path, overrides, Service(servers=1), stops=False)))
    assert analysis.latency is not None
    assert analysis.latency.unseen + analysis.latency.jobs[0].n == len(analysis.holds[0].jobs)
    assert analysis.latency.unseen > analysis.latency.jobs[0].n
    assert analysis.steps[0].job_time != analysis.steps[0].job_time


def test_a_step_after_a_spike_begins_with_a_backlog(tmp_path: Path) -> None:
    overrides = ["load.levels=[30, 30, 120, 30]", "load.hold=60s", "load.ramp=5s", "clients.submit_every='5s'"]
    analysis = analyse(read_run(simulate(tmp_path, overrides, Service(), profile="spike", stops=False)))
    assert [step.carried_over > 0 for step in analysis.steps] == [False, False, False, True]
    assert analysis.steps[2].failed
    assert analysis.steps[3] not in analysis.steady


def test_rates_equal_those_counted_by_hand(breaks_folder: Path, breaks: Analysis) -> None:
    with (breaks_folder / "jobs.csv").open() as file:
        jobs = list(csv.DictReader(file))
    with (breaks_folder / "requests.csv").open() as file:
        requests = list(csv.DictReader(file))
    for step in breaks.steps:
        assert step.hold is not None
        start, end = step.hold
        settled = start + step.settled
        done = [j for j in jobs if j["outcome"] in ("succeeded", "failed") and settled <= float(j["done_before"]) < end]
        sent = [r for r in requests if start <= float(r["sent"]) < end]
        assert step.completed == pytest.approx(len(done) / (end - settled), rel=1e-12)
        assert step.request_rate.value == len(sent) / (end - start)
        assert step.request_rate.low < step.request_rate.value < step.request_rate.high
        assert step.submitted == len([r for r in sent if r["endpoint"] == "submit"]) / (end - start)


def test_a_row_belongs_to_at_most_one_step(breaks_folder: Path) -> None:
    run = read_run(breaks_folder)
    holds = cut_holds(run)
    for hold in holds:
        assert hold.requests["sent"].between(hold.start, hold.end, inclusive="left").all()
        assert hold.jobs["due"].between(hold.start, hold.end, inclusive="left").all()
    indexes = [index for hold in holds for index in hold.requests.index]
    assert len(indexes) == len(set(indexes))


def _verdict(folder: Path, overrides: list[str], service: Service) -> str:
    return analyse(read_run(simulate(folder, overrides, service, stops=False))).steps[0].verdict


def test_failures_that_are_as_frequent_at_every_load_prove_nothing(tmp_path: Path) -> None:
    """2 % fail where 1 % is tolerated, at every load alike: that is told, and is no verdict."""
    service = Service(servers=20, fail_share=0.02)
    stops = ["stop=[{rule='errors', tolerate=0.01}]"]
    long = analyse(read_run(simulate(tmp_path / "long", ["load.hold=600s", *STEPS, *stops], service, stops=False, seed=3)))
    assert all(step.verdict == "SUSTAINED" and step.constant and not step.errors for step in long.steps)
    assert all("as at other loads" in why(step) for step in long.steps)
    assert long.capacity.breaking is None
