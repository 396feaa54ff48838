"""What is checked before the first job: that the target answers."""

import time
from contextlib import closing

import gevent

from load.jobs.api import HttpJobApi
from load.protocol.addresses import public_url
from profiles import Profile, UserError

PATIENCE = 10.0
"""Seconds that a run waits for its target."""
REPLY_PATIENCE = 5.0
"""Seconds in which one reply must come."""
AGAIN = 0.5
"""Seconds until the target is asked again."""


def wait_until_ready(profile: Profile, host: str, patience: float = PATIENCE) -> None:
    """Wait for api.ready to be answered well, or without one for the host to answer at all, over the connections that the
    load will use; where the profile has a login, that comes first. Raises UserError."""
    asked = profile.api.ready.request if profile.api.ready else "GET /"
    hurried = profile.api.model_copy(update={"timeout": min(profile.api.timeout, REPLY_PATIENCE)})
    deadline = time.monotonic() + patience
    with closing(HttpJobApi(profile.model_copy(update={"api": hurried}), host)) as api:
        while said := _what_is_wrong(profile, api):
            if time.monotonic() > deadline:
                waited = f" after {patience:.0f} s" if patience else ""
                raise UserError(f"{public_url(host)}{asked.partition(' ')[2]}: the target is not ready{waited}: {said}")
            gevent.sleep(AGAIN)


def _what_is_wrong(profile: Profile, api: HttpJobApi) -> str:
    """Why the target isn't ready; "" where it is."""
    if failed := api.sign_in():
        return f"the login failed: {_plain(failed)}"
    if profile.api.ready:
        return _plain(api.ask(profile.api.ready).error)
    return _plain(api.ask("GET /").reply.error)


def _plain(error: str) -> str:
    said = {"timed out": f"no answer within {REPLY_PATIENCE:.0f} s", "host name does not resolve": "its name does not resolve"}
    return said.get(error, error.removeprefix("connect: "))
