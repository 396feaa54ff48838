"""A connection that drops while a run lasts, and takes the terminal with it."""

import fcntl
import json
import os
import subprocess
import sys
import termios

from tests.live.conftest import QUICK
from tests.serving import PATIENCE, ROOT, until


def take_terminal() -> None:
    """In the child: a session of its own, with its standard input as terminal."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_a_run_whose_terminal_goes_away_ends_in_order_and_is_reported(service, tmp_path):
    target, folder = service("--content-delay", "0.05"), tmp_path / "run"
    ours, theirs = os.openpty()
    command = ["run", "smoke", "--host", target.url, "--run-folder", folder, "--no-pdf", *QUICK, "--set", "load.hold=5m"]
    run = subprocess.Popen(
        [sys.executable, str(ROOT), *map(str, command)], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs,
        preexec_fn=take_terminal,
    )  # fmt: skip
    os.close(theirs)
    try:
        jobs = folder / "jobs.csv"
        until(lambda: jobs.exists() and jobs.read_bytes().count(b"\n") > 5)
        os.close(ours)
        assert run.wait(PATIENCE) == 143
    finally:
        run.kill()
        run.wait()
    info = json.loads((folder / "run.json").read_text())
    assert (info["end_reason"], info["end_detail"]) == ("interrupted", "SIGHUP")
    assert (folder / "report" / "report.html").exists()
