"""A load generator that is really kept from its work spoils what it measures, and the report says so first."""

import json
import signal
import threading

import psutil
import pypdfium2
import pytest

STOPPED, RUNS = 0.4, 0.3
"""The generator is stopped and let go for so many seconds in turn."""
BOUNDS = ("--set", "method.generator_lag=200ms")
"""So lenient that a machine which is only busy with other tests stays within."""


def throttle(process: psutil.Process, until: threading.Event) -> None:
    while not until.wait(RUNS):
        process.send_signal(signal.SIGSTOP)
        until.wait(STOPPED)
        process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("throttled", [True, False])
def test_a_throttled_generator_is_refused_and_a_healthy_one_is_not(service, stepload, throttled):
    target, over = service("--content-delay", "0"), threading.Event()
    run = stepload(target.url, "--workers", 2, "--set", "load.hold=6s", *BOUNDS, pdf=throttled)
    run.until_recorded(1)
    worker = next(process for process in run.family() if "--worker" in process.cmdline())
    thread = threading.Thread(target=throttle, args=(worker, over))
    if throttled:
        thread.start()
    code = run.wait() if not throttled else _wait(run, over, thread)
    report = json.loads((run.folder / "report" / "report.json").read_text())
    reasons = [reason["sentence"] for reason in report["reasons"] if reason["subject"] == "Generators"]
    if not throttled:
        assert code == 0, run.text()
        assert report["trust"] == "QUALIFIED" and not any("spoiled" in sentence for sentence in reasons)
        return
    assert code == 4, run.text()
    assert report["trust"] == "INVALID"
    assert "The load generators spoiled 1 step of 1 (step 1: generator" in reasons[0] and "lagged by" in reasons[0]
    with pypdfium2.PdfDocument(run.folder / "report" / "report.pdf") as document:
        assert "The load generators spoiled 1 step of 1" in " ".join(document[0].get_textpage().get_text_bounded().split())
    (table,) = (block for section in report["sections"] for block in section["blocks"]
                if block.get("title") == "Load generators in each step")  # fmt: skip
    judged = {row[1]["value"]: row[-1]["text"] for row in table["rows"]}
    assert sorted(judged) == [1, 2] and sum("lagged" in text for text in judged.values()) == 1


def _wait(run, over: threading.Event, thread: threading.Thread) -> int:
    """Wait for the load's end, throttled until then."""
    while "drain_start" not in (run.folder / "events.jsonl").read_text() and run.process.poll() is None:
        over.wait(0.1)
    over.set()
    thread.join()
    return run.wait()
