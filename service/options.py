"""The command line of the service: one frozen `Options`, read and checked by `parse`."""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from service.strategies import STRATEGIES

DESCRIPTION = """\
A small asynchronous task queue service to practise load tests on: tasks are accepted, wait in one bounded
FIFO queue, are run by a fixed number of workers, and their results are kept on disk. Its capacity is known:
workers / mean service time."""

EXAMPLES = """\
http:
  POST /tasks/submissions        {"type": ..., "args": {...}} -> 202 {"id"}, 400, 503 when the queue is full
  GET  /tasks/submissions/{id}   QUEUED, RUNNING, SUCCEEDED, FAILED, REJECTED or CANCELLED; 404
  GET  /tasks/{id}               the result; 400 when not finished; 404
  POST /tasks/{id}/cancel        gives the task up; 409 when it has ended; 404
  POST /workers/{n}/restart      ends worker n as a crash would: its task is queued again, and it comes back ?down=S
                                 seconds later
  GET  /health /counts /content

task types:
  factorial    {"n": "50"}                                        0 to 100000
  http-fetch   {"url": "http://..."}                              without url: this service's own /content
  sleep        {"seconds": 0.2, "distribution": "exponential"}    or "fixed", the default
  cpu, io, subprocess, subprocess_threaded                        {"seconds": 1.0} of such work; see --strategy

examples:
  python -m service                                       4 workers on http://127.0.0.1:18991
  python -m service --port 0 --workers 2 --truth t.csv    a free port, and what really happened in t.csv
  python -m service --data jobs --queue-limit 50          a restart goes on where it stopped
  python -m service --lose 0.01 --stall-at 30 --stall-for 10
"""


@dataclass(frozen=True)
class Options:
    """Everything that can be set; times in seconds, shares from 0 to 1."""

    host: str
    port: int
    content_delay: float
    no_times: bool
    parent_pid: int | None
    workers: int
    strategy: str
    queue_limit: int
    fetch_timeout: float
    seed: int
    data: Path | None
    truth: Path | None
    fail: float
    lose: float
    leak_fds: float
    stall_at: float | None
    stall_for: float
    stall_http: bool


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage in front of it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"service: {message} (see --help)\n")


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Reads a whole number from `low` to `high`."""
    span = f"from {low} to {high}" if high is not None else f"of at least {low}"

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"needs a whole number {span}, not {text!r}")
        return value

    return read


def number(high: float, what: str) -> Callable[[str], float]:
    """Reads a number from 0 to `high`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value <= high:
            raise argparse.ArgumentTypeError(f"needs {what} from 0 to {high:g}, not {text!r}")
        return value

    return read


share = number(1, "a share")
seconds = number(1e6, "seconds")


def build_parser() -> Parser:
    parser = Parser(
        prog="python -m service",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_serving(parser)
    _add_work(parser)
    _add_faults(parser)
    return parser


def _add_serving(parser: Parser) -> None:
    add = parser.add_argument_group("serving").add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=whole(0, 65535), default=18991, help="0 picks a free one (default: %(default)s)")
    add("--content-delay", type=seconds, default=0.4, metavar="SECONDS",
        help="how long /content takes to answer (default: %(default)s)")  # fmt: skip
    add("--no-times", action="store_true", help="leave the timestamps out of status replies")
    add("--parent-pid", type=whole(1), metavar="PID", help="end when this process is gone")


def _add_work(parser: Parser) -> None:
    add = parser.add_argument_group("work").add_argument
    add("--workers", type=whole(1), default=4, metavar="N", help="tasks run at once (default: %(default)s)")
    add("--strategy", choices=STRATEGIES, default="thread",
        help="how tasks of the types cpu, io, subprocess and subprocess_threaded are run: on an event loop, in threads, in "
        "processes, or as suits the type (default: %(default)s)")  # fmt: skip
    add("--queue-limit", type=whole(0), default=1000, metavar="N",
        help="tasks that may wait; one more is answered with 503 (default: %(default)s)")  # fmt: skip
    add("--fetch-timeout", type=seconds, default=10.0, metavar="SECONDS",
        help="time limit of a whole http-fetch (default: %(default)s)")  # fmt: skip
    add("--seed", type=int, default=1, metavar="N",
        help="of exponential service times and of all faults (default: %(default)s)")  # fmt: skip
    add("--data", type=Path, metavar="DIR",
        help="where tasks and results are kept; the next start with the same DIR keeps results and runs "
        "unfinished tasks again, in order (default: a temporary folder, removed at exit)")  # fmt: skip
    add("--truth", type=Path, metavar="FILE",
        help="append what really happened as CSV: id,type,event,wall,monotonic,outcome; event is enqueue, "
        "start, end or lost; wall is epoch seconds, monotonic is CLOCK_MONOTONIC seconds")  # fmt: skip


def _add_faults(parser: Parser) -> None:
    about = "All off by default; SHARE is a probability for each task."
    add = parser.add_argument_group("faults", about).add_argument
    add("--fail", type=share, default=0.0, metavar="SHARE", help="tasks that end FAILED after their work")
    add("--lose", type=share, default=0.0, metavar="SHARE",
        help="tasks that are accepted (202), never run, and answer 404 from then on")  # fmt: skip
    add("--leak-fds", type=share, default=0.0, metavar="SHARE",
        help="tasks that leave a file open; at the process's limit (ulimit -n) tasks fail with the cause "
        "'too many open files'")  # fmt: skip
    add("--stall-at", type=seconds, metavar="SECONDS",
        help="freeze the workers this long after the start (needs --stall-for)")  # fmt: skip
    add("--stall-for", type=seconds, default=0.0, metavar="SECONDS",
        help="how long they freeze: running tasks end that much later, no task starts")  # fmt: skip
    add("--stall-http", action="store_true", help="the stall holds back every HTTP reply too")


def parse(argv: Sequence[str] | None = None) -> Options:
    """The options of a command line; a mistake ends the process with one sentence and exit code 2."""
    parser = build_parser()
    options = Options(**vars(parser.parse_args(argv)))
    if (options.stall_at is None) != (options.stall_for == 0):
        parser.error("--stall-at and --stall-for (above 0) need each other")
    if options.stall_http and options.stall_at is None:
        parser.error("--stall-http needs --stall-at and --stall-for")
    return options
