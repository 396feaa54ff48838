"""The command that is shown is one that can be typed."""

from pathlib import Path

from load.commands.crew import Crew
from load.commands.locust_command import as_master, joining, leading, shown
from load.protocol.locust_options import arguments_for


def test_what_is_shown_can_be_typed_and_holds_no_password() -> None:
    arguments = arguments_for("smoke", "http://user:secret@127.0.0.1:1", [], "", ["a=b c"])
    command = leading(arguments, Path("results/x"))
    line = shown(command)
    assert line.startswith("locust -f locustfile.py ") and line.endswith("--csv results/x/locust --csv-full-history")
    assert "--host=http://127.0.0.1:1 '--load-label=a=b c'" in line
    assert not any("secret" in word for word in command), "others see the list of processes"


def test_a_master_waits_longer_for_those_that_somebody_starts() -> None:
    def waits(crew: Crew) -> list[str]:
        return as_master(crew, "127.0.0.1", 5557)[5:]

    assert waits(Crew(2)) == ["--expect-workers", "2", "--expect-workers-max-wait", "60"]
    assert waits(Crew(2, 3)) == ["--expect-workers", "5", "--expect-workers-max-wait", "600"]


def test_a_worker_here_reaches_a_master_that_listens_everywhere() -> None:
    assert joining("0.0.0.0", 5557)[-4:] == ["--master-host", "127.0.0.1", "--master-port", "5557"]
    assert joining("192.0.2.7", 5557)[-4:-2] == ["--master-host", "192.0.2.7"]
