"""What is checked before the first job: that somebody answers."""

import time

from profiles import Profile, UserError

from .api import public_url
from .transport import HttpClient

PATIENCE = 10.0


def wait_until_ready(profile: Profile, host: str) -> None:
    """Wait for api.ready to answer 2xx, or without one for the host to answer at all. Raises UserError after 10 s."""
    method, path = (profile.api.ready or "GET /").split(" ", 1)
    client = HttpClient(host, timeout=5.0, headers={})
    deadline = time.monotonic() + PATIENCE
    while True:
        reply = client.request(method, path)
        if reply.code is not None and (profile.api.ready is None or 200 <= reply.code < 300):
            client.close()
            return
        if time.monotonic() > deadline:
            said = reply.error or f"HTTP {reply.code}"
            raise UserError(f"{public_url(host)}{path}: the target is not ready after {PATIENCE:.0f} s: {said}")
        time.sleep(0.5)
