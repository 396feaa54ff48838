"""What a launched Locust is told by its environment."""

from profiles import FOLDER

LOCUSTFILE = FOLDER.parent / "locustfile.py"
"""The file that Locust loads: it stands beside the packages."""
PARENT = "STEPLOAD_PARENT"
"""The process id of the command that started this Locust, which ends with it."""
COMMAND = "STEPLOAD_COMMAND"
"""The words of that command, a JSON array, for the report."""
TARGET = "STEPLOAD_TARGET"
"""The target's URL as it was typed: user name and password in it are not for the list of processes."""
LONE = "STEPLOAD_LONE"
"""Set for a worker that somebody started by itself, to join a master elsewhere."""
