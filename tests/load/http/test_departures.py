"""Requests leave together, after the replies that have come were read."""

import time
from collections.abc import Callable

import gevent
import pytest
from gevent import GreenletExit, socket
from greenlet import greenlet

from load.http.departures import Departures
from load.http.transport import HttpClient
from tests.load.peers import OK, PATIENCE, Server, answering


def test_those_that_are_ready_leave_after_what_has_come_was_read() -> None:
    """A message that was there before they were ready is read before any of them goes, and they go in order."""
    departures, seen = Departures(), []
    left, right = socket.socketpair()

    def send(number: int) -> None:
        departures.wait()
        seen.append(number)

    def read() -> None:
        first = left.recv(1)
        senders = [gevent.spawn(send, number) for number in range(3)]
        gevent.sleep(0)  # They run, and wait.
        seen.append(first)
        gevent.joinall(senders, timeout=PATIENCE)

    with left, right:
        reader = gevent.spawn(read)
        gevent.sleep(0)
        right.send(b"x")
        reader.join(PATIENCE)
    assert seen == [b"x", 0, 1, 2]


def test_one_that_is_killed_as_it_waits_is_not_sent_and_holds_up_nobody() -> None:
    """It goes on to live, and must not be woken for what it no longer waits for."""
    departures, left, killed = Departures(), [], []

    def send(number: int) -> None:
        try:
            departures.wait()
            left.append(number)
        except GreenletExit:
            started = time.monotonic()
            gevent.sleep(0.02)
            killed.append((number, time.monotonic() - started >= 0.02))

    senders = [gevent.spawn(send, number) for number in range(3)]
    gevent.get_hub().loop.run_callback(senders[1].throw, GreenletExit)
    gevent.joinall(senders, timeout=PATIENCE)
    assert (left, killed) == ([0, 2], [(1, True)])


def test_one_may_be_killed_by_one_that_leaves() -> None:
    departures, left = Departures(), []

    def killer() -> None:
        departures.wait()
        victim.throw(GreenletExit)

    def other(name: str) -> None:
        departures.wait()
        left.append(name)

    gevent.spawn(killer)
    victim, last = gevent.spawn(other, "victim"), gevent.spawn(other, "last")
    gevent.joinall([victim, last], timeout=PATIENCE)
    assert left == ["last"]


def test_whoever_comes_while_others_leave_leaves_soon_after() -> None:
    departures, gone = Departures(), []

    def send(number: int) -> None:
        for _ in range(3):
            departures.wait()
            gone.append(number)

    gevent.joinall([gevent.spawn(send, number) for number in range(2)], timeout=PATIENCE)
    assert gone == [0, 1] * 3


def test_what_begins_as_others_leave_neednt_wait_again() -> None:
    """What it sends first goes with them; what it sends next waits for its own turn."""
    departures, gone = Departures(), []

    def send(name: str) -> None:
        for step in range(2):
            departures.wait()
            gone.append((name, step))

    first = gevent.spawn(send, "waits")
    others = [greenlet(send, gevent.get_hub()) for _ in range(2)]
    gevent.sleep(0)
    for number, other in enumerate(others):
        departures.begin(other.switch, f"begins {number}")
    gevent.sleep(0)
    assert gone == [("waits", 0), ("begins 0", 0), ("begins 1", 0)]
    first.join(PATIENCE)
    assert gone[3:] == [("waits", 1), ("begins 0", 1), ("begins 1", 1)]


def test_one_that_begins_and_sends_nothing_takes_nobodys_turn() -> None:
    departures, gone = Departures(), []

    def send() -> None:
        departures.wait()
        gone.append("sent")

    departures.begin(gone.append, "nothing to send")
    departures.begin(lambda _: gevent.spawn(send), None)
    gevent.sleep(0)
    sender = gevent.spawn(send)
    sender.join(PATIENCE)
    assert gone == ["nothing to send", "sent", "sent"]


@pytest.mark.parametrize("requests", [1, 50])
def test_requests_leave_without_anything_else_happening(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient], requests: int
) -> None:
    """Nothing but the departure itself is there to wake the event loop."""
    client = client_of(serve(answering(*[OK] * 2)).url)
    for _ in range(2):
        asked = [gevent.spawn(client.request, "GET", "/") for _ in range(requests)]
        gevent.joinall(asked, timeout=PATIENCE)
        assert [each.value.code for each in asked] == [200] * requests
