"""Whoever outlives what started it notices, even if it looked too late."""

import subprocess

from gevent.event import Event

from load.protocol.lifeline import on_process_end


def test_a_process_that_has_ended_already() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    gone = Event()
    assert on_process_end(process.pid, gone.set)
    assert gone.wait(10)


def test_a_process_that_ends() -> None:
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    gone = Event()
    assert on_process_end(process.pid, gone.set)
    assert not gone.wait(0.05)
    assert process.stdin is not None
    process.stdin.close()
    assert gone.wait(10)
    process.wait()
