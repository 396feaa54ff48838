"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

ProfileArgument = Annotated[str, typer.Argument(metavar="PROFILE", help="a profile's path, or the name of one that comes along")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")]
HostOption = Annotated[str, typer.Option("--host", metavar="URL", help="the service to test")]
SetOption = Annotated[list[str], typer.Option("--set", metavar="KEY=VALUE", help="override a key, as in load.hold=30s")]
OnlyOption = Annotated[str, typer.Option("--only", metavar="KIND", help="submit this kind of job alone")]
