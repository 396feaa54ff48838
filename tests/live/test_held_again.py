"""A step is held once more before a throughput that no longer grows counts as the limit."""

from report.recording.events import RuleState
from report.recording.run import read_events, read_run
from report.recording.steps import read_steps
from tests.live.conftest import BUSY
from tests.serving import until

LOAD = "load={shape='step', start=4, step=4, until=12, ramp='0s', hold='2s', drain='5s'}"
QUICK = (
    "--set", "clients.mode=think", "--set", "clients.submit_every=50ms", "--set", "clients.poll_every=50ms",
    "--set", "stop=[{rule='plateau'}]", "--set", "method.min_jobs=5", *BUSY,
)  # fmt: skip


def test_what_one_hold_shows_is_looked_at_once_more(service, stepload, command):
    """The service loses three of its four workers when the first step is over: more clients, less work done."""
    target = service("--workers", "4", "--content-delay", "0.2")
    run = stepload(target.url, "--only", "http-fetch", "--set", LOAD, quick=QUICK)
    until(lambda: "hold_end" in told(run) or run.process.poll() is not None)
    for worker in (1, 2, 3):
        target.client.post(f"/workers/{worker}/restart?down=600")
    assert run.wait() == 0, run.text()
    second = told(run)[told(run).index("hold_end") + 1 :]
    assert second[:6] == ["ramp_start", "hold_start", "hold_end", "plateau confirming", "hold_again", "hold_end"]
    assert second[6:8] == ["plateau fired", "drain_start"], "and the third step never begins"
    recorded = read_run(run.folder)
    first, again = read_steps(recorded.events, recorded.end)
    assert 2.0 <= first.seconds < 2.0 * 5 / 3 <= again.seconds, "two thirds longer"
    assert again.again is not None and not again.cut
    assert (recorded.info.end_reason, recorded.info.end_detail) == ("stopped", "plateau")
    assert "step 2 is held longer, to see it once more" in run.text()
    shown = command("stops", run.folder, "--again").stdout
    assert "step 2 is held longer, to see it once more" in shown
    assert "lead to the same decisions again" in shown


def told(run) -> list[str]:
    """What the events of a run are so far, but for marks and what workers did; of a rule with what became of it."""
    file = run.folder / "events.jsonl"
    events = read_events(run.folder) if file.exists() else ()
    kept = ("ramp_start", "hold_start", "hold_end", "hold_again", "rule", "drain_start")
    return [f"{e.rule} {e.state}" if isinstance(e, RuleState) else e.name for e in events if e.name in kept]
