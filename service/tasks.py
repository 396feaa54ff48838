"""The task types: what arguments they take, and how they are run."""

import asyncio
import errno
import math
import random
import traceback
from collections.abc import Mapping
from decimal import Decimal, Inexact, localcontext
from typing import Any

import httpx

from service.strategies import Strategy
from service.work import KINDS

FACTORIAL_MAX = 100_000
FACTORIAL_AT_ONCE = 1_000  # up to here a factorial takes less time than a thread's start
FACTORIAL_DIGITS = 456_574  # of FACTORIAL_MAX!
FETCH_CAP_BYTES = 1_000_000
SLEEP_MAX_S = 86_400.0
WORK_MAX_S = 600.0
URL_MAX_CHARS = 2_000
DISTRIBUTIONS = ("fixed", "exponential")


class BadTask(Exception):
    """The task can't be accepted; the message says why."""


class TaskFailed(Exception):
    """The task ends FAILED, with this cause."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause


def checked(kind: object, args: object) -> dict[str, Any]:
    """The arguments of a new task, ready to run; raises BadTask."""
    check = {"factorial": _factorial_args, "http-fetch": _fetch_args, "sleep": _sleep_args, **dict.fromkeys(KINDS, _work_args)}
    if not isinstance(kind, str) or kind not in check:
        raise BadTask(f"unknown type {_shown(kind)}; known are {', '.join(check)}")
    if args is None:
        args = {}
    if not isinstance(args, dict):
        raise BadTask(f"args must be an object, not {_shown(args)}")
    known = {"factorial": {"n"}, "http-fetch": {"url"}, "sleep": {"seconds", "distribution"}}.get(kind, {"seconds"})
    if extra := set(args) - known:
        raise BadTask(f"{kind} takes {', '.join(sorted(known))}, not {_shown(min(extra))}")
    return check[kind](args)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _factorial_args(args: Mapping[str, Any]) -> dict[str, Any]:
    n = args.get("n")
    if isinstance(n, str) and n.isascii() and n.isdigit() and len(n) <= len(str(FACTORIAL_MAX)):
        n = int(n)
    if type(n) is not int or not 0 <= n <= FACTORIAL_MAX:
        raise BadTask(f"factorial needs n, a whole number from 0 to {FACTORIAL_MAX}, not {_shown(n)}")
    return {"n": n}


def _fetch_args(args: Mapping[str, Any]) -> dict[str, Any]:
    url = args.get("url") or ""
    if url == "":
        return {"url": ""}
    try:
        parsed = httpx.URL(url) if isinstance(url, str) and len(url) <= URL_MAX_CHARS else None
    except httpx.InvalidURL:
        parsed = None
    if parsed is None or parsed.scheme not in ("http", "https") or not parsed.host:
        raise BadTask(f"http-fetch needs url, an http or https address, not {_shown(url)}")
    return {"url": url}


def _sleep_args(args: Mapping[str, Any]) -> dict[str, Any]:
    given, distribution = args.get("seconds"), args.get("distribution", "fixed")
    try:
        seconds = math.nan if isinstance(given, bool) else float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not 0 <= seconds <= SLEEP_MAX_S:
        raise BadTask(f"sleep needs seconds, a number from 0 to {SLEEP_MAX_S:g}, not {_shown(given)}")
    if distribution not in DISTRIBUTIONS:
        raise BadTask(f"distribution is {' or '.join(DISTRIBUTIONS)}, not {_shown(distribution)}")
    return {"seconds": seconds, "distribution": distribution}


def _work_args(args: Mapping[str, Any]) -> dict[str, Any]:
    seconds = args.get("seconds", 1.0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= WORK_MAX_S:
        raise BadTask(f"work needs seconds, a number from 0 to {WORK_MAX_S:g}, not {_shown(seconds)}")
    return {"seconds": float(seconds)}


def factorial(n: int) -> str:
    """The decimal digits of n!.

    Big ones are multiplied as decimals: turning a big int into text takes seconds during which no other
    thread runs, a Decimal's digits are there already.
    """
    if n <= FACTORIAL_AT_ONCE:
        return str(math.factorial(n))
    with localcontext(prec=FACTORIAL_DIGITS) as context:
        context.traps[Inexact] = True
        return str(_product(1, n))


def _product(low: int, high: int) -> Decimal:
    if high - low < 64:
        return Decimal(math.prod(range(low, high + 1)))
    middle = (low + high) // 2
    return _product(low, middle) * _product(middle + 1, high)


class Runner:
    """Runs tasks; times are seconds of the event loop's clock, which is CLOCK_MONOTONIC."""

    def __init__(self, client: httpx.AsyncClient, content_url: str, fetch_timeout: float, seed: int, strategy: Strategy) -> None:
        self._client, self._content_url, self._fetch_timeout = client, content_url, fetch_timeout
        self._strategy = strategy
        self._random = random.Random(f"{seed}/sleep")

    async def run(self, kind: str, args: Mapping[str, Any], begun: float) -> tuple[Any, float]:
        """The result, and when it was due: a sleep ends its seconds after `begun`, the others now."""
        if kind == "sleep":
            seconds = self._service_time(args["seconds"], args["distribution"])
            ends = begun + seconds
            await asyncio.sleep(max(0.0, ends - asyncio.get_running_loop().time()))
            return seconds, ends
        if kind in KINDS:
            result: float | str = await self._strategy.run(kind, args["seconds"])
            return result, asyncio.get_running_loop().time()
        result = await (self._factorial(args["n"]) if kind == "factorial" else self._fetch(args["url"]))
        return result, asyncio.get_running_loop().time()

    def _service_time(self, mean: float, distribution: str) -> float:
        if distribution == "fixed" or mean == 0:
            return mean
        return self._random.expovariate(1 / mean)

    async def _factorial(self, n: int) -> str:
        return factorial(n) if n <= FACTORIAL_AT_ONCE else await asyncio.to_thread(factorial, n)

    async def _fetch(self, url: str) -> str:
        url = url or self._content_url
        try:
            async with asyncio.timeout(self._fetch_timeout), self._client.stream("GET", url) as response:
                if not response.is_success:
                    raise TaskFailed(f"HTTP {response.status_code}", f"GET {url} did not succeed")
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) >= FETCH_CAP_BYTES:
                        break
                return bytes(body[:FETCH_CAP_BYTES]).decode(response.encoding or "utf-8", "replace")
        except TimeoutError as error:
            raise TaskFailed("timed out", f"GET {url} took over {self._fetch_timeout:g} s") from error


def failure(error: Exception) -> dict[str, str]:
    """The result of a task that failed."""
    return {
        "cause": _cause(error),
        "message": str(error) or type(error).__name__,
        "stackTrace": "".join(traceback.format_exception(error)),
    }


def _cause(error: BaseException) -> str:
    if isinstance(error, TaskFailed):
        return error.cause
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.errno in (errno.EMFILE, errno.ENFILE):
            return "too many open files"
        link = link.__cause__ or link.__context__
    return "connection failed" if isinstance(error, httpx.TransportError) else type(error).__name__
