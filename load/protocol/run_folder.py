"""Where a run is recorded: a new folder, and never one that holds a run."""

from datetime import datetime
from pathlib import Path

from profiles import UserError
from report.recording.run_info import PROFILE, RUN

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
    """A fresh run folder's path, named by profile and local time."""
    stem = f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    candidates = (Path("results") / (stem if n == 1 else f"{stem}-{n}") for n in range(1, 1000))
    return next(folder for folder in candidates if not folder.exists())
