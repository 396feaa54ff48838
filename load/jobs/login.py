"""Signing in: once for a worker, again when the time has come or a call is answered 401, and never twice at once."""

import time
from collections.abc import Callable

import gevent
from gevent.lock import Semaphore

from load.http.transport import Reply
from profiles.templating import Names

from .calls import Exchange

APART = 1.0
"""Seconds between a login that failed and the next: thousands may find out in one moment that theirs has expired."""


class Login:
    """What a login took, which all calls may use. `sign_in` sends it, and gives what it took, or says why nothing;
    `on_new` is told the names whenever they change, `on_reply` each login's reply and what was wrong with it."""

    def __init__(
        self,
        sign_in: Callable[[], tuple[Exchange, Names, str]],
        renew: float | None,
        on_new: Callable[[Names], None],
    ) -> None:
        self._sign_in, self._renew, self._on_new = sign_in, renew, on_new
        self.on_reply: Callable[[Reply, str], None] = lambda _reply, _error: None
        self._one = Semaphore()
        self._failed_at = -APART
        self._keeper: gevent.Greenlet | None = None
        self.names: Names = {}
        self.generation = 0
        """How often a login has succeeded."""

    def begin(self) -> str:
        """Sign in for the first time; why it failed, or "". From then on it is renewed in time."""
        error = self._again(0)
        if not error and self._renew and self._keeper is None:
            self._keeper = gevent.spawn(self._keep, self._renew)
        return error

    def renewed(self, seen: int) -> bool:
        """Whether there is a newer login than the one `seen`; where there isn't, sign in, while all who ask meanwhile wait."""
        return not self._again(seen) and self.generation > seen

    def close(self) -> None:
        """Renew it no more."""
        if self._keeper is not None:
            self._keeper.kill()

    def _again(self, seen: int) -> str:
        with self._one:
            if self.generation > seen:
                return ""
            if time.monotonic() < self._failed_at + APART:
                return "it failed just now"
            exchange, names, error = self._sign_in()
            if error:
                self._failed_at = time.monotonic()
            else:
                self.names = names
                self.generation += 1
                self._on_new(names)
        self.on_reply(exchange.reply, error)
        return error

    def _keep(self, renew: float) -> None:
        while True:
            gevent.sleep(renew)
            self._again(self.generation)
