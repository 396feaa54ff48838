"""Strangers on the master's port end nothing: what they send is dropped and counted."""

from collections.abc import Iterator
from typing import Any

import gevent
import msgpack
import pytest
import zmq.green as zmq

from load.protocol import messages

with pytest.MonkeyPatch.context() as patch:  # Locust patches threads and sockets of whoever imports it
    patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "1")
    from locust.env import Environment
    from locust.rpc import zmqrpc

    from load.master.gate import Gate, understood

PATIENCE = 20.0


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The gate of a master of Locust's own, which listens on a port of its own."""
    monkeypatch.setattr(zmqrpc.Server, "recv_from_client", zmqrpc.Server.recv_from_client)
    runner = Environment().create_master_runner("127.0.0.1", 0)
    made = Gate(runner)
    made.guard()
    made.port = runner.server.port  # type: ignore[attr-defined]
    made.runner = runner  # type: ignore[attr-defined]
    made.nodes_context = runner.server.socket.context  # type: ignore[attr-defined]
    yield made
    runner.greenlet.kill(block=True)
    runner.server.socket.context.destroy(linger=0)


class Node:
    """Somebody who connects to a master."""

    def __init__(self, gate: Any, name: bytes) -> None:
        self._socket = gate.nodes_context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.IDENTITY, name)
        self._socket.connect(f"tcp://127.0.0.1:{gate.port}")

    def send(self, *frames: bytes) -> None:
        self._socket.send_multipart(frames)

    def says(self, kind: str, data: Any, node: str) -> None:
        self.send(msgpack.dumps((kind, data, node)))

    def hears(self) -> Any:
        with gevent.Timeout(PATIENCE):
            return msgpack.loads(self._socket.recv())


GARBAGE = (
    [b""], [b"\xc1"], [b"\x00" * 100], [b"\xff" * 9], [b"GET / HTTP/1.1\r\n\r\n"], [b"one", b"two"], [msgpack.dumps(1)],
    [msgpack.dumps([1, 2])], [msgpack.dumps((None, None, None))], [msgpack.dumps(("quit", None, "another"))], [b"\x91" * 5000],
    [msgpack.dumps((messages.CHUNK, {"worker": 1}, "stranger"))], [msgpack.dumps((messages.HELLO, ["worker"], "stranger"))],
    [msgpack.dumps((messages.PING, {"worker": "one", "asked": 0.0}, "stranger"))],
    [msgpack.dumps(("spawning", None, "stranger"))], [msgpack.dumps(("locustfile", {"version": "2"}, "stranger"))],
    [msgpack.dumps((messages.DRIFT, {"worker": 7, "offset": 0.0, "error": 0.0}, "stranger"))],
)  # fmt: skip


def test_whatever_comes_a_worker_after_it_is_heard(gate: Any) -> None:
    stranger, worker = Node(gate, b"stranger"), Node(gate, b"worker")
    for frames in GARBAGE:
        stranger.send(*frames)
    with gevent.Timeout(PATIENCE):
        while gate.dropped < len(GARBAGE):
            gevent.sleep(0.01)
    worker.says("client_ready", "2.47.0", "worker")
    assert worker.hears()[0] == "ack"
    assert gate.dropped == len(GARBAGE)


def test_only_who_said_hello_is_a_worker_of_locusts(gate: Any) -> None:
    plain, ours = Node(gate, b"plain"), Node(gate, b"ours")
    for node, name in ((plain, "plain"), (ours, "ours")):
        node.says("client_ready", "2.47.0", name)
        node.hears()
    assert gate.connected == 0
    gate.enter(2, "ours")
    assert (gate.connected, list(gate.runner.clients)) == (1, ["ours"])
    gate.leave("ours")
    assert gate.connected == 0


def test_a_message_of_each_kind_is_understood() -> None:
    chunk = messages.Chunk(
        worker=1, seq=1, mark=1.0, requests=b"", jobs=b"", samples=b"", counters=messages.no_counts(), clients=1, in_flight=0,
        final=False, left="",
    )  # fmt: skip
    for kind, data in ((messages.CHUNK, chunk), (messages.PING, {"worker": 1, "asked": 2.0}), ("heartbeat", {"state": "ready"})):
        message = understood([b"node", msgpack.dumps((kind, data, "node"))])
        assert message is not None and (message.type, message.data, message.node_id) == (kind, data, "node")
