"""A generator's priority is what it says, and nothing that it starts has it."""

import json
import subprocess
import sys

from profiles import FOLDER

PROGRAM = """
import json, os, subprocess, sys, threading
from load.worker.priority import raise_priority
told = raise_priority()
here = (os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK, os.getpriority(os.PRIO_PROCESS, 0))
look = "import os; print(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))"
child = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True).stdout.split()
thread = []
each = threading.Thread(target=lambda: thread.append(os.sched_getscheduler(0)))
each.start(); each.join()
print(json.dumps([told, here, [int(word) for word in child], thread, os.SCHED_RR, os.SCHED_OTHER]))
"""


def test_what_it_says_is_so_and_nothing_that_it_starts_has_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=FOLDER.parent, capture_output=True, text=True, check=True)
    told, (policy, nice), child, thread, round_robin, other = json.loads(done.stdout)
    assert told == {round_robin: "real-time"}.get(policy, "raised" if nice < 0 else "normal")
    assert child == [other, 0] and thread == [other]
