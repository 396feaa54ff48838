"""A client's own loop: it draws tasks, waits and is stopped as Locust's would."""

from collections.abc import Callable

import gevent
import pytest
from gevent.event import Event
from gevent.pool import Group

with pytest.MonkeyPatch.context() as patch:  # Locust patches threads and sockets of whoever imports it
    patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "1")
    from locust.env import Environment

    from load.worker.locust_user import JobClient

PATIENCE = 20.0


class Client(JobClient):
    """Counts what it does instead of submitting jobs."""

    abstract = True
    pause = 0.0

    def on_start(self) -> None:
        self.done: list[str] = []
        self.stopped = 0
        self.begun, self.go_on = Event(), Event()

    def on_stop(self) -> None:
        self.stopped += 1

    def wait(self) -> None:
        gevent.sleep(self.pause)

    def until(self, done: int) -> None:
        with gevent.Timeout(PATIENCE):
            while len(self.done) < done:
                gevent.sleep(0.001)


def note(what: str) -> Callable[[Client], None]:
    return lambda client: client.done.append(what)


def long_task(client: Client) -> None:
    client.begun.set()
    client.go_on.wait()
    client.done.append("long")


@pytest.fixture
def start() -> Callable[..., tuple[Client, Group]]:
    """A client on its way, with these tasks and this long a wait between two of them."""

    def started(*tasks: Callable[[Client], None], pause: float = 0.0) -> tuple[Client, Group]:
        client, group = Client(Environment()), Group()
        client.tasks, client.pause = list(tasks), pause
        client.start(group)
        gevent.sleep(0)
        return client, group

    return started


def test_tasks_are_drawn_by_weight(start: Callable[..., tuple[Client, Group]]) -> None:
    client, group = start(note("a"), *[note("b")] * 3)
    client.until(2000)
    group.kill()
    assert client.done.count("b") / len(client.done) == pytest.approx(0.75, abs=0.06)
    assert client.stopped == 1


def test_one_that_waits_is_stopped_at_once(start: Callable[..., tuple[Client, Group]]) -> None:
    client, group = start(note("a"), pause=1e6)
    client.until(1)
    assert client.stop(), "Locust may take it for gone"
    assert group.join(PATIENCE)
    assert (client.done, client.stopped) == (["a"], 1)


def test_one_that_works_ends_its_task_first(start: Callable[..., tuple[Client, Group]]) -> None:
    client, group = start(long_task)
    client.begun.wait(PATIENCE)
    assert not client.stop()
    client.go_on.set()
    assert group.join(PATIENCE)
    assert (client.done, client.stopped) == (["long"], 1)


def test_one_that_works_is_stopped_by_force(start: Callable[..., tuple[Client, Group]]) -> None:
    client, group = start(long_task)
    client.begun.wait(PATIENCE)
    assert client.stop(force=True)
    assert group.join(PATIENCE)
    assert (client.done, client.stopped) == ([], 1)
