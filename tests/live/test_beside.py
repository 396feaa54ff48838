"""What a run does beside its jobs, and with those it leaves open, checked against the service's own counts."""

import json
import signal

from tests.live.reconciling import reconcile, rows

CANCEL = ('ready = "GET /health"', 'ready = "GET /health"\ncancel = "POST /tasks/{id}/cancel"')
BESIDE = """
[[extra]]
name = "health"
request = "GET /health"
every = ["200ms", "400ms"]
[[extra]]
name = "again"
request = "GET /tasks/{id}"
every = "500ms"
[[extra]]
name = "content"
request = "GET /content?delay=0"
every = "1s"
expect = [204]
[[limit]]
that = "error_rate(health) <= 0 %"
[[limit]]
that = "rate(health) > 10/s"
[[limit]]
that = "error_rate(content) < 1 %"
"""


def test_requests_beside_the_jobs(service, stepload, command, profile_with):
    target = service("--content-delay", "0.05")
    profile = profile_with(BESIDE, ('rule = "errors"\ntolerate = 0', 'when = "error_rate(again) > 0"'))
    run = stepload(target.url, "--set", "load.hold=5s", profile=profile)
    assert run.wait() == 3, run.text()
    requests, jobs = rows(run.folder / "requests.csv"), rows(run.folder / "jobs.csv")
    by = {name: [row for row in requests if row["endpoint"] == name] for name in ("health", "again", "content", "result")}
    assert 10 * 5 / 0.4 * 0.5 < len(by["health"]) < 10 * 7 / 0.2
    assert {(row["job"], row["kind"], row["code"], row["ok"]) for row in by["health"]} == {("", "", "200", "1")}
    done = {job["job"]: float(job["ended"]) for job in jobs if job["outcome"] == "succeeded"}
    assert by["again"]
    assert all(row["ok"] == "1" and done[row["job"]] <= float(row["sent"]) for row in by["again"]), "of jobs that are done"
    assert len({row["job"] for row in by["again"]}) > 5
    assert {(row["code"], row["ok"], row["error"]) for row in by["content"]} == {("200", "0", "HTTP 200")}
    counts = target.client.get("/counts").json()
    assert counts["result"] == len(by["result"]) + len(by["again"]), "the service counted each of them"
    report = json.loads((run.folder / "report" / "report.json").read_text())
    assert report["limits"][-3:] == ["pass", "pass", "fail"]
    checked = command("check", profile, "--host", target.url)
    assert checked.returncode == 2
    assert "ok   GET /health" in checked.stdout
    assert "content: GET /content?delay=0: HTTP 200" in checked.stderr


def test_what_is_left_open_is_cancelled(service, stepload, profile_with):
    target = service("--content-delay", "30", "--fetch-timeout", "60", "--workers", "2")
    profile = profile_with("", CANCEL)
    run = stepload(target.url, "--only", "http-fetch", "--set", "load.hold=5m", "--set", "load.drain=1s", profile=profile)
    run.until_recorded(40, "requests.csv")
    run.signal(signal.SIGINT)
    assert run.wait() == 130, run.text()
    jobs, requests = rows(run.folder / "jobs.csv"), rows(run.folder / "requests.csv")
    cancels = [row for row in requests if row["endpoint"] == "cancel"]
    open_ = {job["job"] for job in jobs if job["outcome"] == "abandoned"}
    assert {row["job"] for row in cancels} == open_
    assert all(row["ok"] == "1" for row in cancels)
    given_up = [row for row in target.truth() if row["outcome"] == "CANCELLED"]
    assert len(given_up) == len(open_) > 5, "the service says so itself"
    assert target.client.get("/health").json() | {"queued": 0, "running": 0} == target.client.get("/health").json()
    ended = [json.loads(line) for line in (run.folder / "events.jsonl").read_text().splitlines() if "drain_end" in line]
    assert (ended[0]["abandoned"], ended[0]["cancelled"]) == (len(open_), len(open_))
    assert f"it cancelled {len(open_)} of the jobs that were abandoned" in (run.folder / "report" / "report.md").read_text()


def test_what_timed_out_is_cancelled_when_all_is_measured(service, stepload, profile_with):
    target = service("--content-delay", "30", "--fetch-timeout", "60", "--workers", "2")
    profile = profile_with("", CANCEL)
    quick = ("--set", "clients.give_up_after=1s", "--set", "load.hold=3s", "--set", "load.drain=20s")
    run = stepload(target.url, "--only", "http-fetch", *quick, "--set", "stop=[{rule='outage', then='note'}]", profile=profile)
    assert run.wait() == 4, run.text()
    jobs, requests = rows(run.folder / "jobs.csv"), rows(run.folder / "requests.csv")
    assert {job["outcome"] for job in jobs} == {"timed_out"} and len(jobs) > 20
    cancels = [row for row in requests if row["endpoint"] == "cancel"]
    assert {row["job"] for row in cancels} == {job["job"] for job in jobs}
    assert all(row["ok"] == "1" for row in cancels)
    given_up = {row["id"] for row in target.truth() if row["outcome"] == "CANCELLED"}
    assert given_up == {job["id"] for job in jobs}, "the service says so itself"
    measured = max(float(job["ended"]) for job in jobs)
    assert all(float(row["sent"]) > measured for row in cancels), "and not before all is measured"
    (ended,) = [json.loads(line) for line in (run.folder / "events.jsonl").read_text().splitlines() if "drain_end" in line]
    assert (ended["abandoned"], ended["cancelled"]) == (0, len(jobs))


def test_only_jobs_that_succeeded_have_a_result(service, stepload, profile_with):
    """Here the status of a failed job tells no more than that, which is then its cause."""
    target = service("--content-delay", "0", "--fail", "0.4")
    profile = profile_with("", ('result = "GET /tasks/{id}"', 'result = "GET /tasks/{id}"\nresult_of = ["succeeded"]'),
                           ('error = "result.cause"', 'error = "status"'))  # fmt: skip
    limit = "limit=[{that='error_rate(result) <= 0 %'}]"
    options = ("--only", "factorial", "--set", "load.hold=6s", "--set", "stop.1.tolerate=1.0", "--set", limit)
    run = stepload(target.url, *options, profile=profile)
    assert run.wait() == 0, run.text()
    jobs = reconcile(run.folder, target)
    assert min(jobs["succeeded"], jobs["failed"]) > 5 and set(jobs) == {"succeeded", "failed"}
    said = {(job["outcome"], job["error"]) for job in rows(run.folder / "jobs.csv")}
    assert said == {("succeeded", ""), ("failed", "FAILED")}
    requests = rows(run.folder / "requests.csv")
    assert sum(row["endpoint"] == "result" for row in requests) == jobs["succeeded"]
    assert {(row["ok"], row["error"]) for row in requests} == {("1", "")}
    assert target.client.get("/counts").json()["result"] == jobs["succeeded"]
