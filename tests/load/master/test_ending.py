"""Why a run ended, and the exit code that says so."""

import errno

import pytest

from load.master.ending import ORPHANED, STOP, End, Ending


def test_the_first_reason_counts() -> None:
    ending = Ending()
    assert ending.end is None
    ending.ask("stopped", "p95(job) > 2s")
    ending.ask("finished")
    assert ending.end == End("stopped", "p95(job) > 2s")


def test_a_failure_counts_more_and_the_first_of_them_most() -> None:
    ending = Ending()
    ending.ask("finished", "capacity 12 jobs/s")
    ending.fail_to_write(OSError(errno.ENOSPC, "No space left on device"))
    ending.fail("worker 1 was lost")
    assert ending.end == End("failed", "the run folder can't be written: No space left on device")
    assert ending.unwritable


@pytest.mark.parametrize(
    ("reason", "signals", "ended_step", "seeks_limits", "code"),
    [
        ("finished", [], False, False, 0),
        ("finished", [], True, False, 3),
        ("finished", [], True, True, 0),
        ("stopped", [], False, False, 3),
        ("stopped", [], False, True, 0),
        ("failed", [], False, False, 4),
        ("failed", ["SIGINT"], False, False, 4),
        ("interrupted", ["SIGINT", "SIGTERM"], False, False, 130),
        ("interrupted", [STOP], False, False, 130),
        ("interrupted", ["SIGTERM"], False, False, 143),
        ("interrupted", [ORPHANED], False, False, 143),
    ],
)
def test_exit_codes(reason, signals, ended_step, seeks_limits, code) -> None:
    ending = Ending()
    ending.signals += signals
    ending.ask(reason)
    assert ending.exit_code(ended_step, seeks_limits) == code


def test_a_run_that_ended_for_no_reason_is_none() -> None:
    assert Ending().exit_code(False, False) == 4
