"""A load generator's priority: it needs little of the CPU, but that at once, or it adds to the times that it measures."""

import os

from report.recording.run_info import Priority

NICE = -10
"""What is asked for where real-time is refused."""


def raise_priority() -> Priority:
    """Have this process run as soon as it can, as far as the system allows; returns what came of it.

    Its main thread alone, in which all clients run: what it forks (the watcher, actions) and its other threads have the usual
    priority, by SCHED_RESET_ON_FORK. Linux keeps a real-time process from taking a whole core for ever (sched_rt_runtime_us).
    """
    if not hasattr(os, "SCHED_RESET_ON_FORK"):
        return "normal"
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
    except OSError:
        return _nicer()
    return "real-time"


def _nicer() -> Priority:
    try:
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    except OSError:
        return "normal"
    return "raised"
