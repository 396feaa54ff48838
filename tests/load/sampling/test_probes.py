"""What others tell: agents, Prometheus pages, JSON and commands, asked for real."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from load.sampling.probes import Probe, fetcher, of_prometheus, selector
from profiles import UserError, load_profile
from profiles.conditions import HOST_METRICS, PROCESS_METRICS
from tests.load.peers import Server, answering
from tests.serving import PATIENCE, ROOT, until


@pytest.fixture
def agent() -> Iterator[str]:
    """The URL of an agent that also tells of this test's process."""
    command = [sys.executable, str(ROOT), "agent", "--bind", "127.0.0.1:0", "--process", f"self=pid:{os.getpid()}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().rpartition(" at ")[2].strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def answer(kind: str, where: str, source: str = "host", **metrics: str) -> dict[str, float]:
    """The first answer of a probe."""
    probe = Probe("it", fetcher(kind, where, source, metrics))
    return until(lambda: probe.ask() or probe.sample())


def test_an_agent_tells_what_a_watcher_there_would_sample(agent: str) -> None:
    host = answer("agent", agent)
    assert {"load1", "cpu", "memory"} <= set(host) <= set(HOST_METRICS)
    assert 0 <= host["memory"] <= 1
    process = answer("agent", agent + "/", "self")
    assert set(process) == set(PROCESS_METRICS)
    assert process["rss"] > 1e6 and process["processes"] >= 1


def test_a_prometheus_page(agent: str) -> None:
    found = answer("prometheus", f"{agent}/metrics", all="stepload_memory", own='stepload_rss{source="self"}', none="no_such")
    assert set(found) == {"all", "own"} and found["own"] > 1e6


@pytest.mark.parametrize(
    ("kind", "where", "said"),
    [
        ("command", "echo so", "not JSON: 'so\\n'"),
        ("command", "false", "exit code 1"),
        ("http", "{agent}/metrics", "not JSON: '"),
        ("http", "http://127.0.0.1:1", "no connection"),
    ],
)
def test_why_there_is_no_answer(agent: str, capfd: pytest.CaptureFixture[str], kind: str, where: str, said: str) -> None:
    def told() -> str:
        Probe("it", fetcher(kind, where.format(agent=agent), "", {"number": "@"})).ask()
        return str(capfd.readouterr().err)

    until(lambda: answer("prometheus", f"{agent}/metrics", all="stepload_memory"))
    assert told().startswith(f"watch 'it' has no answer: {said}")


def test_a_command_and_its_gaps(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "queue.json"
    probe = Probe("queue", fetcher("command", f"cat '{file}'", "", {"waiting": "queues[0].waiting", "text": "queues[0].name"}))
    probe.ask()
    assert capfd.readouterr().err.startswith(f"watch 'queue' has no answer: exit code 1: cat: {file}: ")
    probe.ask()
    assert (probe.sample(), capfd.readouterr().err) == ({}, ""), "no file yet: a gap, which is said once"
    file.write_text(json.dumps({"queues": [{"waiting": 7, "name": "jobs"}]}))
    probe.ask()
    assert (probe.sample(), probe.sample()) == ({"waiting": 7.0}, {})
    assert answer("command", "echo 42", number="@") == {"number": 42.0}


BESIDE_ONE_THAT_HANGS = """
import sys, time
from load.sampling.probes import Probe, fetcher
Probe("slow", fetcher("http", sys.argv[1], "", {"it": "@"})).start()
quick, answers = Probe("quick", fetcher("command", "echo 42", "", {"it": "@"})).start(), []
while len(answers) < 2:
    time.sleep(0.01)
    answers += quick.sample().values()
print(*answers)
"""


def test_probes_ask_again_and_hold_up_no_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        command = [sys.executable, "-c", BESIDE_ONE_THAT_HANGS, f"http://127.0.0.1:{silent.getsockname()[1]}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.stdout == "42.0 42.0\n", done.stderr


TEXT = """# TYPE depth gauge
depth{queue="a",host="x"} 3
depth{queue="b",host="x"} 4
depth{queue="a",host="y"} 10
"""


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("depth", 17.0),
        ('depth{queue="a"}', 13.0),
        ('depth{queue="a", host="x"}', 3.0),
        ('depth{queue="c"}', None),
        ("other", None),
    ],
)
def test_selectors_sum_what_fits(said: str, value: float | None) -> None:
    assert of_prometheus(TEXT, {"it": said}) == ({} if value is None else {"it": value})


def test_a_selector() -> None:
    assert selector('up{job="api", instance="x:1"}') == ("up", {"job": "api", "instance": "x:1"})
    assert selector(" up ") == ("up", {})


def profile(tmp_path: Path, watch: str, condition: str) -> Any:
    text = (ROOT / "profiles" / "smoke.toml").read_text().partition("[[watch]]")[0]
    file = tmp_path / "mine.toml"
    file.write_text(f"{text}\n[[limit]]\nthat = '{condition}'\n[[watch]]\nname = 'broker'\n{watch}\n")
    return load_profile(str(file))[0]


def test_conditions_know_the_metrics_of_a_probe(tmp_path: Path) -> None:
    assert profile(tmp_path, "http = 'http://x/stats'\nmetrics = { waiting = 'a.b' }", "waiting(broker) < 500")
    assert profile(tmp_path, "agent = 'http://x:5559'", "load1(broker) < 3")
    assert profile(tmp_path, "agent = 'http://x:5559'\nsource = 'api'", "rss(broker) < 500MB")


@pytest.mark.parametrize(
    ("watch", "condition", "said"),
    [
        ("http = 'http://x'\nmetrics = { waiting = 'a' }", "depth(broker) < 5", "has no metric 'depth'; allowed: waiting"),
        ("http = 'http://x'", "rate(job) > 0", "metrics belongs to prometheus, http and command"),
        ("agent = 'http://x'\nmetrics = { a = 'a' }", "rate(job) > 0", "metrics belongs to prometheus, http and command"),
        ("http = 'http://x'\nmetrics = { waiting = 'a[' }", "rate(job) > 0", "is not JMESPath"),
        (
            "http = 'http://x'\nmetrics = { cpu = 'a' }",
            "rate(job) > 0",
            "'cpu' means something else in conditions; choose another name",
        ),
        ("http = 'http://x'\nhost = true\nmetrics = { a = 'a' }", "rate(job) > 0", "watches too much"),
        ("source = 'api'\nhost = true", "rate(job) > 0", "source belongs to an agent"),
        ("host = true\n[[watch]]\nname = 'queue'\nhost = true", "rate(job) > 0", "'queue' means something else in conditions"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path: Path, watch: str, condition: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        profile(tmp_path, watch, condition)
    assert said in str(caught.value)


def test_the_value_of_a_secret_is_never_said(capfd: pytest.CaptureFixture[str]) -> None:
    where = "sh -c 'echo no entry for hunter2 >&2; exit 1'"
    Probe("it", fetcher("command", where, "", {"number": "@"}), {"PASSWORD": "hunter2"}).ask()
    assert capfd.readouterr().err == "watch 'it' has no answer: exit code 1: no entry for ${PASSWORD}\n"


def test_the_url_of_a_page_that_is_refused_is_not_said(serve: Callable[..., Server], capfd: pytest.CaptureFixture[str]) -> None:
    url = serve(answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")).url
    Probe("it", fetcher("http", f"{url}/?token=hunter2", "", {"number": "@"})).ask()
    assert capfd.readouterr().err == "watch 'it' has no answer: HTTP 404\n"
