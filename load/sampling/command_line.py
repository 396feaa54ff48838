"""The commands that a profile names: of actions, and of watches."""

import os
import shlex
import shutil

from profiles import UserError
from profiles.templating import expand_secrets


def words_of(command: str, place: str) -> list[str]:
    """A command's words, secrets filled in; `place` names it in errors. Raises UserError where the environment lacks a
    secret, or this machine the program."""
    words = [expand_secrets(word, os.environ, place) for word in shlex.split(command)]
    if shutil.which(words[0]) is None:
        raise UserError(f"{place} = {command!r}: there is no program {shlex.split(command)[0]!r} on this machine")
    return words
