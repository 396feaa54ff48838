"""The facts of this machine that a report discloses."""

import os
import platform
import socket
from importlib.metadata import version
from pathlib import Path

import psutil

from report.recording.run_info import Machine
from report.recording.version import VERSION


def this_machine() -> Machine:
    """What this process runs on."""
    return Machine(
        host=socket.gethostname(),
        cpu=_cpu_name(),
        cores=os.cpu_count() or 1,
        memory=psutil.virtual_memory().total,
        os=f"{_distribution()}, {platform.system()} {platform.release()}",
    )


def versions() -> dict[str, str]:
    """The versions that decide what a run measured."""
    libraries = {name: version(name) for name in ("locust", "gevent", "httptools")}
    return {"stepload": VERSION, "python": platform.python_version(), **libraries}


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()
