"""A capacity search on a service of four workers and jobs of 0.2 s: 20 jobs/s."""

from report.recording.run import read_run

from .searching import PROFILE, found_by, steps_again, steps_taken, true_capacity


def test_a_search_finds_what_the_service_can_do(service, stepload, command):
    target = service("--workers", "4", "--queue-limit", "5000")
    run = stepload(target.url, "--set", "load.drain=10s", profile=str(PROFILE))
    assert run.wait() == 0, run.text()
    recorded = read_run(run.folder)
    true = true_capacity(recorded, target)
    assert abs(found_by(run.folder) - true) <= 0.06 * true
    assert steps_again(recorded) == steps_taken(recorded), "the same steps follow from the files"
    assert recorded.info.end_reason == "finished"
    assert recorded.info.end_detail.startswith("capacity ")
    assert f"run finished: {recorded.info.end_detail}" in run.text()
    assert "clear_end" in {event.name for event in recorded.events}
    endured = command("run", "endurance", "--set", f"load.from={run.folder.parent}", "--host", "http://127.0.0.1:1")
    assert f"which {run.folder} found" in endured.stdout
