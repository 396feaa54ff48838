"""Events as lines: what is written can be read again, and what can't be read is named."""

from dataclasses import replace
from math import isnan, nan

import pytest

from report.recording.event import EVENTS, Event
from report.recording.event_lines import BadEvent, as_mapping, decode_event, encode_event
from report.recording.events import (
    ActionEnd,
    ActionStart,
    ClearEnd,
    ClearStart,
    Clock,
    DrainEnd,
    DrainStart,
    HeldBack,
    HoldAgain,
    HoldEnd,
    HoldStart,
    IdleEnd,
    IdleStart,
    LateRows,
    Mark,
    PlannedStage,
    RampStart,
    RuleState,
    RunEnd,
    RunStart,
    Signal,
    Slept,
    Strangers,
    UnknownEvent,
    WatcherLost,
    WorkerBack,
    WorkerJoined,
    WorkerLost,
    WorkerQuiet,
)

VALUES = {"value": None, "limit": 3.0, "unit": "number", "n": 1, "for": 60.0}
ONE_OF_EACH: tuple[Event, ...] = (
    RunStart(0.0, (PlannedStage(10, 5.0, 60.0),)), WorkerJoined(0.5, 1, "lab", 7, -0.001), WorkerQuiet(3.0, 1, 1.0),
    WorkerBack(7.0, 1, 6.0), WorkerLost(9.0, 1, "it left", 8.0), WatcherLost(9.5), Slept(9.6, "master", 8.0), Strangers(9.7, 4), ClearStart(10.0, 2, 400, 60.0),
    ClearEnd(12.0, 2, 20), Clock(13.0, 1, 0.002, 0.0001), RampStart(14.0, 2, 20, 10, 5.0, 60.0, "load"), HoldStart(19.0, 2, 20),
    HoldEnd(79.0, 2, 20, cut=False), HoldAgain(79.2, 2, 20), RuleState(80.0, "x > 3", "armed", "stop", 80, 2, 20, VALUES),
    Mark(81.0, 80), LateRows(82.0, 3), HeldBack(83.0, 5, {"1": 5}), Signal(84.0, "SIGINT"), ActionStart(85.0, "warm", "true"),
    ActionEnd(86.0, "warm", None, "", 1.0, "é\n"), IdleStart(86.2, "after", 10.0), IdleEnd(86.4, "after"),
    DrainStart(87.0, 3, 20.0), DrainEnd(88.0, 3, 2), RunEnd(89.0, "finished", ""),
)  # fmt: skip


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: event.name)
def test_an_event_that_was_written_is_read_again(event: Event) -> None:
    line = encode_event(event)
    assert line.endswith(b"}\n") and line.count(b"\n") == 1
    assert decode_event(line) == event
    assert list(as_mapping(event))[:2] == ["t", "event"]


def test_every_type_is_tried() -> None:
    assert [event.name for event in ONE_OF_EACH] == list(EVENTS)


def test_what_has_no_length_is_null() -> None:
    ramp = RampStart(14.0, 1, 20, 0, nan, nan, "load")
    line = encode_event(ramp)
    expected = b'"clients":20,"from":0,"ramp":null,"hold":null,"role":"load"}\n'
    assert line == b'{"t":14.0,"event":"ramp_start","step":1,' + expected
    again = decode_event(line)
    assert (
        isinstance(again, RampStart)
        and isnan(again.hold)
        and replace(again, ramp=0.0, hold=0.0) == replace(ramp, ramp=0.0, hold=0.0)
    )


def test_what_may_be_left_out_is() -> None:
    assert encode_event(DrainEnd(1.0, 3)) == b'{"t":1.0,"event":"drain_end","abandoned":3}\n'
    assert decode_event(b'{"t":1.0,"event":"drain_end","abandoned":3}') == DrainEnd(1.0, 3)


def test_an_event_of_another_version_is_kept() -> None:
    line = b'{"t":2.5,"event":"earthquake","magnitude":[5,{"unit":"Mw"}]}\n'
    event = decode_event(line)
    assert isinstance(event, UnknownEvent) and event.t == 2.5
    assert encode_event(event) == line
    assert decode_event(b'{"t":1.0,"event":"mark","mark":1,"new_key":true}') == Mark(1.0, 1), "a key of another version"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"t":1,"event":"hold_start","step":1}', "hold_start: clients is missing"),
        ('{"t":1,"event":"hold_start","step":"1","clients":2}', "hold_start: step is '1', and should be a valid integer"),
        ('{"event":"mark","mark":1}', "mark: t is missing"),
        ('{"event":"earthquake"}', "earthquake: t is missing"),
        ('{"t":1e999,"event":"mark","mark":1}', "mark: t is inf, and should be a finite number"),
        ('{"t":-1,"event":"watcher_lost"}', "watcher_lost: t is -1, and should be greater than or equal to 0"),
        ('{"t":5,"event":"rule","rule":"backlog","state":"awake"}', "rule: state is 'awake', and should be 'armed', "),
        ('{"t":5,"event":"run_start","stages":[{"clients":1,"ramp":0}]}', "run_start: stages.0.hold is missing"),
        ('{"t":5,"event":"signal","signal":["' + "x" * 200 + '"]}', "signal: signal is ['xxxxx"),
        ('{"t":NaN,"event":"mark","mark":1}', "not an event: {"),
        ('["mark"]', 'not an event: ["mark"]'),
        ('{"t":1,"event":7}', 'not an event: {"t":1,"event":7}'),
        ("[" * 100_000, "not an event: [[["),
        ("\x00", "not an event: "),
    ],
)  # fmt: skip
def test_a_line_that_is_no_event_is_named(line: str, said: str) -> None:
    with pytest.raises(BadEvent) as error:
        decode_event(line.encode())
    assert str(error.value).startswith(said)
    assert len(str(error.value)) < 200


def test_a_time_that_no_run_reaches_is_damage() -> None:
    with pytest.raises(BadEvent, match="mark: mark is 1000000000000.0, and should be less than or equal to 100000000"):
        decode_event(b'{"t":5.0,"event":"mark","mark":1e12}')
