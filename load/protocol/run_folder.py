"""Where a run is recorded: a new folder, and never one that holds a run."""

import itertools
from datetime import datetime
from pathlib import Path

from profiles import UserError
from report.recording.run_info import PROFILE, RUN

RESULTS = Path("results")
"""Where run folders are made unless told otherwise."""
TRACES = (RUN, PROFILE, "locust_stats.csv")
"""Files that show that a folder holds a run: stepload's first two, and the first that Locust opens."""


def free_folder(folder: Path) -> None:
    """Make a run folder, before Locust does and empties the files of a run that is there. Raises UserError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any((folder / name).exists() for name in TRACES):
            raise UserError(f"{folder}: already holds a run; choose another --run-folder")
    except OSError as error:
        raise UserError(f"{folder}: can't be written: {error.strerror}") from None


def new_folder(name: str) -> Path:
    """Make a fresh run folder, named by profile and local time, which no other run has. Raises UserError."""
    stem = f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    try:
        RESULTS.mkdir(exist_ok=True)
        return next(folder for n in itertools.count(1) if _made(folder := RESULTS / (stem if n == 1 else f"{stem}-{n}")))
    except OSError as error:
        raise UserError(f"{RESULTS / stem}: can't be written: {error.strerror}") from None


def _made(folder: Path) -> bool:
    """Make a folder; False where another run, which began in the same second, has made it."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True
