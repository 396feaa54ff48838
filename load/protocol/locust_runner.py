"""What stepload uses of Locust's runners and messages, which have no types of their own."""

from collections.abc import Callable, MutableMapping
from typing import Any, Protocol


class Message(Protocol):
    """A message as Locust hands it to its handler. `data` is one of the types of `messages`, after its `type`."""

    type: str
    data: Any
    node_id: str


class Runner(Protocol):
    """Any runner: the worker's, the master's, and that of a run in one process, which is both and speaks with itself."""

    worker_index: int
    user_count: int

    def register_message(self, msg_type: str, listener: Callable[..., None]) -> None:
        """Have a handler called for each message of a type, by Locust's own greenlet: it must not block."""

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Send to one worker or to all; from a worker, to its master. It may be lost without a word."""


class WorkersRunner(Runner, Protocol):
    """The runner of a worker process."""

    master_host: str
    master_port: int
    custom_messages: MutableMapping[str, Any]
    handle_message: Callable[[Message], None]


class MastersRunner(Runner, Protocol):
    """The runner of a master process. `clients`: by node, Locust's own idea of its workers."""

    clients: MutableMapping[str, Any]
    worker_count: int
    handle_message: Callable[[str, Message], None]

    def get_worker_index(self, client_id: str) -> int:
        """The number of a worker, counted from 0."""
