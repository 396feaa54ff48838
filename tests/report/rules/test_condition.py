"""Stop conditions in a profile's own words."""

from typing import Any

import pytest

from report.recording.rows import SampleRow
from report.rules.condition import SAMPLES_LAST
from tests.judging import held, job, judge, load1, request, states

CONDITION = {"when": "load1(target) > 3.0", "for": "5s"}


def test_a_condition_fires_when_it_has_held(with_stops: Any) -> None:
    rows = [load1(t + 0.5, 4.0 if t >= 10 else 1.0) for t in range(60)]
    changes = judge(with_stops(CONDITION), rows, held(10))
    assert states(changes) == [("armed", 11), ("fired", 15)]
    assert changes[1].rule == "load1(target) > 3.0"
    assert changes[1].values == {
        "value": 4.0,
        "limit": 3.0,
        "unit": "number",
        "n": 1,
        "seconds": 1,
        "silent": 0,
        "for": 5.0,
        "held": 5,
    }


def test_a_condition_that_stops_holding_starts_anew(with_stops: Any) -> None:
    rows = [load1(t + 0.5, 4.0 if t not in (3, 9, 10) else 2.9) for t in range(20)]
    changes = judge(with_stops(CONDITION), rows, held(10))
    assert states(changes) == [("armed", 1), ("fired", 9)], "2.9 is not well below 3.0, so it stays armed"


def test_a_condition_is_cleared_when_it_is_well_below_its_limit_for_two_windows(with_stops: Any) -> None:
    rows = [
        load1(t + 0.5, {10: 2.4, 20: 2.4, 21: 2.4, 30: 2.5, 31: 2.5}.get(t, 4.0 if t in (5, 15, 25) else 2.9)) for t in range(62)
    ]
    assert states(judge(with_stops(CONDITION), rows, held(10))) == [("armed", 6), ("cleared", 22), ("armed", 26)]
    small = [load1(t + 0.5, 1.0 if t < 5 else 3.6 if t < 15 else 3.8) for t in range(30)]
    assert states(judge(with_stops({"when": "load1(target) < 3", "for": "9s"}), small, held(10))) == [
        ("armed", 1),
        ("cleared", 17),
    ]


def test_a_condition_without_delay_fires_at_once_and_only_once(with_stops: Any) -> None:
    rows = [load1(t + 0.5, 4.0) for t in range(20)]
    assert states(judge(with_stops({**CONDITION, "for": "0s"}), rows, held(10))) == [("fired", 1)]


@pytest.mark.parametrize("missing", range(1, SAMPLES_LAST + 3))
def test_a_sample_stands_for_a_few_seconds_that_lack_one(with_stops: Any, missing: int) -> None:
    rows = [load1(t + 0.5, 4.0) for t in range(40) if not 3 <= t < 3 + missing]
    changes = states(judge(with_stops({**CONDITION, "for": "10s"}), rows, held(10)))
    if missing < SAMPLES_LAST:
        assert changes == [("armed", 1), ("fired", 10)]
    else:
        back = 3 + missing + 1
        cleared = [("cleared", 4 + SAMPLES_LAST), ("armed", back)] if missing > SAMPLES_LAST else []
        assert changes == [("armed", 1), *cleared, ("fired", back + 9)], "two seconds of nothing clear it"


def test_without_samples_nothing_is_known(with_stops: Any) -> None:
    stops = [CONDITION, {"when": "load1(target) < 3.0", "for": "1s"}, {"when": "p95(status) < 9s", "for": "1s"}]
    assert judge(with_stops(*stops), [SampleRow(1.0, "elsewhere", "load1", 9.0)], held(10)) == []


@pytest.mark.parametrize(("missing", "fired_at"), [("false", 40), ("skip", 34), ("true", 21)])
def test_what_nothing_means_is_said_in_the_profile(with_stops: Any, missing: str, fired_at: int) -> None:
    """4.0 until second 10, then nothing for 15 s (the last sample stands for 3), then 4.0 again: 20 s are asked for."""
    rows = [load1(t + 0.5, 4.0) for t in range(45) if not 10 <= t < 25]
    changes = judge(with_stops({**CONDITION, "for": "15s" if missing == "false" else "21s", "missing": missing}), rows, held(10))
    assert (changes[-1].state, changes[-1].at) == ("fired", fired_at)


def test_a_hang_is_a_verdict_where_it_is_asked_for(with_stops: Any) -> None:
    """No job ends any more: p95 is not known, and `missing = "true"` calls that bad."""
    rows = [job(t + n / 10) for t in range(30) for n in range(10)]
    slow = {"when": "p95(job) > 9s", "over": "10s", "for": "5s"}
    assert judge(with_stops(slow), rows, held(10)) == []
    (change,) = (c for c in judge(with_stops({**slow, "missing": "true"}), rows, held(10)) if c.state == "fired")
    assert (change.at, change.values["value"], change.values["silent"]) == (35, None, 5), "fewer than 100 jobs in 10 s from 31 on"


def test_over_pools_the_whole_window(with_stops: Any) -> None:
    """2 s of slow jobs in each 10 s: the median of a second is high at times, that of 20 s never."""
    rows = [job(t + n / 10, took=9.0 if t % 10 < 2 else 1.0) for t in range(60) for n in range(10)]
    fired = {
        over: states(judge(with_stops({"when": "p50(job) > 5s", "over": over, "least": 10}), rows, held(10)))
        for over in ("1s", "20s")
    }
    assert fired == {"1s": [("fired", 1)], "20s": []}
    early = states(judge(with_stops({"when": "mean(job) > 2s", "over": "20s"}), rows, held(10)))
    assert early == [("fired", 20)], "a window that isn't whole is not judged"


def test_k_of_n_windows(with_stops: Any) -> None:
    """Windows of 5 s lie apart: over in the 2nd, 4th, 5th and 6th."""
    rows = [load1(t + 0.5, 4.0 if t // 5 in (1, 3, 4, 5) else 1.0) for t in range(60)]
    condition = {"when": "load1(target) > 3.0", "over": "5s"}
    changes = judge(with_stops({**condition, "of": "3 of 4"}), rows, held(10))
    assert states(changes)[-1] == ("fired", 25)
    assert {key: changes[-1].values[key] for key in ("wanted", "of", "true", "seconds")} == {
        "wanted": 3,
        "of": 4,
        "true": 3,
        "seconds": 5,
    }
    assert states(judge(with_stops({**condition, "of": "4 of 4"}), rows, held(10)))[-1][0] == "cleared"


def test_a_few_rows_decide_nothing(with_stops: Any) -> None:
    rows = [job(t + 0.5, took=9.0) for t in range(60)]
    slow = {"when": "p95(job) > 5s", "for": "1s"}
    assert states(judge(with_stops(slow), rows, held(10))) == [], "100 jobs do not come within the time that is kept"
    assert states(judge(with_stops({**slow, "least": 30}), rows, held(10))) == [("fired", 30)], "the window grows until it has 30"
    assert states(judge(with_stops({**slow, "least": 30, "over": "20s"}), rows, held(10))) == [], (
        "or stays as long as it is said to be"
    )
    assert states(judge(with_stops({"when": "max(job) > 5s", "for": "1s"}), rows, held(10))) == [("fired", 1)], (
        "one is enough for a maximum"
    )


def test_an_increase(with_stops: Any) -> None:
    """200 MB more in 20 s, from second 20 on."""
    rows = [SampleRow(t + 0.5, "target", "memory", 0.2 + max(0, t - 20) / 100) for t in range(60)]
    changes = judge(with_stops({"when": "increase(memory(target)) > 10 %", "over": "20s"}), rows, held(10))
    assert states(changes) == [("fired", 32)]
    assert changes[0].values["value"] == pytest.approx(0.11, abs=0.011)
    assert judge(with_stops({"when": "increase(memory(target)) > 20 %", "over": "20s"}), rows, held(10)) == []


def test_a_condition_on_rows_looks_at_the_methods_window(with_stops: Any) -> None:
    profile = with_stops({"when": "error_rate(status) > 10 %", "for": "3s"}, method={"window": "10s"})
    rows = [request(t + n / 10, ok=t != 20) for t in range(60) for n in range(10)]
    changes = judge(profile, rows, held(10))
    assert changes == [], "one second of errors in ten is 10 %, not more"
    changes = judge(profile, [*rows, request(20.5, ok=False)], held(10))
    assert states(changes) == [("armed", 21), ("fired", 23)]


def test_a_note_is_a_note(with_stops: Any) -> None:
    rows = [load1(t + 0.5, 4.0) for t in range(20)]
    changes = judge(with_stops({**CONDITION, "then": "note"}, CONDITION), rows, held(10))
    assert [(change.state, change.then) for change in changes] == [
        ("armed", "note"), ("armed", "stop"), ("fired", "note"), ("fired", "stop"), ("cleared", "note"),
    ]  # fmt: skip
    event = changes[2].event(5.25)
    assert (event.t, event.name, event.then, event.at, event.state) == (5.25, "rule", "note", 5, "fired")
