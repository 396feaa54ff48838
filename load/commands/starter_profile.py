"""A commented profile to begin with."""

import tomllib
from pathlib import Path

from profiles import FOLDER, UserError, validate

TEMPLATE = FOLDER.parent / "templates" / "profile.toml"
"""Its text; {name} stands for its name."""


def write_starter(name: str) -> Path:
    """Write NAME.toml here, and return its path. Raises UserError where the name is none, or the file there already."""
    file = Path(f"{name}.toml")
    text = TEMPLATE.read_text(encoding="utf-8").format(name=name)
    validate(tomllib.loads(text), str(file))
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UserError(f"{file}: is there already; choose another name") from None
    except OSError as error:
        raise UserError(f"{file}: can't be written: {error.strerror}") from None
    return file
