"""stepload's options on Locust's command line."""

from argparse import Namespace
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from profiles import Profile, UserError, load_profile


def add_options(parser: Any) -> None:
    """Add them in a group of their own."""
    group = parser.add_argument_group("stepload", "What the test is and where its run is recorded")
    group.add_argument("--load-profile", metavar="FILE", default="", help="the profile (TOML) of the test")
    group.add_argument("--load-set", metavar="KEY=VALUE", action="append", default=[], help="override a key of the profile")
    group.add_argument("--load-only", metavar="KIND", default="", help="submit this kind of job alone")
    group.add_argument("--load-label", metavar="KEY=VALUE", action="append", default=[], help="a label for the report")
    group.add_argument("--run-folder", metavar="DIR", default="", help="where the run is recorded (default: results/NAME-TIME)")


@dataclass(frozen=True)
class Order:
    """What the options ask for."""

    profile: Profile
    document: dict[str, Any]
    host: str
    folder: Path
    labels: dict[str, str]


def read_options(options: Namespace) -> Order:
    """Understand the options of a master or a local run. Raises UserError."""
    if not options.load_profile:
        raise UserError("--load-profile is missing: which profile should be run?")
    if options.reset_stats:
        raise UserError("--reset-stats would wipe Locust's statistics at every step; leave it out")
    profile, document = load_profile(options.load_profile, options.load_set, options.load_only or None)
    return Order(
        profile=profile,
        document=document,
        host=check_host(options.host),
        folder=Path(options.run_folder) if options.run_folder else new_folder(profile.name),
        labels=parse_labels(options.load_label),
    )


def check_host(host: str | None) -> str:
    """The target's base URL. Raises UserError where it isn't one."""
    if not host:
        raise UserError("--host is missing: which service should be tested, as in --host http://127.0.0.1:8000?")
    if not host.startswith(("http://", "https://")):
        raise UserError(f"--host {host}: not a URL; write it as in http://127.0.0.1:8000")
    return host.rstrip("/")


def parse_labels(labels: list[str]) -> dict[str, str]:
    """`key=value` texts as a table. Raises UserError."""
    for label in labels:
        if "=" not in label:
            raise UserError(f"--label {label}: write KEY=VALUE, as in --label build=1.4.2")
    return {key: value for key, _, value in (label.partition("=") for label in labels)}


def new_folder(name: str) -> Path:
    """A fresh run folder's path, named by profile and local time."""
    stem = f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    candidates = (Path("results") / (stem if n == 1 else f"{stem}-{n}") for n in range(1, 1000))
    return next(folder for folder in candidates if not folder.exists())
