"""What happened to a run, in lines a person can read."""

from dataclasses import replace
from typing import Any

import pytest

from profiles import UserError
from report.recording import events
from report.recording.columns import read_requests, read_samples
from report.recording.event import Event
from report.recording.events import RuleState
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
            "in 60 s the queue grew by 326 of 1,290 jobs that arrived, where normal variation stays below 108",
        ),
        ("load1(target) > 3.0", LOAD, "it was 3.14, limit 3; true for 60 s of 60 s"),
        (
            "load1(target) > 3",
            {**LOAD, "value": None, "silent": 12},
            "nothing was measured for 12 s, limit 3; true for 60 s of 60 s",
        ),
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
    assert rule_sentence(RuleState(1.0, rule, "armed", "stop", 1, 1, 10, values)) == sentence


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


def rule(state: Any, then: Any = "stop") -> RuleState:
    return RuleState(61.3, "backlog", state, then, 60, 2, 80, BACKLOG)


@pytest.mark.parametrize(
    ("event", "second", "line"),
    [
        (events.HoldStart(1.0, 1, 40), 1.0, "step 1 is held at 40 clients"),
        (events.HoldEnd(2.0, 1, 40, False), 2.0, "step 1 ended"),
        (events.HoldStart(1.0, 0, 1), 1.0, "the baseline begins, with 1 client"),
        (events.HoldEnd(26.0, 0, 1, False), 26.0, "the baseline ended"),
        (events.HoldEnd(2.0, 1, 40, True), 2.0, "step 1 was cut short"),
        (rule("armed"), 60.0, "backlog armed in step 2 at 80 clients: in 60 s the queue grew by 326"),
        (rule("cleared"), 60.0, "backlog cleared in step 2 at 80 clients"),
        (rule("fired"), 60.0, "backlog fired in step 2 at 80 clients, which ends the run: in 60 s the queue grew"),
        (rule("confirming"), 60.0, "backlog confirming in step 2 at 80 clients: in 60 s the queue grew by 326"),
        (rule("fired", "next"), 60.0, "backlog fired in step 2 at 80 clients, which ends the step: in 60 s the queue grew"),
        (events.HoldAgain(2.0, 1, 40), 2.0, "step 1 is held longer, to see it once more"),
        (rule("fired", "note"), 60.0, "backlog fired in step 2 at 80 clients: in 60 s the queue grew"),
        (events.WorkerLost(3.0, 2, "it sent nothing for 5 s", 1.0), 3.0,
         "worker 2 was lost: it sent nothing for 5 s"),
        (events.WorkerQuiet(3.0, 2, 1.0), 3.0, "worker 2 has sent nothing since 0:01"),
        (events.WorkerBack(7.0, 2, 5.8), 7.0, "worker 2 was heard of again, after 6 s"),
        (events.HeldBack(3.0, 12, {"1": 12}), 3.0, "max_in_flight has held back 12 arrivals so far"),
        (events.Signal(3.0, "SIGINT"), 3.0, "SIGINT told the run to end"),
        (events.RunEnd(4.0, "interrupted", "SIGINT"), 4.0, "the run was interrupted: SIGINT"),
        (events.DrainStart(3.0, 9, 20.0), 3.0,
         "the load ended with 9 jobs in flight, which had 20 s to end"),
        (events.RunEnd(3.0, "finished", ""), 3.0, "the run finished"),
        (events.RunEnd(3.0, "stopped", "backlog"), 3.0, "the run stopped: backlog"),
    ],
)  # fmt: skip
def test_events_that_bear_on_the_end_have_a_line(event: Event, second: float, line: str) -> None:
    ((at, said),) = stop_log([event])
    assert at == second
    assert said.startswith(line)
    assert getattr(event, "state", "") != "cleared" or said == line


@pytest.mark.parametrize(
    "event",
    [
        events.RunStart(1.0, ()), events.WorkerJoined(1.0, 1, "lab", 7, 0.0), events.RampStart(1.0, 1, 10, 0, 5.0, 60.0, "load"),
        events.Mark(1.0, 1), events.LateRows(1.0, 3), events.DrainEnd(1.0, 0), events.UnknownEvent(1.0, {"event": "new"}),
    ],
    ids=lambda event: event.name or "new",
)  # fmt: skip
def test_other_events_have_none(event: Event) -> None:
    assert stop_log([event]) == []


def test_a_rule_of_another_version_is_told_as_it_is() -> None:
    event = RuleState(61.3, "too-cold", "fired", "stop", 60, 2, 80, {"degrees": -3, "where": "lab"})
    assert stop_log([event]) == [(60, "too-cold fired in step 2 at 80 clients, which ends the run: degrees -3, where lab")]


def test_numbers_of_a_rule_that_cannot_be_read_are_named() -> None:
    with pytest.raises(
        UserError, match=r"events\.jsonl: rule backlog at second 60: growth is '9', and should be a valid integer"
    ):
        stop_log([replace(rule("armed"), values={**BACKLOG, "growth": "9"})])
    with pytest.raises(UserError, match="rule backlog at second 60: allowed is missing; the file is damaged"):
        stop_log([replace(rule("armed"), values={"growth": 9, "arrivals": 4})])
