"""The exit codes of stepload, and of the Locust that it starts: 0 where all went well, 130 and 143 where it was interrupted."""

CRASH, USER_ERROR, LIMIT_FAILED, INVALID = 1, 2, 3, 4
"""`LIMIT_FAILED`: also a stop rule that fired where none was sought; `INVALID`: also a run that could not be carried out."""
