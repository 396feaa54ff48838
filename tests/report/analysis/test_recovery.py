"""Recovery in a report: how long it took, what stayed, and the words where it can't be told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from report.analysis.job_times.response_times import completion_of
from report.analysis.recovery import Event, Recovered, recoveries_of
from report.analysis.run import analyse
from report.compose import compose
from report.document.finding import Finding
from report.findings.recovery import recovery_findings
from report.recording.run import Run, read_run
from report.stats.recovery import Flow, normal_of, recovery, undisturbed
from tests.simulate import Service, simulate

SPIKE = ["load.ramp=2s", "load.drain=20s", "load.hold=150s", "load.spike_hold=25s", "method.settle=20s"]
"""12, 16, 40 and 12 jobs/s, where the service carries 20."""


@pytest.fixture(scope="module")
def spiked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    service = Service(servers=8, seconds={"http-fetch": 0.4, "factorial": 0.4})
    return simulate(tmp_path_factory.mktemp("spike") / "spiked", SPIKE, service, profile="spike", stops=False)


def test_a_spike_its_recovery_and_the_mark(spiked: Path) -> None:
    run = read_run(spiked)
    (found,) = analyse(run).recoveries
    waits = (run.jobs["started"] - run.jobs["created"]).to_numpy()
    at_once = run.jobs["due"].to_numpy()[(run.jobs["due"] > found.moment) & (waits < 1e-3)]
    assert found.result and found.result.seconds == pytest.approx(at_once[0] - found.moment, abs=15)
    assert (found.peak, found.clients, found.before) == (200, 60, 1)
    report = compose(run)
    (answer,) = (answer for answer in report.answers if answer.subject == "Recovery")
    assert answer.level == "good" and "After the load fell from 200 to 60 clients, the service took " in answer.sentence
    assert report.hero and any(mark.text == "recovered" for mark in report.hero.marks)
    assert any(chart.name == "recovery-1" for chart in report.charts)


def test_without_the_load_of_after_before_it_is_refused(tmp_path: Path) -> None:
    levels = [*SPIKE, "load.levels=[80, 200, 60]", "load.hold=60s"]
    folder = simulate(tmp_path / "refused", levels, Service(servers=12), profile="spike", stops=False)
    (answer,) = (answer for answer in compose(read_run(folder)).answers if answer.subject == "Recovery")
    assert answer.level == "note"
    assert answer.sentence.startswith("Not known: no step with 60 clients came before the load rose")


def test_too_little_after_the_fall_is_refused(tmp_path: Path) -> None:
    folder = simulate(tmp_path / "short", [*SPIKE, "load.hold=55s"], Service(servers=8), profile="spike", stops=False)
    (answer,) = (answer for answer in compose(read_run(folder)).answers if answer.subject == "Recovery")
    assert (
        answer.sentence
        == "Not known: what followed lasted 57 s, and 60 s of it must be as before. Its backlog was gone after 33 s."
    )


def test_recovered_only_at_the_end_is_not_called_recovered(tmp_path: Path) -> None:
    service = Service(servers=8, seconds={"http-fetch": 0.4, "factorial": 0.4})
    folder = simulate(tmp_path / "late", [*SPIKE, "load.hold=105s"], service, profile="spike", stops=False)
    (answer,) = (answer for answer in compose(read_run(folder)).answers if answer.subject == "Recovery")
    assert answer.sentence.startswith("Not known: it was as before only at the end")


def test_too_few_jobs_before_a_moment_are_told_so(spiked: Path) -> None:
    run = read_run(spiked)
    holds = analyse(run).holds
    found = recoveries_of(run, holds, completion_of(run), [Event(holds[0].start + 0.5, "action kill")])[0]
    assert found.normal is None
    (said,) = (finding.sentence for finding in recovery_findings([found], holds))
    assert said == (
        "Not known: step 1 with 60 clients had only 0 jobs once it had settled that action kill can't have held up, "
        "and 100 are needed to know what is normal."
    )


def test_the_backlog_is_told_where_too_few_jobs_came_before(tmp_path: Path) -> None:
    """Twenty clients for 30 s: too few jobs for a baseline, but the backlog of the spike is plain to see."""
    levels = [*SPIKE, "load.levels=[20, 120, 20]", "load.hold=30s", "load.spike_hold=20s"]
    run = read_run(simulate(tmp_path / "few", levels, Service(servers=6), profile="spike", stops=False))
    report = compose(run)
    (answer,) = (answer for answer in report.answers if answer.subject == "Recovery")
    (found,) = analyse(run).recoveries
    assert found.normal is None and found.gone and 1 < found.gone < 30
    assert answer.sentence.startswith(
        f"After the load fell from 120 to 20 clients, its backlog was gone after {found.gone:.0f} s. "
        f"Whether jobs fared as before is not known: step 1 with 20 clients had only {found.jobs} jobs once it had settled"
    )


def test_recovery_after_a_moment(spiked: Path) -> None:
    run = read_run(spiked)
    holds = analyse(run).holds
    found = recoveries_of(run, holds, completion_of(run), [Event(holds[0].start + 60, "a worker was killed")])[0]
    assert found.result and found.result.seconds == 0, "nothing happened, so it was at once as before"
    assert not [found for found in recoveries_of(run, holds, completion_of(run), [Event(1e6, "nothing")]) if found.what]


def test_errors_and_jobs_in_flight_keep_it_from_being_as_before() -> None:
    due = np.arange(0, 400, 0.1)
    good = Flow(due, np.full(len(due), 0.5), np.zeros(len(due), dtype=bool), due + 0.5)
    normal = normal_of(good, 20, 200)
    assert normal and recovery(good, normal, 200, 400, 15).seconds == 0
    failing = Flow(due, good.seconds, (due > 200) & (due < 250), good.ended)
    assert recovery(failing, normal, 200, 400, 15).seconds == pytest.approx(50, abs=1)
    stuck = Flow(due, good.seconds, good.bad, np.sort(np.where((due > 210) & (due < 215), 300.0, due + 0.5)))
    assert recovery(stuck, normal, 200, 400, 15).seconds == pytest.approx(100, abs=2)


def test_jobs_still_open_when_it_happens_are_no_baseline() -> None:
    """Jobs take 20 s, but those open at second 200 are held up for a minute: 11 % of those due since second 20."""
    due = np.arange(0, 200, 0.1)
    seconds = np.where(due < 180, 20.0, 80.0)
    flow = Flow(due, seconds, np.zeros(len(due), dtype=bool), np.sort(due + seconds))
    end = undisturbed(flow, 20, 200)
    normal = normal_of(flow, 20, end)
    assert normal and normal.p90 == pytest.approx(20)
    assert end == pytest.approx(120), "all that may have been held up, as far as their own p90 tells"


def test_a_backlog_that_comes_after_its_moment_is_gone_when_it_has_been_worked_off() -> None:
    """For 20 s nothing is done, as while a worker is restarted; then 15 jobs/s are, of which 10 come in."""
    due = np.arange(0, 400, 0.1)
    seconds = 0.5 + np.where(due < 200, 0, np.maximum(0, 20 - (due - 200) / 3))
    flow = Flow(due, seconds, np.zeros(len(due), dtype=bool), np.sort(due + seconds))
    normal = normal_of(flow, 20, 200)
    assert normal
    found = recovery(flow, normal, 200, 400, 5)
    assert found.seconds == pytest.approx(60, abs=3) and found.drained == pytest.approx(60, abs=3)


STEADY = Service(servers=8, seconds={"http-fetch": 0.4, "factorial": 0.4})


def twice(folder: Path, first: float, second: float, later: float, hold: str = "400s", more: str = "") -> Run:
    """12 jobs/s where 20 are carried; for `first` seconds from 102 on none is begun, and for `second` so much `later`."""
    actions = ", ".join(f"{{name='{name}', at='{at}s', run='true'}}" for name, at in (("first", 100), ("second", 100 + later)))
    service = replace(STEADY, down=((102, 102 + first), (102 + later, 102 + later + second)))
    load = [f"load={{shape='hold', clients=60, hold='{hold}', drain='30s'}}", f"action=[{actions}{more}]", "stop=[]"]
    return read_run(simulate(folder / "twice", [*load, "method.settle=20s"], service, stops=False))


def told(run: Run) -> tuple[tuple[Recovered, ...], list[Finding]]:
    found = analyse(run)
    return found.recoveries, list(recovery_findings(found.recoveries, found.holds))


def test_two_actions_that_each_had_time_are_told_apart(tmp_path: Path) -> None:
    """Ten seconds without work make a backlog of 120 jobs, which is gone 15 s later."""
    run = twice(tmp_path, 10, 20, 150)
    (first, second), said = told(run)
    assert first.following and second.following is None
    assert first.result and first.result.seconds == pytest.approx(25, abs=5)
    assert second.result and second.result.seconds == pytest.approx(50, abs=8)
    assert second.normal and first.over == second.normal.start and not second.aftermath
    assert [finding.level for finding in said] == ["good", "good"]


def test_the_watch_ends_at_the_next_action(tmp_path: Path) -> None:
    """Forty seconds without work take a hundred to be worked off, but the next action begins after 70."""
    run = twice(tmp_path, 40, 5, 70)
    (first, second), (said, then) = told(run)
    assert first.result and first.result.watched == pytest.approx(70)
    assert said.level == "note"
    assert said.sentence == "After action first, the service had not recovered when action second began 70 s later."
    assert second.normal == first.normal, "what is normal is what was before the first"
    assert second.result and second.result.seconds == pytest.approx(42, abs=8)
    assert then.sentence.endswith(
        " Before means before action first, from which it was not seen to recover in between: this tells of both."
    )


def test_a_second_action_too_soon_to_know_of_the_first(tmp_path: Path) -> None:
    """It was as before after 26 s, but a minute of that was not to be seen."""
    (_, second), (said, then) = told(twice(tmp_path, 10, 10, 50))
    assert said.level == "note"
    assert said.sentence == (
        "Not known: action second began 50 s later, and 60 s as before make sure. Its backlog was gone after 26 s."
    )
    assert second.aftermath == "action first" and then.level == "good"


def test_actions_outside_the_hold_end_no_watch(tmp_path: Path) -> None:
    ends = ", {name='clean', at='before', run='true'}, {name='tidy', at='after', run='true'}"
    found, _ = told(twice(tmp_path, 10, 10, 150, more=ends))
    assert [each.what for each in found] == ["action first", "action second"]
    assert found[-1].following is None


def test_an_action_after_a_spike_it_is_not_known_to_have_recovered_from(tmp_path: Path) -> None:
    """The backlog of the spike is still there."""
    action = "action=[{name='kill', at='222s', run='true'}]"
    run = read_run(
        simulate(tmp_path / "both", [*SPIKE, "load.levels=[60, 200, 60]", action], STEADY, profile="spike", stops=False)
    )
    (fall, kill), _ = told(run)
    assert fall.peak and fall.following and fall.following.what == "action kill"
    assert kill.aftermath == "fall" and kill.before == 1 and kill.normal == fall.normal


def test_an_action_in_the_step_before_a_spike_ends_what_counts_as_normal(spiked: Path) -> None:
    run = read_run(spiked)
    holds = analyse(run).holds
    *_, fall = recoveries_of(run, holds, completion_of(run), [Event(holds[0].start + 60, "action kill")])
    assert fall.peak and fall.normal and fall.until == "action kill"
    assert fall.normal.end == pytest.approx(holds[0].start + 60 - fall.normal.p90, abs=0.1)
