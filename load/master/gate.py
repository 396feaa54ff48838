"""The gate of the master's port: whoever reaches it can send it anything, and only what a worker would send comes through.

Locust's own reader ends at the first message that it can't take apart, and with it every worker is out of reach. And
Locust gives clients to whoever asks to be a worker; here that takes a hello first.
"""

from collections.abc import Callable
from typing import Any

import msgpack
import zmq.error
from locust import runners
from locust.exception import RPCError
from locust.rpc import Message as LocustMessage
from locust.rpc import zmqrpc
from pydantic import TypeAdapter, ValidationError

from load.protocol import messages
from load.protocol.locust_runner import MastersRunner, Message, Runner

SHAPES: dict[str, TypeAdapter[Any]] = {
    messages.HELLO: TypeAdapter(messages.Caller),  # what else it says is looked at once its version is known
    messages.READY: TypeAdapter(messages.ClockOffset),
    messages.PING: TypeAdapter(messages.Ping),
    messages.CHUNK: TypeAdapter(messages.Chunk),
    messages.DRIFT: TypeAdapter(messages.ClockOffset),
}
"""What each of a worker's messages holds."""
ASKS = "client_ready"
"""The type of the message with which a process asks Locust to be one of its workers."""


class Gate:
    """Stands before Locust's runner. In a run in one process, which nobody can join, everything is let through."""

    def __init__(self, runner: Runner) -> None:
        self._master: MastersRunner | None = runner if isinstance(runner, runners.MasterRunner) else None
        self._take: Callable[[str, Message], None] | None = None
        self._asking: dict[str, Message] = {}
        self.nodes: dict[int, str] = {}
        """By the number of each worker that said hello, the node of it in Locust's network."""
        self.dropped = 0
        """Messages of strangers, which were dropped."""

    def guard(self) -> None:
        """Read in the place of Locust's servers from now on, also of one that it makes anew."""
        if self._master is not None:
            zmqrpc.Server.recv_from_client = lambda server: self._receive(server.socket.recv_multipart)
            self._take, self._master.handle_message = self._master.handle_message, self._admit

    @property
    def connected(self) -> int:
        """How many workers Locust counts."""
        return self._master.worker_count if self._master is not None else 1

    def enter(self, number: int, node: str) -> None:
        """A worker said hello: Locust counts it from now on."""
        self.nodes[number] = node
        if self._take is not None and (asking := self._asking.pop(node, None)) is not None:
            self._take(node, asking)

    def leave(self, node: str) -> None:
        """Have Locust give the clients of a worker to the others, if it has any."""
        if self._master is None:
            return
        client = self._master.clients.pop(node, None)
        dispatcher = getattr(self._master, "_users_dispatcher", None)
        if client is not None and dispatcher is not None:
            dispatcher.remove_worker(client)

    def _admit(self, node: str, msg: Message) -> None:
        """Let Locust see what concerns it. It would make a worker of whoever asks: here they only learn their number, so that
        they can say hello."""
        assert self._master is not None and self._take is not None
        ours = msg.type in SHAPES
        if node in self._master.clients if not ours else msg.type == messages.HELLO or node == self.nodes.get(msg.data["worker"]):
            self._take(node, msg)
        elif msg.type == ASKS:
            self._asking[node] = msg
            self._master.send_message("ack", {"index": self._master.get_worker_index(node)}, client_id=node)
        elif node not in self.nodes.values() and node not in self._asking:
            self.dropped += 1

    def _receive(self, read: Callable[[], list[bytes]]) -> tuple[str, Message]:
        """(node, message) that comes next, as Locust wants it. Raises RPCError where the socket is broken."""
        while True:
            try:
                frames = read()
            except zmq.error.ZMQError as error:
                raise RPCError("ZMQ network broken") from error
            message = understood(frames)
            if message is not None:
                return message.node_id, message
            self.dropped += 1


def understood(frames: list[bytes]) -> Message | None:
    """The message in the frames that came, None where it is none that a worker sends: bytes that are no message, a sender that
    names itself as another, or one of ours in another shape."""
    try:
        address, packed = frames
        kind, data, node = msgpack.unpackb(packed, raw=False, strict_map_key=False)
        if not isinstance(kind, str) or node != address.decode():
            return None
        if kind in SHAPES:
            SHAPES[kind].validate_python(data)
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException, ValidationError):
        return None
    return LocustMessage(kind, data, node)  # type: ignore[no-any-return]
