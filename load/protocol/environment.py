"""What a launched Locust is told by its environment."""

from profiles import FOLDER

LOCUSTFILE = FOLDER.parent / "locustfile.py"
PARENT, COMMAND, LONE = "STEPLOAD_PARENT", "STEPLOAD_COMMAND", "STEPLOAD_LONE"
"""Environment variables that tell a launched Locust who started it, with which command, and a worker that it was
started by itself, to join a master elsewhere."""
