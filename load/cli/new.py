"""stepload new."""

from typing import Annotated

import typer


def new(name: Annotated[str, typer.Argument(metavar="NAME", help="what the profile is called")]) -> None:
    """Write a commented starter profile, NAME.toml."""
    from load.commands.starter_profile import write_starter

    print(write_starter(name.removesuffix(".toml")))
