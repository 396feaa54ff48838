"""What happened to a run, in lines a person can read."""

from typing import Any

import pytest

from report.recording.columns import read_requests, read_samples
from report.rules.evaluator import Evaluator
from report.rules.stop_log import rule_sentence, stop_log

ERRORS = {
    "subject": "status",
    "failed": 7,
    "of": 340,
    "seconds": 68,
    "tolerate": 0.0125,
    "score": 9.3,
    "limit": 9.2,
    "cause": "HTTP 500",
}
OUTAGE = {"subject": "submit", "failed": 31, "of": 40, "seconds": 10, "cause": "connection refused"}
PLATEAU = {"rate": 19.9321, "best_rate": 20.0418, "best_clients": 120, "gain": -0.005, "needed": 0.05}
LATENCY = {"subject": "job", "against": "step", "p95": 12.3456, "baseline": 4.1, "limit": 8.2, "n": 240, "windows": 3}
BACKLOG = {"growth": 326, "arrivals": 1290, "allowed": 107.74, "seconds": 60.0, "in_flight": 512}
LOAD = {"value": 3.141592, "limit": 3.0, "unit": "number", "n": 1, "seconds": 1, "silent": 0, "for": 60.0, "held": 60}
ROWS = {"value": 0.31234, "limit": 0.2, "unit": "seconds", "n": 1431, "seconds": 20, "silent": 0, "for": 10.0, "held": 4}


@pytest.mark.parametrize(
    ("rule", "values", "sentence"),
    [
        ("errors", ERRORS, "7 of 340 status requests failed in 68 s (1.2 % tolerated), mostly: HTTP 500"),
        (
            "errors",
            {**ERRORS, "subject": "job", "tolerate": 0.0, "cause": ""},
            "7 of 340 jobs did not succeed since the start (none tolerated)",
        ),
        ("outage", OUTAGE, "31 of 40 submit requests failed in 10 s, mostly: connection refused"),
        ("plateau", PLATEAU, "throughput did not grow: 19.9 jobs/s completed, against 20.0 jobs/s at 120 clients"),
        (
            "latency-rise",
            LATENCY,
            "p95 of job was 12.3 s, limit 8.20 s (calmest step: 4.10 s), 3 times in a row, the last time over 240 of them",
        ),
        (
            "latency-rise",
            {**LATENCY, "windows": 1},
            "p95 of job was 12.3 s, limit 8.20 s (calmest step: 4.10 s), once, the last time over 240 of them",
        ),
        (
            "latency-rise",
            {**LATENCY, "against": "hold"},
            "p95 of job was 12.3 s, limit 8.20 s (earlier in this step: 4.10 s), over the last three windows of a minute or more",
        ),
        (
            "backlog",
            BACKLOG,
            "jobs in flight grew by 326 in 60 s while 1,290 arrived; chance explains at most 108 (512 were in flight)",
        ),
        ("load1(target) > 3.0", LOAD, "it was 3.14, limit 3; true for 60 s of 60 s"),
        ("x", {**LOAD, "value": None, "silent": 12}, "nothing was measured for 12 s, limit 3; true for 60 s of 60 s"),
        ("p95(status) > 200ms", ROWS, "it was 312 ms, limit 200 ms, over 20 s (n = 1,431); true for 4 s of 10 s"),
        (
            "rss(service) > 2 GB",
            {**LOAD, "value": 2_345_678_901.0, "limit": 2e9, "unit": "bytes", "for": 0.0, "held": 1},
            "it was 2.35 GB, limit 2.00 GB; true for 1 s",
        ),
        (
            "cpu(target) > 80 %",
            {
                "value": 0.91234,
                "limit": 0.8,
                "unit": "share",
                "n": 300,
                "seconds": 300,
                "silent": 0,
                "wanted": 3,
                "of": 4,
                "true": 2,
            },
            "it was 91.2 %, limit 80.0 %, over 5 min (n = 300); true in 2 of the last 4 windows, 3 are enough",
        ),
        ("errors", {}, ""),
    ],
)
def test_a_rule_says_why(rule: str, values: dict[str, Any], sentence: str) -> None:
    assert rule_sentence(rule, values) == sentence


def test_rules_speak_of_the_values_that_they_record(profile_with: Any) -> None:
    stops = [{"rule": "errors", "tolerate": 0.0}, {"when": "load1(target) > 3", "for": "0s"}]
    evaluator = Evaluator(profile_with(stop=stops))
    evaluator.history.add_samples(read_samples(b"0.500,target,load1,4.5\n", has_header=False))
    evaluator.history.add_requests(read_requests(b"1-1,0.1,0.1,0.2,1,submit,sum,a,500,0,,9,HTTP 500\n", has_header=False))
    lines = [line for _, line in stop_log(change.event(1.2) for change in evaluator.advance(1, ()))]
    assert lines == [
        "errors fired in step 0 at 0 clients, which ends the run: 1 of 1 submit requests failed since the start "
        "(none tolerated), mostly: HTTP 500",
        "load1(target) > 3 fired in step 0 at 0 clients, which ends the run: it was 4.50, limit 3; true for 1 s",
    ]


def rule(state: str, then: str = "stop", **more: Any) -> dict[str, Any]:
    return {"t": 61.3, "event": "rule", "rule": "backlog", "state": state, "then": then, "at": 60, "step": 2, "clients": 80,
            "values": BACKLOG, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("event", "second", "line"),
    [
        ({"t": 1.0, "event": "hold_start", "step": 1, "clients": 40}, 1.0, "step 1 is held at 40 clients"),
        ({"t": 2.0, "event": "hold_end", "step": 1, "clients": 40, "cut": False}, 2.0, "step 1 ended"),
        ({"t": 1.0, "event": "hold_start", "step": 0, "clients": 1}, 1.0, "the baseline begins, with 1 client"),
        ({"t": 26.0, "event": "hold_end", "step": 0, "clients": 1, "cut": False}, 26.0, "the baseline ended"),
        ({"t": 2.0, "event": "hold_end", "step": 1, "clients": 40, "cut": True}, 2.0, "step 1 was cut short"),
        (rule("armed"), 60.0, "backlog armed in step 2 at 80 clients: jobs in flight grew by 326 in 60 s"),
        (rule("cleared"), 60.0, "backlog cleared in step 2 at 80 clients"),
        (rule("fired"), 60.0, "backlog fired in step 2 at 80 clients, which ends the run: jobs in flight grew"),
        (rule("confirming"), 60.0, "backlog confirming in step 2 at 80 clients: jobs in flight grew by 326 in 60 s"),
        (rule("fired", "next"), 60.0, "backlog fired in step 2 at 80 clients, which ends the step: jobs in flight grew"),
        ({"t": 2.0, "event": "hold_again", "step": 1, "clients": 40}, 2.0, "step 1 is held longer, to see it once more"),
        (rule("fired", "note"), 60.0, "backlog fired in step 2 at 80 clients: jobs in flight grew"),
        ({"t": 3.0, "event": "worker_lost", "worker": 2, "reason": "it sent nothing for 5 s"}, 3.0,
         "worker 2 was lost: it sent nothing for 5 s"),
        ({"t": 3.0, "event": "worker_quiet", "worker": 2, "heard": 1.0}, 3.0, "worker 2 has sent nothing since 0:01"),
        ({"t": 7.0, "event": "worker_back", "worker": 2, "silent": 5.8}, 7.0, "worker 2 was heard of again, after 6 s"),
        ({"t": 3.0, "event": "held_back", "jobs": 12, "workers": {"1": 12}}, 3.0, "max_in_flight has held back 12 arrivals so far"),
        ({"t": 3.0, "event": "signal", "signal": "SIGINT"}, 3.0, "SIGINT told the run to end"),
        ({"t": 4.0, "event": "run_end", "reason": "interrupted", "detail": "SIGINT"}, 4.0, "the run was interrupted: SIGINT"),
        ({"t": 3.0, "event": "drain_start", "in_flight": 9, "limit": 20.0}, 3.0,
         "the load ended with 9 jobs in flight, which had 20 s to end"),
        ({"t": 3.0, "event": "run_end", "reason": "finished", "detail": ""}, 3.0, "the run finished"),
        ({"t": 3.0, "event": "run_end", "reason": "stopped", "detail": "backlog"}, 3.0, "the run stopped: backlog"),
    ],
)  # fmt: skip
def test_events_that_bear_on_the_end_have_a_line(event: dict[str, Any], second: float, line: str) -> None:
    ((at, said),) = stop_log([event])
    assert at == second
    assert said.startswith(line)
    assert event.get("state") != "cleared" or said == line


@pytest.mark.parametrize("event", ["run_start", "worker_joined", "ramp_start", "mark", "late_rows", "drain_end", "new"])
def test_other_events_have_none(event: str) -> None:
    assert stop_log([{"t": 1.0, "event": event}]) == []
