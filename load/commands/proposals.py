"""What to change in a profile where a reply isn't as it says: the most likely key, with the value to write."""

import re
from collections.abc import Iterator
from typing import Any, Literal

import orjson

from load.http.hosts import REDIRECTS
from load.http.transport import Reply

Sought = Literal["id", "state"]
_LIKELY = {
    "id": (r"id|uuid|guid", r"(job|task|request|operation|run|execution)_?-?(id|uuid)", r".*(id|handle|uuid|key|name)"),
    "state": (r"status|state", r".*(status|state)", r"phase|stage|done|finished|ready|result"),
}
"""What these are called, the likeliest first."""
DEEPEST = 4


def path_to(sought: Sought, body: bytes, words: tuple[str, ...] = ()) -> str:
    """Where in a JSON reply something of that kind most likely is, as JMESPath; "" where nothing looks like it."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    found = [(path, value) for path, value in _leaves(document, "", 0) if isinstance(value, str | int | bool)]
    known = [path for path, value in found if sought == "state" and str(value) in words]
    ranked = sorted((rank, len(path), path) for path, value in found if (rank := _rank(sought, path, value)) is not None)
    return next(iter([*known, *(path for *_, path in ranked)]), "")


def _rank(sought: Sought, path: str, value: Any) -> int | None:
    name = re.sub(r'[\[\]0-9"]+$', "", path).rpartition(".")[2].strip('"')
    if isinstance(value, bool) and sought == "id":
        return None
    patterns = enumerate(_LIKELY[sought])
    return next((rank for rank, pattern in patterns if re.fullmatch(pattern, name, re.IGNORECASE)), None)


def _leaves(document: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(document, dict) and depth < DEEPEST:
        for key, inner in document.items():
            name = key if re.fullmatch(r"[A-Za-z_]\w*", key) else f'"{key}"'
            yield from _leaves(inner, f"{path}.{name}".lstrip("."), depth + 1)
    elif isinstance(document, list) and document and depth < DEEPEST:
        yield from _leaves(document[0], f"{path}[0]", depth + 1)
    elif not isinstance(document, dict | list):
        yield path, document


def for_code(call: str, reply: Reply) -> str:
    """What to write where the HTTP status is no good one; "" where nothing helps."""
    code = reply.code or 0
    if code in REDIRECTS:
        return f"it sends elsewhere: say follow = 5 in [api.{call}]"
    if code == 401:
        return "who asks? say api.headers, or [api.login]"
    if code == 415 and call == "submit":
        return 'it wants another body: say form or body in [[job]], or headers = { Content-Type = "…" } in [api.submit]'
    if 200 <= code < 300 and call == "submit":
        return f"if that is fine, say api.accepted = [{code}]"
    if code in (202, 204, 303, 409, 410) and call == "status":
        return f"if that tells the state, say codes = {{ running = [{code}] }} in [api.status]"
    return ""
