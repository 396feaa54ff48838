"""The exit codes of stepload, and of the Locust that it starts: 0 where all went well, 130 and 143 where it was interrupted."""

CRASH = 1
"""The run ended as nobody meant it to: its master was killed, or a program error ended it."""
USER_ERROR = 2
"""What was asked for makes no sense or can't be done; one sentence says why."""
LIMIT_FAILED = 3
"""A limit was not kept, or a stop rule fired where none was sought."""
INVALID = 4
"""The measurement can't be trusted, or the run could not be carried out."""
