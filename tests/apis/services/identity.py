"""Services that want to know who asks."""

import time

from tests.apis.serving import Asked, Said

from .statuses import Simple


class Expiring(Simple):
    """A token is good for a third of a second; then everything is answered 401."""

    takes = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.logins = 0
        self._good_until: dict[str, float] = {}

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/token":
            if asked.form != {"user": "u", "password": "p4ss w&rd"}:
                return Said(403)
            with self.lock:
                self.logins += 1
                token = f"token-{self.logins}"
                self._good_until[token] = time.monotonic() + 1 / 3
            return Said(200, {"access_token": token})
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return super().answer(asked) if self._good_until.get(token, 0.0) > time.monotonic() else Said(401)


class Session(Simple):
    """A login sets a cookie and tells a CSRF token, which every POST must bring along."""

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/login":
            return Said(200, {"csrf": "c5rf"}, {"Set-Cookie": "session=abc; Path=/; HttpOnly\nlang=en; Path=/"})
        cookies = asked.headers.get("cookie", "")
        signed_in = "session=abc" in cookies and "lang=en" in cookies
        if not signed_in or (asked.method == "POST" and asked.headers.get("x-csrf-token") != "c5rf"):
            return Said(403)
        return super().answer(asked)


class Sticky(Simple):
    """The submit's reply sets a cookie, without which its job isn't found."""

    def post(self, asked: Asked) -> Said:
        job = self.begin()
        return Said(202, {"id": job.id}, {"Set-Cookie": f"node={job.id}; Path=/"})

    def get(self, asked: Asked) -> Said:
        return super().get(asked) if asked.headers.get("cookie") == f"node={asked.path.split('/')[2]}" else Said(404)


class KeyInQuery(Simple):
    """A key in the query of every request."""

    def answer(self, asked: Asked) -> Said:
        return super().answer(asked) if asked.query.get("key") == "k&y" else Said(403)
