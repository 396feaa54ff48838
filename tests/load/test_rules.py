"""The stop rules on synthetic rows: each fires for what it watches, stays silent otherwise, and never depends on how rows come."""

import heapq
import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load.arrivals import due_times
from profiles import Profile
from report.evaluator import Evaluator, RuleChange, effective_stops
from report.rows import JobRow, RequestRow, SampleRow, encode_job, encode_request, encode_sample
from report.rules import SAMPLES_LAST
from report.steps import Step
from report.tables import read_jobs, read_requests, read_samples

Row = RequestRow | JobRow | SampleRow


def feed(evaluator: Evaluator, rows: Iterable[Row]) -> None:
    """Rows as they arrive from a worker: encoded, read back, added."""
    history, parts = evaluator.history, {RequestRow: "", JobRow: "", SampleRow: ""}
    for row in rows:
        encode: Any = {RequestRow: encode_request, JobRow: encode_job, SampleRow: encode_sample}[type(row)]
        parts[type(row)] += encode(row)
    history.add_requests(read_requests(parts[RequestRow].encode(), has_header=False))
    history.add_jobs(read_jobs(parts[JobRow].encode(), has_header=False))
    history.add_samples(read_samples(parts[SampleRow].encode(), has_header=False))


def held(*clients: int, seconds: float = 60.0) -> tuple[Step, ...]:
    """Steps held one after another without ramps."""
    return tuple(
        Step(number, n, (number - 1) * seconds, (number - 1) * seconds, number * seconds, planned=seconds)
        for number, n in enumerate(clients, 1)
    )


def judge(profile: Profile, rows: Iterable[Row], steps: Sequence[Step], until: float | None = None) -> list[RuleChange]:
    evaluator = Evaluator(profile)
    feed(evaluator, rows)
    return list(evaluator.advance(steps[-1].hold[1] + 1 if until is None else until, steps))  # type: ignore[index]


def told(changes: Iterable[RuleChange]) -> list[tuple[str, str, int]]:
    return [(change.rule, change.state, change.at) for change in changes]


def request(t: float, seconds: float = 0.01, endpoint: str = "status", ok: bool = True, error: str = "", number: int = 1) -> RequestRow:
    """A request that completed at `t`."""
    code = 200 if ok else 500
    return RequestRow(f"1-{number}", t - seconds, t - seconds, seconds, 1, endpoint, "sum", "a", code, ok, "", 100, error)


def job(t: float, took: float = 1.0, outcome: Any = "succeeded", error: str = "") -> JobRow:
    """A job that ended at `t`."""
    due, done = t - took, t if outcome in ("succeeded", "failed") else None
    return JobRow("1-1", "x", "sum", "a", 1, due, due, due, due, done, t, None, None, None, outcome, 1, 10, 90, error)


def load1(t: float, value: float) -> SampleRow:
    return SampleRow(t, "target", "load1", value)


@pytest.fixture
def with_stops(profile_with: Callable[..., Profile]) -> Callable[..., Profile]:
    """A profile of a steady load, so that no rule is added unasked, with these stop conditions."""

    def profile(*stops: dict[str, Any], **tables: Any) -> Profile:
        return profile_with(**{"load": {"shape": "hold", "clients": 10, "hold": "60s"}, "stop": list(stops), **tables})

    return profile


def test_one_error_is_enough_where_none_is_tolerated(with_stops: Any) -> None:
    rows = [*(request(t + 0.5) for t in range(60)), request(20.5, ok=False, error="HTTP 500")]
    (change,) = judge(with_stops({"rule": "errors", "tolerate": 0.0}), rows, held(10))
    assert (change.rule, change.state, change.at, change.step, change.clients) == ("errors", "fired", 21, 1, 10)
    assert change.values == {"subject": "status", "failed": 1, "of": 22, "tolerate": 0.0, "cause": "HTTP 500"}


@pytest.mark.parametrize("outcome", ["failed", "rejected", "errored", "lost", "timed_out"])
def test_a_job_that_did_not_succeed_is_an_error(with_stops: Any, outcome: str) -> None:
    changes = judge(with_stops({"rule": "errors", "tolerate": 0.0}), [job(5.2, outcome=outcome, error="why")], held(10))
    assert told(changes) == [("errors", "fired", 6)]
    assert (changes[0].values["subject"], changes[0].values["cause"]) == ("job", "why")


@pytest.mark.parametrize(
    ("bad", "good", "fires"),
    [(5, 0, False), (6, 0, True), (5, 500, False), (25, 475, False), (26, 474, True), (0, 500, False)],
)
def test_a_share_of_errors_is_tolerated(with_stops: Any, bad: int, good: int, fires: bool) -> None:
    rows = [request(5.5, ok=number >= bad) for number in range(bad + good)]
    changes = judge(with_stops({"rule": "errors", "tolerate": 0.05}), rows, held(10))
    assert told(changes) == ([("errors", "fired", 6)] if fires else [])


def test_polls_do_not_dilute_failed_submits(with_stops: Any) -> None:
    rows = [request(5.5) for _ in range(5000)] + [request(5.5, endpoint="submit", ok=n > 9) for n in range(100)]
    (change,) = judge(with_stops({"rule": "errors", "tolerate": 0.05}), rows, held(10))
    assert (change.values["subject"], change.values["failed"], change.values["of"]) == ("submit", 10, 100)


def test_errors_of_more_than_a_minute_ago_are_forgotten(with_stops: Any) -> None:
    rows = [request(t, ok=False) for t in (1.5, 2.5, 3.5, 63.5, 64.5, 65.5)]
    assert judge(with_stops({"rule": "errors", "tolerate": 0.05}), rows, held(10, seconds=120)) == []
    assert judge(with_stops({"rule": "errors", "tolerate": 0.05}, method={"min_jobs": 50}), rows, held(10, seconds=120))


def completions(*rates: float, seconds: int = 60) -> list[JobRow]:
    """So many jobs per second in one step after another, evenly."""
    return [
        job(step * seconds + (n + 0.5) / rate)
        for step, rate in enumerate(rates)
        for n in range(round(rate * seconds))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("clients", "rates", "fired_at"),
    [
        ((10, 20, 30), (10, 20, 30), None),
        ((10, 20, 30), (10, 20, 20.5), 180),
        ((10, 20, 30), (10, 20, 15), 180),
        ((10, 20, 30, 40), (10, 20, 19, 19), 180),
        ((10, 20, 30), (10, 20, 22), None),
        ((20, 21), (20, 20), None),
        ((10, 40, 20), (10, 20, 20), None),
        ((10,), (10,), None),
        ((10, 20), (2, 2), None),
        ((10, 20, 30), (10, 20, 0.1), 180),
    ],
)
def test_a_plateau(with_stops: Any, clients: Any, rates: Any, fired_at: int | None) -> None:
    changes = judge(with_stops({"rule": "plateau"}), completions(*rates), held(*clients))
    assert told(changes) == ([("plateau", "fired", fired_at)] if fired_at else [])
    if changes:
        assert changes[0].values["best_rate"] == pytest.approx(20, rel=0.03)
        assert changes[0].values["best_clients"] == 20


def test_a_step_that_was_cut_short_is_no_plateau(with_stops: Any) -> None:
    first, second = held(10, 20)
    cut = Step(second.number, second.clients, second.ramp_start, second.hold_start, second.hold_end, cut=True, planned=60.0)
    assert judge(with_stops({"rule": "plateau"}), completions(10, 10), (first, cut)) == []


def spread(steps: Sequence[tuple[float, float]], rng: random.Random, sigma: float = 0.3, seconds: int = 60) -> list[Row]:
    """Requests and jobs at 20 per second whose times scatter around (request, job) seconds, step by step."""
    rows: list[Row] = []
    for step, (request_time, job_time) in enumerate(steps):
        for n in range(20 * seconds):
            t = step * seconds + n / 20 + 0.01
            rows.append(request(t, request_time * rng.lognormvariate(0, sigma)))
            rows.append(job(t, job_time * rng.lognormvariate(0, sigma)))
    return rows


def test_times_that_rise_by_three_are_noticed(with_stops: Any) -> None:
    rule, rng = {"rule": "latency-rise"}, random.Random(1)
    rose = judge(with_stops(rule), spread([(0.1, 4), (0.3, 4)], rng), held(10, 20))
    assert told(rose) == [("latency-rise", "armed", 70), ("latency-rise", "fired", 90)]
    assert (rose[1].values["subject"], rose[1].values["windows"]) == ("status", 3)
    assert rose[1].values["p95"] > rose[1].values["limit"] == pytest.approx(2 * rose[1].values["baseline"])
    jobs = judge(with_stops(rule), spread([(0.1, 4), (0.1, 12)], rng), held(10, 20))
    assert (jobs[-1].state, jobs[-1].values["subject"]) == ("fired", "job")


def test_times_that_scatter_are_no_rise(with_stops: Any) -> None:
    for seed in range(4):
        rows = spread([(0.1, 4), (0.12, 4.5), (0.14, 5)], random.Random(seed), sigma=0.6)
        assert judge(with_stops({"rule": "latency-rise"}), rows, held(10, 20, 30)) == []


def test_a_rise_that_nobody_feels_is_none(with_stops: Any) -> None:
    rows = spread([(0.005, 4), (0.02, 4)], random.Random(1))
    assert judge(with_stops({"rule": "latency-rise"}), rows, held(10, 20)) == []


def test_the_first_step_has_nothing_to_be_compared_with(with_stops: Any) -> None:
    rows = spread([(3.0, 40)], random.Random(1))
    assert judge(with_stops({"rule": "latency-rise"}), rows, held(10)) == []


def test_a_rise_between_two_windows_starts_anew(with_stops: Any) -> None:
    rng = random.Random(1)
    rows = spread([(0.1, 4)] * 6 + [(0.3, 4)] * 2 + [(0.1, 4)] + [(0.3, 4)] * 2 + [(0.1, 4)], rng, seconds=10)
    changes = judge(with_stops({"rule": "latency-rise"}), rows, held(10, 20))
    assert [(state, at) for _, state, at in told(changes)] == [("armed", 70), ("cleared", 90), ("armed", 100), ("cleared", 120)]


CONDITION = {"when": "load1(target) > 3.0", "for": "5s"}


def states(changes: Iterable[RuleChange]) -> list[tuple[str, int]]:
    return [(change.state, change.at) for change in changes]


def test_a_condition_fires_when_it_has_held(with_stops: Any) -> None:
    rows = [load1(t + 0.5, 4.0 if t >= 10 else 1.0) for t in range(60)]
    changes = judge(with_stops(CONDITION), rows, held(10))
    assert states(changes) == [("armed", 11), ("fired", 15)]
    assert changes[1].rule == "load1(target) > 3.0"
    assert changes[1].values == {"value": 4.0, "limit": 3.0, "unit": "number", "for": 5.0, "held": 5}


def test_a_condition_that_stops_holding_starts_anew(with_stops: Any) -> None:
    rows = [load1(t + 0.5, 4.0 if t not in (3, 9, 10) else 3.0) for t in range(20)]
    changes = judge(with_stops(CONDITION), rows, held(10))
    assert states(changes) == [
        ("armed", 1), ("cleared", 4), ("armed", 5), ("fired", 9),
    ]  # fmt: skip


def test_a_condition_without_delay_fires_at_once_and_only_once(with_stops: Any) -> None:
    rows = [load1(t + 0.5, 4.0) for t in range(20)]
    assert states(judge(with_stops({**CONDITION, "for": "0s"}), rows, held(10))) == [("fired", 1)]


@pytest.mark.parametrize("missing", range(1, SAMPLES_LAST + 3))
def test_a_sample_stands_for_a_few_seconds_that_lack_one(with_stops: Any, missing: int) -> None:
    rows = [load1(t + 0.5, 4.0) for t in range(40) if not 3 <= t < 3 + missing]
    changes = states(judge(with_stops({**CONDITION, "for": "10s"}), rows, held(10)))
    if missing < SAMPLES_LAST:
        assert changes[:2] == [("armed", 1), ("fired", 10)]
    else:
        back = 3 + missing + 1
        assert changes[:4] == [("armed", 1), ("cleared", 3 + SAMPLES_LAST), ("armed", back), ("fired", back + 9)]


def test_without_samples_nothing_is_known(with_stops: Any) -> None:
    stops = [CONDITION, {"when": "load1(target) < 3.0", "for": "1s"}, {"when": "p95(status) < 9s", "for": "1s"}]
    assert judge(with_stops(*stops), [SampleRow(1.0, "elsewhere", "load1", 9.0)], held(10)) == []


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
        ("armed", "note"), ("armed", "stop"), ("fired", "note"), ("fired", "stop"),
    ]  # fmt: skip
    event = changes[2].event(5.25)
    assert (event["t"], event["event"], event["then"], event["at"], event["state"]) == (5.25, "rule", "note", 5, "fired")


def queued(rate: float, arrivals: Any, rng: random.Random, seconds: float = 60.0, servers: int = 8) -> list[Row]:
    """What a service of 20 jobs/s records of clients that submit every 5 s: first come, first served, polled each second."""
    streams = [due_times(arrivals, 0.0, 5.0, rng) for _ in range(round(rate * 5))]
    dues = sorted(due for stream in streams for due in itertools.takewhile(lambda due: due <= seconds, stream))
    free: list[float] = [0.0] * servers
    rows: list[Row] = []
    for number, due in enumerate(dues, 1):
        done = max(due, heapq.heappop(free)) + rng.uniform(0.2, 0.6)
        heapq.heappush(free, done)
        rows += [request(due + 0.003, 0.003, "submit", number=number), job(done + rng.random(), done - due)]
    return rows


def test_a_steady_load_is_no_backlog(with_stops: Any) -> None:
    profile = with_stops({"rule": "backlog"}, method={"window": "20s"})
    fired = [
        (arrivals, seed, change.values)
        for arrivals in ("even", "poisson")
        for seed in range(60)
        for change in judge(profile, queued(16, arrivals, random.Random(seed)), held(80))
        if change.state == "fired"
    ]
    assert len(fired) <= 2, fired


@pytest.mark.parametrize("arrivals", ["even", "poisson"])
def test_an_overload_is_a_backlog_within_a_minute(with_stops: Any, arrivals: str) -> None:
    profile = with_stops({"rule": "backlog"}, method={"window": "20s"})
    for seed in range(20):
        changes = judge(profile, queued(24, arrivals, random.Random(seed)), held(120))
        assert changes and changes[-1].state == "fired" and changes[-1].at <= 60, seed
        values = changes[-1].values
        assert values["growth"] > values["allowed"] and values["in_flight"] >= values["growth"]


def test_submits_without_a_reply_are_a_backlog_too(with_stops: Any) -> None:
    """30 jobs/s arrive on two workers, but only 20 submits/s get their reply: rows alone show no job too many."""
    rows: list[Row] = [
        row
        for n in range(20 * 60)
        for t in [n / 20 + 0.01]
        for row in (request(t, endpoint="submit", number=n), job(t + 0.2))
    ]
    profile = with_stops({"rule": "backlog"}, method={"window": "20s"})
    assert judge(profile, rows, held(30)) == []
    rows += [SampleRow(t + 0.3, f"generator-{worker}", "jobs", 5.0 * t) for t in range(60) for worker in (1, 2)]
    changes = judge(profile, rows, held(30))
    assert [change.state for change in changes] == ["armed", "fired"]
    values = changes[-1].values
    assert (values["growth"], values["arrivals"]) == (200, 600)
    assert values["in_flight"] == 10 * (changes[-1].at - 1)


def test_a_backlog_is_no_matter_of_clients_that_wait(with_stops: Any) -> None:
    rows = queued(24, "even", random.Random(1))
    for mode in ("paced", "think"):
        assert judge(with_stops({"rule": "backlog"}, clients={"mode": mode}), rows, held(120)) == []


def test_a_stepping_load_of_open_clients_watches_its_backlog_unasked(profile_with: Callable[..., Profile]) -> None:
    def rules(**tables: Any) -> list[str]:
        return [stop.label for stop in effective_stops(profile_with(**tables))]

    assert rules() == ["backlog"]
    assert rules(stop=[{"rule": "backlog"}, {"rule": "errors"}]) == ["backlog", "errors"]
    assert rules(clients={"mode": "think"}) == rules(load={"shape": "hold", "clients": 1}) == []


def rounded(change: RuleChange) -> Any:
    values = {key: round(value, 9) if isinstance(value, float) else value for key, value in change.values.items()}
    return change.rule, change.state, change.then, change.at, change.step, change.clients, values


def busy_run(seed: int) -> list[Row]:
    """Twenty seconds in which every rule has something to say."""
    rng = random.Random(seed)
    rows: list[Row] = queued(30, "poisson", rng, seconds=20.0)
    rows += [request(rng.uniform(0, 20), rng.expovariate(10), ok=rng.random() > 0.03, error="HTTP 500") for _ in range(600)]
    rows += [load1(t + 0.3, rng.uniform(2, 5)) for t in range(20)]
    return rows


def test_decisions_do_not_depend_on_how_rows_come(profile_with: Callable[..., Profile]) -> None:
    """In any order and any chunks, judged whenever a second is complete: as if all had been there from the start."""
    names = ("errors", "plateau", "latency-rise", "backlog")
    conditions = [{"when": "load1(target) > 3.0", "for": "2s"}, {"when": "p95(status) > 250ms", "for": "1s", "then": "note"}]
    profile = profile_with(
        stop=[*({"rule": name} for name in names), *conditions], method={"window": "3s", "min_jobs": 20}
    )
    steps = held(10, 20, seconds=10.0)
    runs = [busy_run(seed) for seed in range(3)]
    wanted = [judge(profile, rows, steps) for rows in runs]
    assert {change.state for changes in wanted for change in changes} == {"armed", "cleared", "fired"}

    @settings(deadline=None, max_examples=30)
    @given(st.sampled_from([0, 1, 2]), st.integers(0, 2**32))
    def play(run: int, seed: int) -> None:
        rng, evaluator = random.Random(seed), Evaluator(profile)
        found: list[RuleChange] = []
        rows = rng.sample(runs[run], len(runs[run]))
        for mark in sorted({*rng.sample(range(1, 21), 5), 21}):
            early = {n for n, row in enumerate(rows) if completed(row) < mark or rng.random() < 0.2}
            ready = [rows[n] for n in early]
            rows = [row for n, row in enumerate(rows) if n not in early]
            while ready:
                size = rng.randrange(1, len(ready) + 1)
                feed(evaluator, ready[:size])
                ready = ready[size:]
            known = [replace(s, hold_end=None) if s.seconds > mark - s.ramp_start else s for s in steps if s.ramp_start < mark]
            found += evaluator.advance(mark + rng.random() * 0.99, known)
        assert [rounded(change) for change in found] == [rounded(change) for change in wanted[run]]
        assert evaluator.history.late_rows == 0

    play()


def completed(row: Row) -> float:
    if isinstance(row, RequestRow):
        return row.sent + row.seconds
    return row.ended if isinstance(row, JobRow) else row.t


def test_rows_that_come_too_late_are_counted_and_left_out(with_stops: Any) -> None:
    evaluator = Evaluator(with_stops({"rule": "errors", "tolerate": 0.0}))
    assert list(evaluator.advance(10, held(10))) == []
    feed(evaluator, [request(9.5, ok=False), request(10.5), job(3.0, outcome="failed")])
    assert list(evaluator.advance(20, held(10))) == []
    assert evaluator.history.late_rows == 2


def test_jobs_in_flight_are_counted_by_kind_and_tenant(with_stops: Any) -> None:
    evaluator = Evaluator(with_stops())
    feed(evaluator, [request(t + 0.5, endpoint="submit") for t in range(9)] + [job(t + 0.5) for t in range(4)])
    list(evaluator.advance(20, held(10)))
    assert dict(evaluator.history.in_flight) == {("sum", "a"): 5}
    window = evaluator.history.window(15)
    assert (window.start, window.end, dict(window.in_flight)) == (5.0, 20.0, {("sum", "a"): 1})
    assert np.count_nonzero(window.requests["endpoint"] == "submit") == 4


@pytest.mark.parametrize(
    ("clients", "rates", "fired_at"),
    [
        pytest.param((10, 20, 30, 40), (10, 20, 12, 11), 240, id="two steps far below the best"),
        pytest.param((10, 20, 30, 40), (10, 20, 12, 19), None, id="one step only"),
        pytest.param((10, 20, 30, 40), (10, 20, 19, 19), None, id="within ten percent"),
        pytest.param((40, 30, 20, 10), (20, 12, 11, 10), None, id="fewer clients bring less: no fall"),
    ],
)
def test_a_fall(with_stops: Any, clients: tuple[int, ...], rates: tuple[float, ...], fired_at: int | None) -> None:
    changes = judge(with_stops({"rule": "fall"}), completions(*rates), held(*clients))
    assert [change.at for change in changes if change.state == "fired"] == ([fired_at] if fired_at else [])


def test_silence_while_jobs_are_in_flight_is_a_stall(with_stops: Any) -> None:
    rows = [request(t + 0.5, endpoint="submit") for t in range(20)]
    changes = judge(with_stops({"rule": "stalled"}), rows, held(10))
    assert told(changes) == [("stalled", "armed", 25), ("stalled", "fired", 30)]
    assert changes[-1].values == {"silent": 10, "in_flight": 20}


def test_silence_with_nothing_in_flight_is_calm(with_stops: Any) -> None:
    rows: list[Row] = [request(1.5, endpoint="submit"), job(2.5)]
    assert judge(with_stops({"rule": "stalled"}), rows, held(10)) == []
