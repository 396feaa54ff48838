"""What `stepload run` passes on, the locustfile understands as it was meant."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from load.protocol.locust_options import add_options, arguments_for, parse_labels, read_options
from profiles import UserError

HOST = "http://127.0.0.1:8000"


def parsed(arguments: list[str], **locust: object) -> Namespace:
    """These arguments as Locust's parser has them, with those of its own options that stepload reads."""
    parser = ArgumentParser()
    parser.add_argument("--host")
    add_options(parser)
    own = {"reset_stats": False, "master": False, "expect_workers": 1, "expect_workers_max_wait": 0} | locust
    return Namespace(**(own | vars(parser.parse_args(arguments))))


def test_there_and_back() -> None:
    sets, labels = ["load.hold=30s", 'goal="a b=c"'], ["build=1.4.2", "where=a=b"]
    order = read_options(parsed([*arguments_for("smoke", HOST + "/", sets, "factorial", labels), "--run-folder=x/y"]))
    assert order.profile.name == "smoke" and [job.kind for job in order.profile.job] == ["factorial"]
    assert (order.document["load"]["hold"], order.profile.goal) == ("30s", "a b=c")
    assert (order.host, order.folder) == (HOST, Path("x/y"))
    assert order.labels == {"build": "1.4.2", "where": "a=b"}
    assert (order.workers, order.patience) == (1, 0)


def test_a_master_waits_for_its_workers() -> None:
    options = parsed(arguments_for("smoke", HOST, [], "", []), master=True, expect_workers=3, expect_workers_max_wait=60)
    order = read_options(options)
    assert (order.workers, order.patience) == (3, 60)
    assert str(order.folder).startswith("results/smoke-")


@pytest.mark.parametrize(
    ("locust", "arguments", "said"),
    [
        ({}, [f"--host={HOST}"], "--load-profile is missing"),
        ({"reset_stats": True}, ["--load-profile=smoke", f"--host={HOST}"], "--reset-stats would wipe"),
        ({}, ["--load-profile=smoke"], "--host is missing"),
    ],
)
def test_what_makes_no_run(locust: dict[str, object], arguments: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_options(parsed(arguments, **locust))


def test_a_label_without_a_value() -> None:
    with pytest.raises(UserError, match="--label x: write KEY=VALUE"):
        parse_labels(["a=1", "x"])
