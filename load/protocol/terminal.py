"""The terminal may go away while a run goes on: what is printed then goes nowhere, and must end nothing."""

import os
import signal
import stat

STANDARD_OUTPUT_AND_ERROR = (1, 2)
"""The descriptors of what is printed."""


def let_go_of_terminal() -> None:
    """Print into the void from now on, unless it is a file that is printed to."""
    for descriptor in STANDARD_OUTPUT_AND_ERROR:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            void = os.open(os.devnull, os.O_WRONLY)
            os.dup2(void, descriptor)
            os.close(void)


def ending_signals() -> list[signal.Signals]:
    """The signals that ask a run to end. A hang-up is none where it is ignored, as under nohup."""
    hang_up = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGINT, signal.SIGTERM, *hang_up]
