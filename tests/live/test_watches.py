"""A run that watches its target as if from another machine: by an agent, JSON over HTTP, and a command."""

import os
import subprocess
import sys
import tomllib

import tomli_w

from profiles import FOLDER
from report.recording.run import read_run
from tests.serving import ROOT


def test_what_others_tell_is_sampled_and_judged(service, stepload, tmp_path):
    target = service("--content-delay", "0.05")
    command = [sys.executable, str(ROOT), "agent", "--bind", "127.0.0.1:0", "--process", f"api=pid:{target.process.pid}"]
    agent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert agent.stdout is not None
    try:
        url = agent.stdout.readline().rpartition(" at ")[2].strip()
        profile = tomllib.loads((FOLDER / "smoke.toml").read_text())
        profile["watch"] = [
            {"name": "target", "agent": url},
            {"name": "service", "agent": url, "source": "api"},
            {"name": "counts", "http": "${COUNTS}", "metrics": {"asked": "total"}},
            {"name": "fixed", "command": "echo 42", "metrics": {"number": "@"}},
            {"name": "nobody", "http": "http://127.0.0.1:1/", "metrics": {"number": "@"}},
        ]
        profile["limit"] = [{"that": "asked(counts) > 0"}, {"that": "number(fixed) > 41"}, {"that": "rss(service) > 1MB"},
                            {"that": "net_received(target) > 1KB/s"}, {"that": "net_sent(target) > 1KB/s"}]  # fmt: skip
        file = tmp_path / "watching.toml"
        file.write_text(tomli_w.dumps(profile))
        env = os.environ | {"COUNTS": f"{target.url}/counts"}
        run = stepload(target.url, "--set", "load.hold=4s", profile=str(file), env=env)
        assert run.wait() == 0, run.text()
    finally:
        agent.kill()
        agent.wait()
        agent.stdout.close()
    recorded = read_run(run.folder)
    sampled = set(zip(recorded.samples["source"], recorded.samples["metric"], strict=True))
    assert {("target", "load1"), ("service", "rss"), ("counts", "asked"), ("fixed", "number")} <= sampled
    assert "watch 'nobody' has no answer" in run.text()
    report = (run.folder / "report" / "report.md").read_text()
    assert "Nothing was sampled of nobody" in report
    assert "Watched metrics and load" in report and "Not drawn, for a change of less than 1 %: number of fixed." in report
    assert "${COUNTS}" in (run.folder / "profile.toml").read_text()
