"""A login is renewed in time and when it has expired, and never twice at once."""

from typing import Any

import gevent
import gevent.event
import pytest

from load.http.transport import Reply
from load.jobs.calls import Exchange
from load.jobs.login import APART, Login

REPLY = Reply(0.0, 0.0, 200, b"", {}, 1, 1, "")


class Desk:
    """Gives out tokens, a moment after it was asked."""

    def __init__(self, *errors: str) -> None:
        self.errors, self.asked, self.told = list(errors), 0, list[dict[str, Any]]()

    def sign_in(self) -> tuple[Exchange, dict[str, Any], str]:
        self.asked += 1
        gevent.sleep(0.01)
        return Exchange(REPLY), {"token": self.asked}, self.errors.pop(0) if self.errors else ""


def test_all_who_find_it_expired_wait_for_one() -> None:
    desk = Desk()
    login = Login(desk.sign_in, None, desk.told.append)
    assert login.begin() == ""
    waiting = [gevent.spawn(login.renewed, 1) for _ in range(50)]
    gevent.joinall(waiting)
    assert [each.value for each in waiting] == [True] * 50
    assert (desk.asked, login.generation, login.names) == (2, 2, {"token": 2})
    assert desk.told == [{"token": 1}, {"token": 2}]


def test_one_that_fails_is_not_tried_by_each() -> None:
    desk = Desk("", "HTTP 403")
    login = Login(desk.sign_in, None, desk.told.append)
    login.begin()
    waiting = [gevent.spawn(login.renewed, 1) for _ in range(50)]
    gevent.joinall(waiting)
    assert [each.value for each in waiting] == [False] * 50
    assert (desk.asked, login.names) == (2, {"token": 1})
    gevent.sleep(APART)
    assert login.renewed(1)


def test_it_is_renewed_in_time() -> None:
    desk, twice = Desk(), gevent.event.Event()
    login = Login(desk.sign_in, 0.05, lambda names: twice.set() if names["token"] == 3 else None)
    login.begin()
    assert twice.wait(20)
    login.close()


@pytest.mark.parametrize("error", ["HTTP 403", "connect: connection refused"])
def test_the_first_says_why_it_failed(error: str) -> None:
    desk, told = Desk(error), list[tuple[Reply, str]]()
    login = Login(desk.sign_in, 60.0, desk.told.append)
    login.on_reply = lambda *reply: told.append(reply)
    assert login.begin() == error
    assert told == [(REPLY, error)] and desk.told == []
