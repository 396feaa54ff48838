"""What is read of a host and of a process with its children, with psutil."""

import os
import time
from typing import Any

import psutil


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


class ProcessTree:
    """A process and all its descendants, summed. `cpu` in cores; nothing is reported while it isn't there.

    `fd_limit` is how many files are open in all of them when the first one meets its limit, if it alone opens more.
    """

    def __init__(self, pick: dict[str, Any]) -> None:
        self._pick = pick
        self._root: psutil.Process | None = None
        self._known: dict[int, psutil.Process] = {}

    def sample(self) -> dict[str, float]:
        """Everything, by metric; nothing while there is no such process."""
        if self._root is None or not self._root.is_running():
            self._root = _find(self._pick)
        if self._root is None:
            return {}
        try:
            members = [self._root, *self._root.children(recursive=True)]
        except psutil.Error:
            self._root = None
            return {}
        # The same Process objects, so that cpu_percent measures since the last round.
        self._known = {process.pid: self._known.get(process.pid, process) for process in members}
        readings = [reading for process in self._known.values() if (reading := _sample_process(process))]
        if not readings:
            return {}
        sums = {metric: sum(reading[metric] for reading in readings) for metric in readings[0]}
        return sums | {"fd_limit": sums["fds"] + min(reading["fd_limit"] - reading["fds"] for reading in readings)}


def _sample_process(process: psutil.Process) -> dict[str, float]:
    try:
        with process.oneshot():
            return {
                "cpu": process.cpu_percent() / 100,
                "rss": float(process.memory_info().rss),
                "fds": float(process.num_fds()),
                "fd_limit": float(process.rlimit(psutil.RLIMIT_NOFILE)[0]),
                "threads": float(process.num_threads()),
                "sockets": float(len(process.net_connections(kind="inet"))),
                "processes": 1.0,
            }
    except psutil.Error:
        return {}


def _find(pick: dict[str, Any]) -> psutil.Process | None:
    try:
        if pick.get("pid"):
            return psutil.Process(pick["pid"])
        if pick.get("port"):
            return _listener(pick["port"])
        named = (p for p in psutil.process_iter(["name"]) if p.info["name"] == pick["name"])
        return min(named, key=lambda p: p.create_time(), default=None)
    except psutil.Error:
        return None


def _listener(port: int) -> psutil.Process | None:
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status != psutil.CONN_LISTEN or not connection.pid or not connection.laddr:
            continue
        if connection.laddr.port == port:
            return psutil.Process(connection.pid)
    return None
