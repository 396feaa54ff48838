"""What is read of a host and of a process with its children, with psutil."""

import os
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, TypedDict

import psutil

from profiles import UserError
from report.recording.rows import CPU_OF

NAMED = 8
"""Processes that an error names."""


class Pick(TypedDict, total=False):
    """How a process is found: by its id, by the TCP port it listens on, or by its name: the only one, or `each` of them."""

    pid: int | None
    port: int | None
    name: str | None
    each: bool


class Host:
    """This machine: load average; CPU, memory and root file system as shares of all there is; disks and network
    interfaces in bytes per second since the last round."""

    def __init__(self) -> None:
        psutil.cpu_percent()
        self._seen, self._at = _bytes_moved(), time.monotonic()

    def sample(self) -> dict[str, float]:
        """Everything, by metric."""
        load1, load5, load15 = os.getloadavg()
        moved, now = _bytes_moved(), time.monotonic()
        passed = max(now - self._at, 1e-3)
        rates = {metric: max(0.0, (value - self._seen[metric]) / passed) for metric, value in moved.items()}
        self._seen, self._at = moved, now
        return {
            "load1": load1,
            "load5": load5,
            "load15": load15,
            "load1_per_core": load1 / (os.cpu_count() or 1),
            "cpu": psutil.cpu_percent() / 100,
            "memory": psutil.virtual_memory().percent / 100,
            "disk_used": psutil.disk_usage("/").percent / 100,
            **rates,
        }


def _bytes_moved() -> dict[str, float]:
    """All disks and all interfaces, the loopback among them; nothing where the machine doesn't tell."""
    disk, net = psutil.disk_io_counters(), psutil.net_io_counters()
    disks = {"disk_read": float(disk.read_bytes), "disk_written": float(disk.write_bytes)} if disk else {}
    return disks | ({"net_received": float(net.bytes_recv), "net_sent": float(net.bytes_sent)} if net else {})


class Others:
    """The processes that used most of this machine's CPU since the last look, by name, in cores: `cpu_of_NAME`. Those of the
    parent's process group are left out, which are the load generators, and so is this one."""

    EVERY = 5.0
    """Seconds between two looks: each takes a millisecond for ten processes."""
    MOST = 3
    """Names that are told."""

    def __init__(self) -> None:
        self._group = os.getpgid(os.getppid())
        self._spent, self._at = self._look(), time.monotonic()

    def sample(self) -> dict[str, float]:
        """The busiest, when it is time for a look."""
        passed = time.monotonic() - self._at
        if passed < self.EVERY:
            return {}
        before, self._spent, self._at = self._spent, self._look(), time.monotonic()
        used: defaultdict[str, float] = defaultdict(float)
        for process, spent in self._spent.items():
            used[re.sub(r"\W+", "_", process.info["name"] or "unnamed")] += max(0.0, spent - before.get(process, spent)) / passed
        return {f"{CPU_OF}{name}": cores for name, cores in sorted(used.items(), key=lambda one: -one[1])[: self.MOST]}

    def _look(self) -> dict[psutil.Process, float]:
        spent = {}
        for process in psutil.process_iter(["name", "cpu_times"]):
            times = process.info["cpu_times"]
            if times is not None and process.pid != os.getpid() and self._is_other(process.pid):
                spent[process] = times.user + times.system
        return spent

    def _is_other(self, pid: int) -> bool:
        try:
            return os.getpgid(pid) != self._group
        except OSError:
            return False  # It has ended.


class ProcessTree:
    """A process and all its descendants, or each of its name, summed. `cpu` in cores; nothing is reported while it isn't there.

    `fd_limit` is how many files are open in all of them when the first one meets its limit, if it alone opens more.
    """

    def __init__(self, pick: Pick) -> None:
        self._pick = pick
        self._roots: list[psutil.Process] = []
        self._spent: dict[psutil.Process, Spent] = {}
        self._at = 0.0

    def sample(self) -> dict[str, float]:
        """Everything, by metric; nothing while there is no such process."""
        if self._pick.get("each"):
            self._roots = _find(self._pick)
        elif not self._roots or not self._roots[0].is_running():
            found, self._spent = _find(self._pick), {}
            self._roots = found if len(found) == 1 else []  # Of several, one would be taken for all.
        members = [process for root in self._roots for process in _with_descendants(root)]
        if not members:
            self._roots = []
            return {}
        cpu = self._cpu(members)
        readings = [reading for process in members if (reading := _sample_process(process))]
        if not readings:
            return {}
        sums = {metric: sum(reading[metric] for reading in readings) for metric in readings[0]}
        spare = min(reading["fd_limit"] - reading["fds"] for reading in readings)
        return {"cpu": cpu} | sums | {"fd_limit": sums["fds"] + spare}

    def _cpu(self, members: list[psutil.Process]) -> float:
        """Cores used since the last round, also by processes that began and ended within it; 0 in the first."""
        before, since = self._spent, self._at
        # One that ends while we read is taken as it was: its parent tells of all of it in the next round.
        self._spent = {process: _spent(process) or before.get(process, NOTHING) for process in members}
        self._at = time.monotonic()
        if not before:
            return 0.0
        return cpu_between(before, self._spent) / max(self._at - since, 1e-3)


Spent = tuple[float, float]
"""CPU seconds of a process: its own, and those of its children that have ended."""
NOTHING: Spent = (0.0, 0.0)


def cpu_between(before: Mapping[Any, Spent], after: Mapping[Any, Spent]) -> float:
    """CPU seconds of a tree of processes between two looks at it.

    A process that ended is in its parent's children from then on, with all that was counted of it while it ran. Where no parent
    waited for it, it is in nobody's: what was counted stays counted.
    """
    own = sum(spent[0] - before.get(process, NOTHING)[0] for process, spent in after.items())
    ended = sum(spent[1] - before.get(process, NOTHING)[1] for process, spent in after.items())
    counted = sum(sum(spent) for process, spent in before.items() if process not in after)
    return max(0.0, own) + max(0.0, ended - counted)


def _spent(process: psutil.Process) -> Spent | None:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return None
    return times.user + times.system, times.children_user + times.children_system


def _sample_process(process: psutil.Process) -> dict[str, float]:
    try:
        with process.oneshot():
            return {
                "rss": float(process.memory_info().rss),
                "fds": float(process.num_fds()),
                "fd_limit": float(process.rlimit(psutil.RLIMIT_NOFILE)[0]),
                "threads": float(process.num_threads()),
                "sockets": float(len(process.net_connections(kind="inet"))),
                "processes": 1.0,
            }
    except psutil.Error:
        return {}


def refuse_several(pick: Pick, place: str) -> None:
    """A name must be that of one process, unless each is meant. Raises UserError."""
    found = [] if pick.get("each") else _find(pick)
    if len(found) > 1:
        ids = ", ".join(str(process.pid) for process in found[:NAMED]) + (", …" if len(found) > NAMED else "")
        raise UserError(
            f"{place}: {len(found)} processes are called {pick.get('name')!r} ({ids}); allowed: each, which "
            "sums them, or the pid or port of one"
        )


def _with_descendants(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _find(pick: Pick) -> list[psutil.Process]:
    """The processes that are meant, the oldest first. Of those of a name, one that another started is left out: it is in that."""
    try:
        if pid := pick.get("pid"):
            return [psutil.Process(pid)]
        if port := pick.get("port"):
            listener = _listener(port)
            return [listener] if listener else []
        named = {p.pid: p for p in psutil.process_iter(["name", "create_time"]) if p.info["name"] == pick.get("name")}
        return sorted((p for p in named.values() if not _is_below(p, named)), key=lambda p: p.info["create_time"])
    except psutil.Error:
        return []


def _is_below(process: psutil.Process, others: Mapping[int, psutil.Process]) -> bool:
    try:
        return any(parent.pid in others for parent in process.parents())
    except psutil.Error:
        return True  # It has ended.


def _listener(port: int) -> psutil.Process | None:
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status != psutil.CONN_LISTEN or not connection.pid or not connection.laddr:
            continue
        if connection.laddr.port == port:
            return psutil.Process(connection.pid)
    return None
