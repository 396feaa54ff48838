"""Whether a measurement is to be trusted: each reason not to, one fault at a time."""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pypdfium2
import pytest

from profiles import UserError, Watch
from report.compose import compose
from report.document.finding import Finding
from report.document.report import Report
from report.findings.throughput import throughput
from report.recording.rows import NO_PORTS
from report.recording.run import read_run
from report.recording.run_info import RunInfo, sha256
from report.render.html import render_html
from report.render.pdf import render_pdf
from report.validity.assessment import AssessedRun, assess
from report.validity.generators import faults_text
from report.validity.recording import monitoring
from tests.altering import crash, rewrite_info
from tests.report.conftest import STEPS, squeeze
from tests.simulate import Service, simulate


@pytest.fixture
def folder(tmp_path: Path, breaks_folder: Path) -> Path:
    """A copy of the sound run, to be damaged."""
    return Path(shutil.copytree(breaks_folder, tmp_path / "run", ignore=shutil.ignore_patterns("report")))


def levels(analysis: AssessedRun) -> dict[str, str]:
    """The worst level of each check."""
    order = ("ok", "note", "qualified", "invalid")
    found: dict[str, str] = {}
    for check in analysis.checks:
        found[check.name] = max(check.level, found.get(check.name, "ok"), key=order.index)
    return found


def test_a_sound_run_is_valid(breaks: AssessedRun) -> None:
    assert breaks.trust == "VALID"
    assert set(levels(breaks).values()) == {"ok", "note"}


def worker(**changes: Any) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        workers = json.loads((folder / "run.json").read_text())["workers"]
        rewrite_info(folder, workers=[workers[0] | changes, *workers[1:]])

    return damage


def info(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: rewrite_info(folder, **changes)


def reseal(folder: Path, name: str, data: bytes, rows: int | None = None) -> None:
    """Replace a file as if it had been written so."""
    (folder / name).write_bytes(data)
    facts = json.loads((folder / "run.json").read_text())
    counts = facts["rows"] if rows is None else facts["rows"] | {Path(name).stem: rows}
    rewrite_info(folder, sha256=facts["sha256"] | {name: sha256(folder / name)}, rows=counts)


def one_row_less(folder: Path) -> None:
    lines = (folder / "jobs.csv").read_bytes().splitlines(keepends=True)
    reseal(folder, "jobs.csv", b"".join(lines[:-1]))


def a_job_twice(folder: Path) -> None:
    data = (folder / "jobs.csv").read_bytes()
    reseal(folder, "jobs.csv", data + data.splitlines(keepends=True)[-1], rows=len(data.splitlines()))


def tampered(folder: Path) -> None:
    file = folder / "samples.csv"
    file.write_bytes(file.read_bytes().replace(b"load1", b"load1", 1)[:-2] + b"9\n")


def late_submits(folder: Path) -> None:
    lines = (folder / "requests.csv").read_text().splitlines(keepends=True)
    for i in [i for i, line in enumerate(lines) if ",submit," in line][:30]:
        job, due, rest = lines[i].split(",", 2)
        lines[i] = f"{job},{float(due) - 0.2:.6f},{rest}"
    reseal(folder, "requests.csv", "".join(lines).encode())


def event(**fields: Any) -> Callable[[Path], None]:
    def add(folder: Path) -> None:
        file = folder / "events.jsonl"
        data = file.read_bytes() + json.dumps(fields).encode() + b"\n"
        reseal(folder, "events.jsonl", data, rows=len(data.splitlines()))

    return add


def samples(*lines: str) -> Callable[[Path], None]:
    def add(folder: Path) -> None:
        data = (folder / "samples.csv").read_bytes() + "".join(f"{line}\n" for line in lines).encode()
        reseal(folder, "samples.csv", data, rows=len(data.splitlines()) - 1)

    return add


def no_job_ended(folder: Path) -> None:
    data = (folder / "jobs.csv").read_bytes()
    reseal(folder, "jobs.csv", data.replace(b",succeeded,", b",timed_out,").replace(b",failed,", b",timed_out,"))


def unwatched(folder: Path) -> None:
    data = (folder / "profile.toml").read_bytes()
    assert b"watch = [" in data
    reseal(folder, "profile.toml", data.replace(b"watch = [", b'watch = [{ name = "database", host = true }, '))


def method(folder: Path) -> None:
    reseal(folder, "profile.toml", (folder / "profile.toml").read_bytes() + b'\n[method]\nwindow = "10s"\n')


INVALID: dict[str, tuple[Callable[[Path], None], str]] = {
    "requests lost on the way": (worker(requests_sent=10**6), "Rows"),
    "jobs lost on the way": (worker(jobs_received=1), "Rows"),
    "rows dropped": (worker(rows_dropped=3), "Rows"),
    "fewer rows than counted": (one_row_less, "Rows"),
    "a row twice": (a_job_twice, "Outcomes"),
    "a file changed": (tampered, "Rows"),
    "a file removed": (lambda folder: (folder / "samples.csv").unlink(), "Rows"),
    "a worker lost": (worker(lost=True), "Workers"),
    "a worker lost, by the events": (event(t=60.0, event="worker_lost", worker=1, reason="silent", heard=59.0), "Workers"),
    "arrivals held back": (worker(held_back=100), "Arrivals"),
    "arrivals held back, by the events": (event(t=60.0, event="held_back", jobs=100, workers={"1": 100}), "Arrivals"),
    "submits sent late": (late_submits, "Arrivals"),
    "every step spoiled by lag": (samples(*(f"{i / 2:.3f},generator-1,slow_beat,0.25" for i in range(800))), "Generators"),
    "every step spoiled by a busy generator": (samples(*(f"{i}.500,generator-1,cpu,2.0" for i in range(400))), "Generators"),
    "no job seen to its end": (no_job_ended, "Jobs"),
    "the load failed": (info(end_reason="failed", end_detail="master lost"), "Run"),
}


def closed_clients(folder: Path) -> None:
    profile = (folder / "profile.toml").read_bytes()
    assert b'mode = "open"' in profile
    reseal(folder, "profile.toml", profile.replace(b'mode = "open"', b'mode = "think"'))


QUALIFIED: dict[str, tuple[Callable[[Path], None], str]] = {
    "crashed": (lambda folder: crash(folder, at=100.0), "Run"),
    "interrupted": (info(end_reason="interrupted", end_detail="SIGINT"), "Run"),
    "method overridden": (method, "Method"),
    "clients that wait for their jobs": (closed_clients, "Load model"),
    "generator lagging a little": (samples(*(f"{90 + i}.000,generator-1,slow_beat,0.015" for i in range(200))), "Generators"),
    "a step spoiled that no answer needs": (
        samples(*(f"{60 + i / 10:.3f},generator-1,slow_beat,0.25" for i in range(100))),
        "Generators",
    ),
    "generator rather busy": (samples(*(f"{90 + i / 9999:.3f},generator-9,cpu,0.65" for i in range(9))), "Generators"),
    "its machine busy": (samples(*(f"{t}.5,host-x,{m},0.97" for t in range(300) for m in ("cpu", "load1"))), "Machines"),
    "something never sampled": (unwatched, "Monitoring"),
    "the watcher ended": (event(t=60.0, event="watcher_lost"), "Monitoring"),
    "a clock that drifted": (worker(clock_drift=0.006), "Clocks"),
    "a clock that drifted, by the events": (event(t=60.0, event="clock", worker=1, drift=0.02, error=0.001), "Clocks"),
    "clocks apart": (worker(clock_error=0.02), "Clocks"),
}


@pytest.mark.parametrize("fault", INVALID)
def test_invalid(folder: Path, fault: str) -> None:
    damage, check = INVALID[fault]
    damage(folder)
    analysis = assess(read_run(folder))
    assert analysis.trust == "INVALID"
    assert {name for name, level in levels(analysis).items() if level == "invalid"} >= {check}
    assert all(check.remedy for check in analysis.checks if check.level == "invalid")


@pytest.mark.parametrize("fault", QUALIFIED)
def test_qualified(folder: Path, fault: str) -> None:
    damage, check = QUALIFIED[fault]
    damage(folder)
    analysis = assess(read_run(folder))
    assert analysis.trust == "QUALIFIED"
    assert levels(analysis)[check] == "qualified"


def test_few_jobs_are_a_reservation(tmp_path: Path) -> None:
    run = read_run(simulate(tmp_path, ["load.hold=15s", *STEPS, "load.until=25"], Service()))
    assert levels(assess(run))["Amount"] == "qualified"


def test_nothing_that_can_be_judged_is_a_reservation(tmp_path: Path) -> None:
    run = read_run(simulate(tmp_path, ["load.hold=15s", *STEPS, "load.start=5", "load.until=5"], Service()))
    analysis = assess(run)
    assert [step.verdict for step in analysis.steps] == ["INCONCLUSIVE"]
    assert levels(analysis)["Amount"] == "qualified"


def test_an_overload_that_passes_for_chance_is_a_reservation(tmp_path: Path) -> None:
    """10 jobs/s of the 10.4 offered: about 80 arrivals can't tell that from chance, so it must not be called VALID."""
    overrides = ["load.hold=12s", *STEPS, "load.start=52", "load.until=52"]
    service = Service(seconds={"http-fetch": 0.4, "factorial": 0.4})
    analysis = assess(read_run(simulate(tmp_path, overrides, service, stops=False)))
    assert [step.verdict for step in analysis.steps] == ["SUSTAINED"]
    assert analysis.trust == "QUALIFIED" and levels(analysis)["Amount"] == "qualified"


def test_late_arrivals_of_one_step_dont_hide_among_all(tmp_path: Path) -> None:
    """Less than 1 % of the run, but more of the step that broke."""
    overrides = ["load.hold=300s", *STEPS]
    folder = simulate(tmp_path / "run", overrides, Service())
    breaking = assess(read_run(folder)).capacity.breaking
    assert breaking is not None and breaking.hold is not None
    start, end = breaking.hold
    lines = (folder / "requests.csv").read_text().splitlines(keepends=True)
    late = 0
    for i, line in enumerate(lines[1:], 1):
        job, due, sent, rest = line.split(",", 3)
        if ",submit," in rest and start + 1 < float(due) < end and late < 60:
            lines[i], late = f"{job},{float(due) - 0.2:.6f},{sent},{rest}", late + 1
    reseal(folder, "requests.csv", "".join(lines).encode())
    analysis = assess(read_run(folder))
    step = next(step for step in analysis.steps if step.number == breaking.number)
    assert step.verdict == "INVALID" and step.spoiled[0].late == 60 and "sent 60 of" in faults_text(step.spoiled[0])
    assert levels(analysis)["Arrivals"] == "ok" and levels(analysis)["Generators"] == "invalid"
    assert analysis.capacity.breaking is None, "it may have been the generator that broke"


def lost_in_step(folder: Path, number: int, lost_worker: str) -> AssessedRun:
    """A worker heard of last 3 s before the end of a step and given up 2 s before it."""
    hold = assess(read_run(folder)).steps[number - 1].hold
    assert hold is not None
    event(t=hold[1] - 2, event="worker_lost", worker=2, reason="silent", heard=hold[1] - 3)(folder)
    data = (folder / "profile.toml").read_bytes()
    reseal(folder, "profile.toml", f'lost_worker = "{lost_worker}"\n'.encode() + data)
    return assess(read_run(folder))


def test_a_step_that_lost_a_worker_counts_for_nothing_and_the_others_do(folder: Path) -> None:
    analysis = lost_in_step(folder, 1, "continue")
    assert [step.verdict for step in analysis.steps] == ["INVALID", "SUSTAINED", "UNSUSTAINED"]
    assert [faults_text(each) for each in analysis.steps[0].spoiled] == ["generator 2 was lost"]
    assert analysis.capacity.carried and analysis.capacity.carried.number == 2
    assert (analysis.trust, levels(analysis)["Workers"], levels(analysis)["Generators"]) == (
        "QUALIFIED",
        "qualified",
        "qualified",
    )
    assert [step.number for step in analysis.steady] == [2]
    said = next(throughput(analysis)).sentence
    assert "Every step up to and including this one that can be judged was sustained." in said


def test_a_worker_lost_in_the_step_that_broke_leaves_no_answer(folder: Path) -> None:
    analysis = lost_in_step(folder, 3, "continue")
    assert analysis.capacity.breaking is None
    assert (analysis.trust, levels(analysis)["Generators"]) == ("INVALID", "invalid")


def test_requests_that_the_generator_could_not_send_spoil_their_step(folder: Path) -> None:
    lines = (folder / "requests.csv").read_text().splitlines(keepends=True)
    lines[200] = lines[200].rstrip("\n") + f"{NO_PORTS}\n"
    reseal(folder, "requests.csv", "".join(lines).encode())
    analysis = assess(read_run(folder))
    assert [faults_text(each) for each in analysis.steps[0].spoiled] == ["generator 1 ran out of ports"]
    check = next(check for check in analysis.checks if check.name == "Generators")
    assert check.level == "qualified" and "more ports" in check.remedy


def test_one_machine_is_no_more_than_a_note(folder: Path) -> None:
    assert levels(assess(read_run(folder)))["Machines"] == "note"
    rewrite_info(folder, url="http://192.0.2.7:8080")
    assert "Machines" not in levels(assess(read_run(folder)))


def test_running(folder: Path) -> None:
    crash(folder, at=100.0)
    handle = RunInfo.model_validate_json((folder / "run.json").read_bytes()).write(folder)
    try:
        run = read_run(folder)
        assert run.status == "running"
        assert levels(assess(run))["Run"] == "qualified"
    finally:
        os.close(handle)


def test_nothing_recorded(folder: Path) -> None:
    crash(folder, requests=0, jobs=0, samples=0, events=0)
    analysis = assess(read_run(folder))
    assert analysis.trust == "INVALID" and levels(analysis)["Recording"] == "invalid"


def test_not_a_run_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"not a run folder: it has no run\.json"):
        read_run(tmp_path)


def test_jobs_in_flight_counted_twice(tmp_path: Path) -> None:
    """The generators counted a fifth more than the jobs add up to: rows are missing."""
    folder = simulate(tmp_path, ["load.hold=60s", *STEPS, "load.until=25"], Service())
    assert levels(assess(read_run(folder)))["Little's law"] == "ok"
    lines = (folder / "samples.csv").read_text().splitlines()
    more = [re.sub(r"(?<=,jobs,)(.*)", lambda found: str(1.2 * float(found[1])), line) for line in lines]
    (folder / "samples.csv").write_text("\n".join(more) + "\n")
    check = next(check for check in assess(read_run(folder)).checks if check.name == "Little's law")
    assert check.level == "qualified" and check.numbers["apart"] > 0.15


@pytest.mark.parametrize(
    ("hold", "jobs", "few"), [("4s", 2, "2 are too few for percentiles"), ("19s", 20, "20 jobs are too few for p95")]
)
def test_a_handful_of_samples_carries_no_claim(tmp_path: Path, hold: str, jobs: int, few: str) -> None:
    """Two jobs, or twenty: no verdict, no throughput, at most a median, no interval; and page 1 says so."""
    made = simulate(tmp_path, [f"load.hold={hold}", *STEPS, "load.start=5", "load.until=5"], Service())
    report = compose(read_run(made))
    throughput, latency, comfort, limits, *_ = report.answers
    assert throughput.sentence == comfort.sentence == "Not known: no step could be judged."
    assert limits.sentence.startswith("Not known: no step could be judged.")
    assert few in latency.sentence + latency.evidence and "no steady state" in latency.sentence
    assert sum(rows.count for rows in latency.source.rows if rows.file == "jobs.csv") == jobs
    assert not any(answer.intervals for answer in report.answers)
    assert {name for name, value in latency.numbers.items() if value is not None} <= {"p50", "job_p50"}
    assert report.trust == "QUALIFIED" and report.capacity is None
    on_page_1(report, throughput, latency, comfort, limits)


def test_a_run_that_never_was_steady_claims_no_steady_state(tmp_path: Path) -> None:
    folder = simulate(tmp_path, ["load.hold=60s", *STEPS, "load.start=75", "load.until=100"], Service(), stops=False)
    report = compose(read_run(folder))
    throughput, latency, comfort, *_ = report.answers
    assert throughput.sentence.startswith("None: no step was sustained")
    assert "no steady state" in latency.sentence and "Not known" in comfort.sentence
    assert report.capacity is None
    on_page_1(report, throughput, latency, comfort)


def on_page_1(report: Report, *found: Finding) -> None:
    """Assert that the first page of the PDF says what was found."""
    page = render_html(report.model_copy(update={"sections": report.sections[:1]}), {chart.name: "" for chart in report.charts})
    with pypdfium2.PdfDocument(render_pdf(page)) as pdf:
        said = squeeze(pdf[0].get_textpage().get_text_bounded())
    for each in found:
        assert squeeze(each.sentence) in said and squeeze(each.evidence) in said


@pytest.mark.parametrize(
    ("watch", "remedy"),
    [
        ({"process": {"pid": 1}}, "Check the pid, name or port in [[watch]]."),
        ({"agent": "http://h:1"}, "Check that the agent of db answers."),
        ({"agent": "http://h:1", "source": "pg"}, "Check that the agent of db answers, and was started with --process pg=HOW."),
        ({"http": "http://h:1", "metrics": {"depth": "n"}}, "Check http and metrics in [[watch]]."),
    ],
)
def test_what_to_check_where_nothing_was_sampled(breaks_folder: Path, watch: dict[str, Any], remedy: str) -> None:
    run = read_run(breaks_folder)
    seen = replace(run, profile=run.profile.model_copy(update={"watch": (Watch.model_validate({"name": "db", **watch}),)}))
    (check,) = monitoring(cast(AssessedRun, SimpleNamespace(run=seen)))
    assert (check.level, check.remedy) == ("qualified", remedy)
