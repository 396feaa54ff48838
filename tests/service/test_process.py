"""The command line, and how the process starts and ends."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.__main__ import main
from service.options import build_parser, parse
from service.store import Store
from tests.serving import PATIENCE

ROOT = Path(__file__).parents[2]


def test_a_port_in_use_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "service", "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"service: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_folder_in_use_is_refused(tmp_path, capsys):
    store = Store(tmp_path)
    assert main(["--port", "0", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"service: the folder {tmp_path} is in use by another service\n"
    store.close()


def test_files_that_are_in_the_way_are_left_alone(tmp_path, capsys):
    other = tmp_path / "notes.txt"
    other.write_text("mine\n")
    assert main(["--port", "0", "--data", str(tmp_path / "data"), "--truth", str(other)]) == 2
    assert capsys.readouterr().err == f"service: {other} exists and is no truth log\n"
    assert main(["--port", "0", "--data", str(other)]) == 2
    assert capsys.readouterr().err.startswith(f"service: cannot keep tasks in {other}: ")
    assert other.read_text() == "mine\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--workers 0", "argument --workers: needs a whole number of at least 1, not '0'"),
        ("--port 70000", "argument --port: needs a whole number from 0 to 65535, not '70000'"),
        ("--fail 2", "argument --fail: needs a share from 0 to 1, not '2'"),
        ("--lose nan", "argument --lose: needs a share from 0 to 1, not 'nan'"),
        ("--stall-at 5", "--stall-at and --stall-for (above 0) need each other"),
        ("--stall-for 5", "--stall-at and --stall-for (above 0) need each other"),
        ("--stall-http", "--stall-http needs --stall-at and --stall-for"),
        ("--work 3", "unrecognized arguments: --work 3"),
    ],
)
def test_bad_options_are_one_sentence(capsys, line, message):
    with pytest.raises(SystemExit) as exit_code:
        parse(line.split())
    assert exit_code.value.code == 2
    assert capsys.readouterr().err == f"service: {message} (see --help)\n"


def test_help_names_every_option_and_default():
    text = build_parser().format_help()
    assert "workers / mean service time" in text and "(default: 18991)" in text
    for option in (
        "--data",
        "--truth",
        "--leak-fds",
        "--fail",
        "--lose",
        "--stall-at",
        "--stall-http",
        "--seed",
    ):
        assert option in text


def test_no_times_and_ctrl_c(start):
    service = start("--no-times")
    task = service.submit("sleep", seconds=0)
    assert service.wait(task) == {"id": task, "status": "SUCCEEDED"}
    assert service.end(signal.SIGINT) == 0
    assert service.stderr() == ""


def test_a_busy_service_stops_at_once_and_leaves_nothing(start, until):
    service = start("--workers", 6, "--content-delay", 60, "--fetch-timeout", 60)
    for task in ("http-fetch", "http-fetch", "sleep", "factorial", "factorial", "factorial"):
        args = {"sleep": {"seconds": 60}, "factorial": {"n": 100_000}}.get(task, {})
        service.submit(task, **args)
    before = time.monotonic()
    assert service.end(signal.SIGTERM) == 0
    assert time.monotonic() - before < 20, "it waits for no task"
    assert service.process.stdout.read() == "" and service.stderr() == ""
    until(lambda: not list(service.folder.glob("task-service-*")))


def test_it_ends_with_its_parent(start):
    with subprocess.Popen(["sleep", "60"]) as parent:
        service = start("--parent-pid", parent.pid)
        assert service.process.poll() is None
        parent.kill()
        parent.wait()
        assert service.process.wait(30) == 0
