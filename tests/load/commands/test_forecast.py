"""What is said before the first job."""

import pytest

from load.commands.forecast import completions_line, unjudged_line
from profiles import load_profile


@pytest.mark.parametrize(
    ("profile", "overrides", "said"),
    [
        ("stepping", [], "A step completes about 4,560 to 45,600 jobs if the service keeps up."),
        ("smoke", ["load.clients=10", "load.hold=60s"], "A step completes about 400 jobs if the service keeps up."),
        ("smoke", ["load.clients=1000", "load.hold=10m"], ""),
        ("batch", [], ""),
    ],
)
def test_how_sure_throughput_can_be(profile: str, overrides: list[str], said: str) -> None:
    line = completions_line(load_profile(profile, overrides)[0])
    assert line.startswith(said) and bool(line) == bool(said)
    assert not said or ("from 170 jobs" in line and "to 9,604" in line)


@pytest.mark.parametrize(
    ("limit", "few"),
    [
        ("p95(job) < 1s", ""),
        ("p99(job) < 1s", "takes 1,000, about 600 are to come"),
        ("p95(submit{kind=factorial}) < 1s", "takes 200, about 100 are to come"),
        ("p95(health) < 1s", "takes 200, about 150 are to come"),
        ("p99.99(status) < 1s", ""),
        ("mean(job{kind=factorial}) < 1s", ""),
    ],
)
def test_limits_that_too_little_is_to_come_for_are_named(limit: str, few: str) -> None:
    """Fifty clients for a minute: 600 jobs, a sixth of them factorials; how many polls there are nobody knows before."""
    load = "load={shape='hold', clients=50, hold='1m'}"
    extra = "extra=[{name='health', request='GET /health', every=['10s', '30s']}]"
    profile, _ = load_profile("demo", [load, extra, "clients.submit_every=5s", f"limit=[{{that='{limit}'}}]", "stop=[]"])
    line = unjudged_line(profile)
    assert line == (f"Too few samples to judge 1 limit: {limit} ({few}). Hold longer, or leave it out." if few else "")


def test_a_batch_with_tenants_has_exact_numbers() -> None:
    tenants = "tenant=[{name='a', jobs=100}, {name='b', jobs=500}]"
    limits = "limit=[{that='p95(job{tenant=a}) < 1s'}, {that='p95(job{tenant=b}) < 1s'}]"
    profile, _ = load_profile("demo", ["load={shape='batch'}", tenants, limits, "clients={poll_every='1s'}", "stop=[]"])
    assert "1 limit: p95(job{tenant=a}) < 1s (takes 200, about 100 are to come)" in unjudged_line(profile)
