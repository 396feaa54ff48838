"""The language of conditions."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from profiles.conditions import Condition, Names, parse_condition

NAMES = Names(
    endpoints=("submit", "status", "result"),
    kinds=("fetch", "sum-up"),
    tenants=("a", "b"),
    hosts=("target", "db.1"),
    processes=("service", "target"),
)


@pytest.mark.parametrize(
    ("text", "metric", "subject", "op", "value", "dimension"),
    [
        ("p95(status) < 200ms", "p95", "status", "<", 0.2, "seconds"),
        ("  p99.9( submit )<=2s ", "p99.9", "submit", "<=", 2, "seconds"),
        ("error_rate(job) > 1 %", "error_rate", "job", ">", 0.01, "share"),
        ("error_rate(job) > 0.01", "error_rate", "job", ">", 0.01, "share"),
        ("completed_rate >= 10/s", "completed_rate", "job", ">=", 10, "rate"),
        ("rate(result) > 10", "rate", "result", ">", 10, "rate"),
        ("mean(queue) < 5m", "mean", "queue", "<", 300, "seconds"),
        ("max_over_mean(processing) < 4", "max_over_mean", "processing", "<", 4, "number"),
        ("byte_rate(submit) < 2 MB/s", "byte_rate", "submit", "<", 2e6, "bytes"),
        ("load1(target) > 3.0", "load1", "target", ">", 3, "number"),
        ("load1(db.1) > 3.0", "load1", "db.1", ">", 3, "number"),
        ("cpu(target) > 80%", "cpu", "target", ">", 0.8, "share"),
        ("rss(service) > 1 GiB", "rss", "service", ">", 1024**3, "bytes"),
        ("net_received(target) > 10 MB/s", "net_received", "target", ">", 1e7, "bytes"),
        ("net_sent(db.1) > 1 KiB", "net_sent", "db.1", ">", 1024, "bytes"),
        ("disk_written(target) < 50MB/s", "disk_written", "target", "<", 5e7, "bytes"),
        ("disk_used(target) < 90 %", "disk_used", "target", "<", 0.9, "share"),
        ("cpu(service) < 2", "cpu", "service", "<", 2, "share"),
        ("error_rate(job) < 100 %", "error_rate", "job", "<", 1, "share"),
        ("fds(target) > 500", "fds", "target", ">", 500, "number"),
        ("lag(generator) > 50ms", "lag", "generator", ">", 0.05, "seconds"),
        ("in_flight > 100", "in_flight", "job", ">", 100, "number"),
    ],
)
def test_conditions(text: str, metric: str, subject: str, op: str, value: float, dimension: str) -> None:
    parsed = parse_condition(text, NAMES)
    assert (parsed.text, parsed.metric, parsed.subject, parsed.op) == (text.strip(), metric, subject, op)
    assert (parsed.value, parsed.dimension) == (pytest.approx(value), dimension)


def test_an_increase_is_measured_as_its_metric_is() -> None:
    parsed = parse_condition("increase( rss(service) ) < 500MB", NAMES)
    assert (parsed.increase, parsed.metric, parsed.subject, parsed.value, parsed.dimension) == (
        True,
        "rss",
        "service",
        5e8,
        "bytes",
    )
    assert not parse_condition("rss(service) < 500MB", NAMES).increase


def test_the_largest_and_the_least_sample() -> None:
    parsed = parse_condition("max(rss(service)) < 2 GB", NAMES)
    assert (parsed.taken, parsed.metric, parsed.subject, parsed.value) == ("max", "rss", "service", 2e9)
    assert parse_condition("min(fds(service)) > 5", NAMES).taken == "min"
    assert parse_condition("max(job) < 2s", NAMES).taken == parse_condition("rss(service) < 2 GB", NAMES).taken == "mean"


@pytest.mark.parametrize(
    ("text", "calm", "not_calm"),
    [("load1(target) > 3", 2.4, 2.5), ("rate >= 10/s", 8, 8.1), ("rate < 8/s", 10, 9.9), ("error_rate > 0 %", 0, 0.1)],
)
def test_well_below_the_limit(text: str, calm: float, not_calm: float) -> None:
    condition = parse_condition(text, NAMES)
    assert condition.calm(calm, 0.8) and not condition.calm(not_calm, 0.8)
    assert condition.calm(math.nan, 0.8)


def test_subjects_are_narrowed() -> None:
    assert parse_condition("p50(job) < 1s", NAMES).filters == ()
    assert parse_condition("p50(job{ kind = sum-up ,tenant=a}) < 1s", NAMES).filters == (("kind", "sum-up"), ("tenant", "a"))
    assert parse_condition("p50(queue{}) < 1s", NAMES).filters == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a condition; write METRIC(SUBJECT) OP VALUE"),
        ("p95(status)", "is not a condition"),
        ("p95(status) == 1s", "is not a condition"),
        ("p95(status < 1s", "is not a condition"),
        (
            "p95(nope) < 1s",
            "speaks of 'nope', which nothing here is called; allowed: submit, status, result, requests, job, queue,",
        ),
        ("zap(job) < 1s", "'job' has no metric 'zap'; allowed: p50"),
        ("growth(status) < 1", "'status' has no metric 'growth'"),
        ("rate(queue) < 1/s", "'queue' has no metric 'rate'"),
        ("rss(db.1) < 1 GB", "'db.1' has no metric 'rss'; allowed: load1"),
        ("load1(service) < 1", "'service' has no metric 'load1'; allowed: cpu"),
        ("rate(job) < 1s", "rate is measured in rate, not in seconds"),
        ("p95(job) < 200", "p95 needs a unit of time"),
        ("p95(job) < -3s", "p95 is never below 0"),
        ("rss(service) < 2", 'rss needs a unit of size, as in "500 MB"'),
        ("cpu(target) < 80", "cpu is a share, and 80 without a unit is 8,000 %; write 80 %"),
        ("error_rate(job) < 1", "error_rate is a share, and 1 without a unit is 100 %; write 1 %"),
        ("error_rate(job) < 150 %", "error_rate lies between 0 % and 100 %"),
        ("increase(p95(job)) < 1s", "increase(…) is of a watched machine or process; allowed: target, db.1, service,"),
        ("max(p95(job)) < 1s", "max(…) is of a watched machine or process; allowed: target, db.1, service,"),
        ("max(rss) < 1 GB", "speaks of 'rss', which nothing here is called"),
        ("increase(nap(service)) < 1", "'service' has no metric 'nap'; allowed: cpu"),
        ("increase(rss) < 1 MB", "'job' has no metric 'rss'"),
        ("p95(job) < fast", "'fast' is not a number with a unit"),
        ("p95(job) < 5 lightyears", "'lightyears' is not a unit; allowed: %, /s, ms"),
        ("p95(job{kind=x}) < 1s", "no kind 'x'; allowed: fetch, sum-up"),
        ("p95(job{kind}) < 1s", "no kind ''; allowed: fetch, sum-up"),
        ("p95(job{colour=red}) < 1s", "a subject is narrowed by kind or tenant, not by 'colour'"),
        ("lag(generator{kind=fetch}) > 1s", "'generator' has no kinds or tenants to be narrowed by"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_condition(text, NAMES)
    assert said in str(caught.value)


PIECES = st.sampled_from(
    ["p95", "cpu", "rate", "(", ")", "{", "}", "job", "status", "target", "kind", "=", "fetch", ",", "<", ">=", "1s", "5", "%"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(" ".join)))
@example("p95(job) < 1" + "0" * 400 + "s")
def test_any_text_parses_or_is_a_value_error(text: str) -> None:
    try:
        assert isinstance(parse_condition(text, NAMES), Condition)
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(("op", "below", "equal", "above"), [("<", 1, 0, 0), ("<=", 1, 1, 0), (">", 0, 0, 1), (">=", 0, 1, 1)])
def test_holds(op: str, below: int, equal: int, above: int) -> None:
    condition = parse_condition(f"load1(target) {op} 3", NAMES)
    assert [condition.holds(value) for value in (2.9, 3.0, 3.1)] == [below, equal, above]
    assert not condition.holds(math.nan)
