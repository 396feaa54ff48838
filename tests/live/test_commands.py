"""The commands as a person types them: one clear sentence for each mistake, and what they show."""

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from profiles import load_profile
from tests.live.reconciling import reconcile, rows
from tests.serving import PATIENCE, ROOT


def one_sentence(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 2, result
    assert "Traceback" not in result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("stepload: ")
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "stepping", "--set", "load.hodl=30s", "--host", "http://127.0.0.1:1"], "load.hodl is not a key here; allowed: "),
        (["run", "no-such", "--host", "http://127.0.0.1:1"], "no-such: no such profile"),
        (["run", "stepping"], "--host is missing"),
        (["run", "stepping", "--host", "127.0.0.1:1"], "not a URL"),
        (["run", "stepping", "--host", "http://127.0.0.1:1", "--only", "sleep"], "allowed: http-fetch, factorial"),
        (["run", "stepping", "--host", "http://127.0.0.1:1", "--label", "x"], "--label x: write KEY=VALUE"),
        (["check", "stepping", "--host", "http://127.0.0.1:1"], "the target is not ready: connection refused"),
        (["check", "stepping", "--host", "http://no-such-host.invalid"], "its name does not resolve"),
        (["stops", "profiles"], "not a run folder"),
        (["stops", "nowhere"], "nowhere: no such folder"),
        (["report", "nowhere"], "nowhere: no such file or run folder (nor Locust's nowhere_stats.csv)"),
        (["compare", "results/sample"], "name the runs before, then --with, then the runs to judge"),
        (["compare", "results/sample", "--wth", "results/sample"], "'--wth' is no option; allowed: --with, --scaling, --anyway, --out"),
        (["compare", "profiles", "--with", "results/sample"], "not a run folder"),
        (["run", "endurance", "--set", "load.from=nowhere", "--host", "http://127.0.0.1:1"], "load.from = 'nowhere': no such folder; find one with"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(command, arguments, said):
    assert said in one_sentence(command(*arguments))


def test_a_run_compared_with_its_like(command, tmp_path):
    shutil.copytree(ROOT / "results" / "sample", tmp_path / "again")
    done = command("compare", "results/sample", "--with", tmp_path / "again", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(tmp_path / "out" / "report.pdf")
    assert {file.name for file in (tmp_path / "out").glob("report.*")} == {
        f"report.{kind}" for kind in ("md", "html", "pdf", "json")
    }


def test_a_new_profile_is_one_that_loads(tmp_path):
    made = subprocess.run([sys.executable, ROOT, "new", "mine"], cwd=tmp_path, capture_output=True, text=True)
    assert (made.returncode, made.stdout) == (0, "mine.toml\n"), made.stderr
    profile, _ = load_profile(tmp_path / "mine.toml", ["limit=[{that='p95(job) < 10s'}]"])
    assert profile.name == "mine"
    again = subprocess.run([sys.executable, ROOT, "new", "mine"], cwd=tmp_path, capture_output=True, text=True)
    assert "is there already" in one_sentence(again)
    bad = subprocess.run([sys.executable, ROOT, "new", "a b"], cwd=tmp_path, capture_output=True, text=True)
    assert "name = 'a b'" in one_sentence(bad)
    assert not (tmp_path / "a b.toml").exists()


def test_a_new_profile_is_given_the_suffix_once(tmp_path):
    made = subprocess.run([sys.executable, ROOT, "new", "mine.toml"], cwd=tmp_path, capture_output=True, text=True)
    assert made.stdout == "mine.toml\n", made.stderr
    assert load_profile(tmp_path / "mine.toml", ["limit=[{that='p95(job) < 10s'}]"])[0].name == "mine"


@pytest.fixture
def copied(tmp_path):
    """A run folder to be damaged."""
    return Path(shutil.copytree(ROOT / "results" / "sample", tmp_path / "run"))


@pytest.mark.parametrize("name", ["profile.toml", "events.jsonl", "requests.csv", "jobs.csv", "samples.csv"])
def test_decisions_are_not_derived_from_files_that_are_missing(command, copied, name):
    (copied / name).unlink()
    assert f"{copied / name} is missing" in one_sentence(command("stops", copied, "--again"))


def test_stops_says_so_when_no_rule_had_anything_to_say(command, copied):
    lines = [line for line in (copied / "events.jsonl").read_text().splitlines() if json.loads(line)["event"] != "rule"]
    (copied / "events.jsonl").write_text("\n".join(lines) + "\n")
    assert command("stops", copied).stdout.splitlines()[-1] == "no stop rule was armed or fired"


def test_a_dead_host_is_one_sentence(command, tmp_path):
    result = command("run", "smoke", "--host", "http://127.0.0.1:1", "--run-folder", tmp_path / "run")
    assert "the target is not ready after 10 s: connection refused" in one_sentence(result)
    assert not (tmp_path / "run").exists()


def test_a_missing_secret_is_one_sentence(command):
    header = "api.headers.Authorization=Bearer ${STEPLOAD_TEST_TOKEN}"
    result = command("run", "smoke", "--host", "http://127.0.0.1:1", "--set", header)
    assert "api.headers.Authorization: the environment has no STEPLOAD_TEST_TOKEN" in one_sentence(result)


def test_a_port_in_use_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = ["--port", str(taken.getsockname()[1])]
        result = subprocess.run([sys.executable, "-m", "service", *options], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert "in use" in result.stderr


def test_check_shows_each_step_of_the_mapping(command, service):
    target = service("--content-delay", "0.05")
    result = command("check", "stepping", "--host", target.url)
    assert result.returncode == 0, result.stderr
    assert "every step of the mapping works" in result.stdout
    for kind in ("http-fetch", "factorial"):
        assert re.search(rf"{kind}:\n  ok +POST /tasks/submissions  →  202 .*id \(id\) = \w+", result.stdout)
    assert "state (status) = SUCCEEDED → succeeded" in result.stdout
    assert re.search(r"watch target:\n  ok +cpu, .*load1, ", result.stdout)
    assert re.search(r"watch service:\n  ok +cpu, .*rss, ", result.stdout)


def test_check_tells_which_watch_finds_nothing(command, service):
    target, unused = service(), "watch.2.process.port=1"
    result = command("check", "stepping", "--host", target.url, "--only", "factorial", "--set", unused)
    assert "watch service: no process found by port = 1 (without root, only this user's own are seen)" in one_sentence(result)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("api.id=task_id", "POST /tasks/submissions: the reply has no 'task_id' (api.id)"),
        ("api.state=stat", "GET /tasks/submissions/{id}: the reply has no 'stat' (api.state)"),
        (
            "api.states.succeeded=['DONE']",
            "GET /tasks/submissions/{id}: state 'SUCCEEDED' is not in api.states (there: QUEUED, RUNNING, DONE, FAILED, REJECTED); add it as the service writes it",
        ),
        ("api.times.started=began", "the reply has no time at api.times.started = 'began'"),
        ("api.result=GET /results/{id}", "GET /results/{id}: HTTP 404"),
        ("api.submit=POST /jobs", "POST /jobs: HTTP 404"),
    ],
)
def test_check_tells_which_reply_lacks_what(command, service, override, said):
    target = service("--content-delay", "0.05")
    result = command("check", "stepping", "--host", target.url, "--only", "factorial", "--set", override)
    assert said in one_sentence(result)
    assert "the reply was: {" in result.stdout


def test_check_shows_the_times(command, service):
    target = service("--content-delay", "0.05")
    result = command("check", "stepping", "--host", target.url, "--only", "factorial")
    assert re.search(r"ok   times\.created \(\w+\) = 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+00:00", result.stdout)


def test_check_of_a_failing_job_tells_that_no_reason_is_found(command, service):
    target = service("--content-delay", "0.05", "--fail", "1.0")
    result = command("check", "stepping", "--host", target.url, "--only", "factorial", "--set", "api.error=no.such")
    assert "the job failed" in one_sentence(result)
    assert "the reply has no 'no.such' (api.error)" in one_sentence(result)


def test_a_rule_may_end_steps_and_leave_the_run_alone(service, stepload, command):
    target = service("--content-delay", "0")
    load = "load={shape='stages', hold='60s', stage=[{clients=4}, {clients=8}], drain='5s'}"
    stop = "stop=[{when='rate(status) > 0/s', over='2s', then='next'}, {when='p95(job) > 0s', least=5, for='1s', then='note'}]"
    run = stepload(target.url, "--set", load, "--set", stop, quick=("--set", "clients.poll_every=200ms"))
    assert run.wait() == 3, "a rule fired, and stages seek no limits"
    shown = command("stops", run.folder, "--again").stdout
    assert re.search(r"rate\(status\) > 0/s fired in step 1 at 4 clients, which ends the step: it was .*, over 2 s", shown)
    assert re.search(r"rate\(status\) > 0/s fired in step 2 at 8 clients, which ends the step", shown)
    assert re.search(r"p95\(job\) > 0s fired in step \d at \d clients: it was", shown)
    assert shown.count("was cut short") == 2
    assert "the run finished" in shown
    assert "lead to the same decisions again" in shown


def test_stops_tells_which_rule_fired_when_and_why(service, stepload, command):
    target = service("--content-delay", "0", "--fail", "1.0")
    run = stepload(target.url, "--set", "load.hold=60s")
    assert run.wait() == 3, run.text()
    shown = command("stops", run.folder)
    assert shown.returncode == 0
    fired = r"0:0\d  errors fired in step 1 at 10 clients, which ends the run: \d+ of \d+ jobs did not succeed"
    assert re.search(fired, shown.stdout)
    assert "the run stopped: errors" in shown.stdout


@pytest.mark.parametrize("kind", ["factorial", "http-fetch"])
def test_only_one_kind(service, stepload, kind):
    target = service("--content-delay", "0.02")
    run = stepload(target.url, "--only", kind, "--set", "load.hold=2s")
    assert run.wait() == 0, run.text()
    reconcile(run.folder, target)
    assert {job["kind"] for job in rows(run.folder / "jobs.csv")} == {kind}


def test_secrets_reach_no_file(service, stepload):
    target = service("--content-delay", "0")
    secret = "s3cr3t-t0k3n"
    header = "api.headers.Authorization=Bearer ${STEPLOAD_TEST_TOKEN}"
    run = stepload(
        target.url.replace("127.0.0.1", "user:pa55w0rd@127.0.0.1"), "--set", "load.hold=1s", "--set", header,
        env={"STEPLOAD_TEST_TOKEN": secret, "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert run.wait() == 0, run.text()
    files = [run.output, *(path for path in run.folder.rglob("*") if path.is_file())]
    assert {"requests.csv", "events.jsonl", "profile.toml", "report.json"} <= {file.name for file in files}
    for file in files:
        content = file.read_bytes()
        assert secret.encode() not in content, file
        assert b"pa55w0rd" not in content, file


def test_locust_by_hand(service, tmp_path):
    target = service("--content-delay", "0.02")
    folder = tmp_path / "run"
    base = [sys.executable, "-m", "locust", "-f", "locustfile.py", "--loglevel", "WARNING"]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    worker = subprocess.Popen([*base, "--worker", "--master-port", port], cwd=ROOT)
    master = subprocess.run(
        [*base, "--headless", "--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", "1",
         "--load-profile", "profiles/smoke.toml", "--load-set", "load.hold=3s", "--host", target.url,
         "--run-folder", folder, "--csv", folder / "locust"],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert master.returncode == 0, master.stderr
    assert worker.wait(PATIENCE) in (0, None)
    reconcile(folder, target)
    assert "Aggregated" in master.stdout + master.stderr
    assert (folder / "locust_stats.csv").read_text().count("/tasks/submissions") >= 2
