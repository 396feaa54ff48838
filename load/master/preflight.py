"""What is checked before the first job: that the target answers."""

import time

import requests

from load.jobs.api import expanded_headers
from load.protocol.addresses import public_url
from profiles import Profile, UserError

PATIENCE = 10.0
"""Seconds that a run waits for its target."""
REPLY_PATIENCE = 5.0
"""Seconds in which one reply must come."""
AGAIN = 0.5
"""Seconds until the target is asked again."""


def wait_until_ready(profile: Profile, host: str, patience: float = PATIENCE) -> None:
    """Wait for api.ready to answer 2xx, or without one for the host to answer at all. Raises UserError."""
    method, path = (profile.api.ready or "GET /").split(" ", 1)
    headers = expanded_headers(profile)
    deadline = time.monotonic() + patience
    while True:
        said = _ask(method, host + path, headers, must_succeed=profile.api.ready is not None)
        if not said:
            return
        if time.monotonic() > deadline:
            waited = f" after {patience:.0f} s" if patience else ""
            raise UserError(f"{public_url(host)}{path}: the target is not ready{waited}: {said.replace(host, public_url(host))}")
        time.sleep(AGAIN)


def _ask(method: str, url: str, headers: dict[str, str], must_succeed: bool) -> str:
    """What is wrong with the target's answer; "" for nothing."""
    try:
        # The head of the reply is all that counts: its body may have no end.
        with requests.request(method, url, headers=headers, timeout=REPLY_PATIENCE, allow_redirects=False, stream=True) as reply:
            return f"HTTP {reply.status_code}" if must_succeed and not reply.ok else ""
    except requests.ConnectionError as error:
        return _reason(error)
    except requests.Timeout:
        return f"no answer within {REPLY_PATIENCE:.0f} s"
    except (requests.RequestException, ValueError) as error:
        return str(error)


def _reason(error: requests.ConnectionError) -> str:
    text = str(error)
    known = {
        "Connection refused": "connection refused",
        "Name or service not known": "its name does not resolve",
        "NameResolutionError": "its name does not resolve",
        "Network is unreachable": "the network is unreachable",
        "No route to host": "no route to the host",
    }
    return next((said for sign, said in known.items() if sign in text), "the connection broke before a reply")
