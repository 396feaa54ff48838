"""The one error a user can cause. It is caught once, in the command line, and printed as one sentence."""


class UserError(Exception):
    """Wrong input: the sentence names the file, the key, what was there and what is allowed. Exit code 2."""
