"""Workers that somebody starts: who may join, and what is said to those who may not."""

import socket
import subprocess
import sys

import pytest
import zmq

from report.recording.run import read_run
from tests.live.reconciling import reconcile, rows
from tests.serving import PATIENCE, ROOT, until

OTHER = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import report.recording.version
report.recording.version.VERSION = "9.9.9"
from locust.main import main
main()
"""
HASTY = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import load.worker.link
load.worker.link.WELCOME_PATIENCE = 1.0
from locust.main import main
main()
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_one_of_another_version_is_turned_away_and_the_run_waits_for_another(service, stepload, tmp_path):
    target, port = service("--content-delay", "0.05"), free_port()
    run = stepload(target.url, "--set", "load.hold=3s", "--master-bind", f"127.0.0.1:{port}", "--expect-workers", 1)
    until(lambda: "waiting for workers: 0 of 1" in run.text() or (run.folder / "run.json").exists())
    joins = [
        "-f",
        str(ROOT / "locustfile.py"),
        "--loglevel",
        "ERROR",
        "--worker",
        "--master-host",
        "127.0.0.1",
        "--master-port",
        port,
    ]
    other = subprocess.run(
        [sys.executable, "-c", OTHER, *map(str, joins)], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )  # fmt: skip
    assert other.returncode == 2
    assert other.stderr == ("worker 1: the master is stepload 0.1.0 and this worker 9.9.9: install the same version on both\n")
    assert "is turned away: it is stepload 9.9.9, this is 0.1.0" in run.text()
    with zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        stranger.connect(f"tcp://127.0.0.1:{port}")
        for garbage in (b"", b"\xc1", b"GET / HTTP/1.1\r\n\r\n"):
            stranger.send(garbage)
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, str(ROOT), "worker", "--master", f"127.0.0.1:{port}"], cwd=ROOT, stdout=log, stderr=log
        )
    assert run.wait() == 0, run.text()
    assert worker.wait(PATIENCE) == 0, (tmp_path / "worker.log").read_text()
    assert set(reconcile(run.folder, target)) == {"succeeded"}
    told = [event for event in read_run(run.folder).events if event.name == "strangers"][-1]
    assert 1 <= told.messages <= 3


def test_one_that_is_interrupted_leaves_and_the_run_says_so(service, stepload, tmp_path):
    target, port = service("--content-delay", "1", "--workers", "20"), free_port()
    run = stepload(target.url, "--set", "load.hold=60s", "--master-bind", f"127.0.0.1:{port}", "--expect-workers", 1)
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, str(ROOT), "worker", "--master", f"127.0.0.1:{port}"], cwd=ROOT, stdout=log, stderr=log
        )
    run.until_recorded(10)
    late = subprocess.run(
        [sys.executable, str(ROOT), "worker", "--master", f"127.0.0.1:{port}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (late.returncode, late.stderr) == (2, "worker 2: the run has begun without this worker\n")
    worker.terminate()
    assert worker.wait(PATIENCE) == 143
    assert run.wait() == 4, run.text()
    assert "worker 1 was lost: it was interrupted (SIGTERM)" in run.text()
    assert "all that it recorded was delivered" in (tmp_path / "worker.log").read_text()
    assert reconcile(run.folder, target)["abandoned"] > 0
    left = {job["error"] for job in rows(run.folder / "jobs.csv") if job["outcome"] == "abandoned"}
    assert left == {"its generator left first"}


def test_what_is_no_master_is_told_from_one(service, command):
    web = service().url.removeprefix("http://")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nobody = f"127.0.0.1:{silent.getsockname()[1]}"
        for address, what in ((nobody, "it said nothing for 5 s"), (web, "it speaks something else")):
            refused = command("worker", "--master", address)
            said = f"stepload: --master {address}: what listens there is not the master of a run: {what}\n"
            assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", said)


def test_who_hangs_up_is_asked_again():
    """As a tunnel does until there is a master at its other end."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as master, socket.create_server(("127.0.0.1", 0)) as tunnel:
        address = f"127.0.0.1:{tunnel.getsockname()[1]}"
        worker = subprocess.Popen(
            [sys.executable, str(ROOT), "worker", "--master", address], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            for _ in range(2):
                tunnel.accept()[0].close()
            tunnel.close()
            master.bind(f"tcp://{address}")
            told = worker.stdout.readline()
            assert told.startswith(f"waiting for a master at {address}, for at most 600 s (so far: ")
            assert told.endswith(("it hung up) …\n", "connection reset by peer) …\n")), told  # whichever is noticed first
            assert worker.stdout.readline() == f"joining the run at {address}\n"
        finally:
            worker.kill()
            worker.wait()
            worker.stdout.close()


def test_whose_name_does_not_resolve_yet_is_waited_for():
    worker = subprocess.Popen(
        [sys.executable, str(ROOT), "worker", "--master", "no-such-host.invalid"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        told = worker.stdout.readline()
        assert told.startswith("waiting for a master at no-such-host.invalid:5557, for at most 600 s (so far: its name does not")
        assert worker.poll() is None
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()


def test_a_master_of_locusts_own_is_left(tmp_path):
    (tmp_path / "plain.py").write_text(
        "from locust import User, task\n\n\nclass Idle(User):\n    @task\n    def nothing(self):\n        pass\n"
    )
    port = free_port()
    locust = [sys.executable, "-m", "locust", "-f", "plain.py", "--headless", "--master", "--master-bind-host", "127.0.0.1"]
    master = subprocess.Popen(
        [*locust, "--master-bind-port", str(port), "--expect-workers", "9"], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    joins = [
        "-f",
        str(ROOT / "locustfile.py"),
        "--loglevel",
        "ERROR",
        "--worker",
        "--master-host",
        "127.0.0.1",
        "--master-port",
        str(port),
    ]
    try:
        worker = subprocess.run([sys.executable, "-c", HASTY, *joins], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    finally:
        master.kill()
        master.wait()
    said = f"worker 1: the master at 127.0.0.1:{port} is none of stepload's: no welcome for 1 s\n"
    assert (worker.returncode, worker.stderr) == (2, said)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("worker", "--master", "10.0.0.1:port"),
            "--master 10.0.0.1:port: not an address; write HOST or HOST:PORT, as in 192.0.2.7:5557",
        ),
        (
            ("run", "smoke", "--master-bind", "127.0.0.1"),
            "--master-bind 127.0.0.1 without --expect-workers: how many workers will join there?",
        ),
        (("run", "smoke", "--workers", "0"), "--workers 0 without --expect-workers: nobody would generate load"),
        (
            ("run", "smoke", "--host", "http://127.0.0.1:1", "--expect-workers", "1", "--master-bind", "192.0.2.1:5557"),
            "--master-bind 192.0.2.1:5557: the master can't listen there: Cannot assign requested address",
        ),
    ],
)
def test_what_can_not_be_is_one_sentence(command, tmp_path, options, sentence):
    more = ("--run-folder", tmp_path / "run") if options[0] == "run" else ()
    refused = command(*options, *more)
    assert (refused.returncode, refused.stderr) == (2, f"stepload: {sentence}\n")
    assert not (tmp_path / "run").exists()
