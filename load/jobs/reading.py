"""What is read out of a reply: JSON, and in it whatever a JMESPath finds."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

import jmespath
import orjson

from load.http.encodings import unpacked
from load.http.transport import Reply
from profiles.api.taking import Source
from profiles.paths import SLOT
from profiles.templating import as_text

from .answers import Told

Find = Callable[[Any, Mapping[str, Any]], Any]
"""(document, names) → what is found in it; None for nothing."""

_PLAIN_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_MS, _US, _NS = 1e11, 1e14, 1e17
"""Epoch times above these are in milliseconds, microseconds, nanoseconds: in seconds they lie beyond the year 5000."""


class Reader:
    """Reads bodies of which so many bytes are kept."""

    def __init__(self, keep: int) -> None:
        self._keep = keep

    def usable(self, reply: Reply) -> tuple[Any, str]:
        """The JSON of a 2xx reply, or why there is none."""
        code = reply.code
        if code is None:
            return None, reply.error
        return self.json(reply) if 200 <= code < 300 else (None, f"HTTP {code}")

    def json(self, reply: Reply) -> tuple[Any, str]:
        """The JSON of any reply, or why there is none."""
        try:
            return orjson.loads(reply.body), ""
        except orjson.JSONDecodeError:
            return self._in_disguise(reply)

    def _in_disguise(self, reply: Reply) -> tuple[Any, str]:
        body, why = unpacked(reply, self._keep)
        if why == "the reply is cut":
            return None, f"the reply is cut at {_size(self._keep)} (api.keep)"
        if why or body is reply.body:
            return None, why or "the reply is not JSON"
        try:
            return orjson.loads(body), ""
        except orjson.JSONDecodeError:
            return None, "the reply is not JSON"


def _size(size: int) -> str:
    return f"{size >> 20} MiB" if size % (1 << 20) == 0 else f"{size:,} bytes"


def finder(path: str) -> Callable[[Any], Any]:
    """What finds a JMESPath in a reply; None also where the reply holds a type that the path's functions don't take."""
    if _PLAIN_PATH.fullmatch(path):
        return partial(_walk, path.split("."))
    search = jmespath.compile(path).search

    def find(document: Any) -> Any:
        try:
            return search(document)
        except Exception:  # What the target sends must not raise, and JMESPath passes on whatever its functions do.
            return None

    return find


_found_by = lru_cache(4096)(finder)


def finder_of(path: str) -> Find:
    """The same of a path that `{{ name }}` may stand in."""
    if "{{" not in path:
        find = finder(path)
        return lambda document, _names: find(document)

    def look(document: Any, names: Mapping[str, Any]) -> Any:
        said = SLOT.sub(lambda slot: as_text(names.get(slot[1], "")).replace("'", "\\'"), path)
        try:
            return _found_by(said)(document)
        except ValueError:  # What was taken makes no JMESPath.
            return None

    return look


def _walk(names: list[str], document: Any) -> Any:
    """What JMESPath finds by names alone, without its interpreter: it would take longer than the rest of a poll."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def taken(source: Source, reply: Reply, document: Any) -> Any:
    """What a reply tells there; None for nothing."""
    match source.of:
        case "header":
            return reply.headers.get(source.at, "").partition("\n")[0].strip() or None
        case "cookie":
            return cookies(reply).get(source.at)
        case _:
            return None if document is None else _found_by(source.at)(document)


def cookies(reply: Reply) -> dict[str, str]:
    """The cookies that a reply sets, by name."""
    lines = reply.headers.get("set-cookie", "").split("\n")
    pairs = (line.partition(";")[0].partition("=") for line in lines if "=" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def retry_after(reply: Reply, now: float) -> float | None:
    """Seconds that a reply asks to wait: Retry-After as seconds or as a date (RFC 9110, 10.2.3); `now` since 1970."""
    said = reply.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        moment = datetime.strptime(said, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - now)


def parse_time(value: Any) -> float | None:
    """Epoch seconds of a timestamp: ISO 8601 (without a zone: UTC), or seconds, ms, µs or ns since 1970, as a text too."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{9,20}(\.\d+)?", value):
        value = float(value)
    if isinstance(value, int | float):
        divisor = 1.0 if value <= _MS else 1e3 if value <= _US else 1e6 if value <= _NS else 1e9
        return float(value) / divisor
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


class TimesIn:
    """Reads the service's own times in the reply to one call."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._moments = [finder_of(paths[name]) if name in paths else None for name in ("created", "started", "finished")]
        self._durations = [finder_of(paths[name]) if name in paths else None for name in ("waited", "ran")]
        self.any = bool(paths)

    def of(self, document: Any, names: Mapping[str, Any]) -> Told:
        """As far as they are there."""
        created, started, finished = (parse_time(find(document, names)) if find else None for find in self._moments)
        waited, ran = (_seconds(find(document, names)) if find else None for find in self._durations)
        return created, started, finished, waited, ran


def _seconds(value: Any) -> float | None:
    """A duration: a number of seconds, as a text too; never less than none."""
    try:
        seconds = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
    return seconds if seconds is not None and 0 <= seconds < _MS else None


def together(earlier: Told, later: Told) -> Told:
    """What two replies tell: the later one is right where both tell the same."""
    created, started, finished, waited, ran = (a if b is None else b for a, b in zip(earlier, later, strict=True))
    return created, started, finished, waited, ran


def moments(told: Told) -> tuple[float | None, float | None, float | None]:
    """When a job was created, started and finished; what isn't told follows from the durations."""
    created, started, finished, waited, ran = told
    if started is None and created is not None and waited is not None:
        started = created + waited
    if started is None and finished is not None and ran is not None:
        started = finished - ran
    if finished is None and started is not None and ran is not None:
        finished = started + ran
    if created is None and started is not None and waited is not None:
        created = started - waited
    return created, started, finished
