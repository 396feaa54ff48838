"""A spike on the real service: the recovery that the report tells, against the service's own log."""

import json
import tomllib

import pytest
import tomli_w

from profiles import FOLDER
from report.recording.run import read_run
from report.recording.steps import read_steps
from tests.live.reconciling import queue_empty

pytestmark = pytest.mark.soak

STAGES = [(60, 30), (80, 10), (200, 30), (60, 80)]
"""7.5, 10, 25 and 7.5 jobs/s, where 6 workers of 0.375 s carry 16."""
WINDOW = 4.0


def test_recovery_is_when_the_queue_was_empty_again(service, stepload, tmp_path):
    profile = tomllib.loads((FOLDER / "spike.toml").read_text())
    stages = [{"clients": clients, "hold": f"{hold}s"} for clients, hold in STAGES]
    profile["load"] = {"shape": "stages", "ramp": "1s", "drain": "10s", "stage": stages}
    profile["clients"] |= {"submit_every": "8s", "poll_every": "250ms"}
    profile |= {"limit": [], "method": {"settle": "5s", "recovery_window": f"{WINDOW:g}s"}}
    file = tmp_path / "short-spike.toml"
    file.write_text(tomli_w.dumps(profile))
    target = service("--workers", "6", "--content-delay", "0.37", "--queue-limit", "5000")
    run = stepload(target.url, "--only", "http-fetch", "--set", "clients.submit_every=8s", profile=file)
    assert run.wait(240) in (0, 3), run.text()
    report = json.loads((run.folder / "report" / "report.json").read_text())
    found = next(answer for answer in report["answers"] if answer["subject"] == "Recovery")
    recorded = read_run(run.folder)
    fall = read_steps(recorded.events, recorded.end)[-1].ramp_start
    truth = queue_empty(target.truth(), recorded.info.epoch, fall) - fall
    print(found, truth)
    assert abs(found["numbers"]["seconds"] - truth) <= 15
