"""Who generates load, and where the master listens."""

import socket

import pytest

from load.commands.crew import ONE_PROCESS, Crew, crew_of, listening_at
from load.protocol.addresses import MASTER_PORT
from profiles import UserError


@pytest.mark.parametrize(
    ("workers", "elsewhere", "bind", "crew"),
    [
        (None, 0, "", ONE_PROCESS),
        (4, 0, "", Crew(4)),
        (None, 2, "", Crew(0, 2, ("127.0.0.1", MASTER_PORT))),
        (1, 2, "192.0.2.7:6000", Crew(1, 2, ("192.0.2.7", 6000))),
    ],
)
def test_a_crew(workers: int | None, elsewhere: int, bind: str, crew: Crew) -> None:
    assert crew_of(workers, elsewhere, bind) == crew


def test_who_alone_does_it_all() -> None:
    assert [crew.alone for crew in (Crew(), Crew(2), Crew(1, 1), Crew(0, 1))] == [True, False, False, False]


@pytest.mark.parametrize(("workers", "bind", "said"), [(None, "0.0.0.0", "how many workers will join"), (0, "", "nobody would")])
def test_a_crew_that_makes_no_sense(workers: int | None, bind: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        crew_of(workers, 0, bind)


def test_where_the_master_listens(capsys: pytest.CaptureFixture[str]) -> None:
    host, port = listening_at(Crew(1, 2, ("127.0.0.1", 0)))
    assert host == "127.0.0.1" and port > 0
    said = capsys.readouterr()
    assert said.out == f"waiting for 2 more workers; start each with: stepload worker --master 127.0.0.1:{port}\n"
    assert said.err == "", "nobody else can reach it"


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            UserError, match=rf"--master-bind 127\.0\.0\.1:{port}: the master can't listen there: Address already"
        ):
            listening_at(Crew(1, 1, ("127.0.0.1", port)))
