"""What the watcher is told."""

import socket

import pytest

from load.sampling.watches import all_watched, refuse_to_watch_elsewhere
from profiles import Profile, UserError, validate
from tests.small import DOCUMENT


def watching(*watches: dict[str, object]) -> Profile:
    return validate(DOCUMENT | {"watch": list(watches)}, "test.toml")


def test_the_generators_host_is_watched_unless_a_host_is() -> None:
    own = f"host-{socket.gethostname()}"
    assert [watch["name"] for watch in all_watched(watching(), "http://127.0.0.1")] == [own]
    assert [watch["name"] for watch in all_watched(watching({"name": "target", "host": True}), "http://127.0.0.1")] == ["target"]


@pytest.mark.parametrize(("url", "port"), [("http://127.0.0.1:8123/x", 8123), ("https://127.0.0.1", 443)])
def test_a_process_at_the_targets_port(url: str, port: int) -> None:
    first, _ = all_watched(watching({"name": "api", "process": {"port": "target"}}), url)
    assert first["process"] == {"pid": None, "port": port, "name": None, "each": False}


@pytest.mark.parametrize("watch", [{"name": "target", "host": True}, {"name": "api", "process": {"port": "target"}}])
def test_another_machine_is_not_watched_under_this_ones_numbers(watch: dict[str, object]) -> None:
    refuse_to_watch_elsewhere(watching(watch), "http://127.0.0.1:1")
    refuse_to_watch_elsewhere(watching(watch), "http://localhost:1")
    with pytest.raises(UserError, match=r"samples the machine that stepload runs on, and 192\.0\.2\.7 is another"):
        refuse_to_watch_elsewhere(watching(watch), "http://192.0.2.7:1")
    refuse_to_watch_elsewhere(watching({"name": "me", "host": True}), "http://192.0.2.7:1")
