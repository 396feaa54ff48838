"""stepload's options on Locust's command line: what `stepload run` passes on, and what the locustfile reads there."""

import os
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profiles import Profile, UserError

from .addresses import check_host, public_url
from .environment import TARGET
from .run_folder import new_folder
from .settled_profile import settled_profile


def add_options(parser: ArgumentParser) -> None:
    """Add them in a group of their own; nothing listens beyond this machine unless asked to."""
    parser.set_defaults(web_host="127.0.0.1", master_bind_host="127.0.0.1")
    group = parser.add_argument_group("stepload", "What the test is and where its run is recorded")
    group.add_argument("--load-profile", metavar="FILE", default="", help="the profile (TOML) of the test")
    group.add_argument("--load-set", metavar="KEY=VALUE", action="append", default=[], help="override a key of the profile")
    group.add_argument("--load-only", metavar="KIND", default="", help="submit this kind of job alone")
    group.add_argument("--load-label", metavar="KEY=VALUE", action="append", default=[], help="a label for the report")
    group.add_argument("--run-folder", metavar="DIR", default="", help="where the run is recorded (default: results/NAME-TIME)")


@dataclass(frozen=True)
class Order:
    """What the options ask for. `workers` must be ready, within `patience` seconds (0: however long it takes)."""

    profile: Profile
    document: dict[str, Any]
    host: str
    folder: Path
    labels: dict[str, str]
    workers: int = 1
    patience: float = 0.0


def read_options(options: Namespace) -> Order:
    """Understand the options of a master or a local run. Raises UserError."""
    if not options.load_profile:
        raise UserError("--load-profile is missing: which profile should be run?")
    if options.reset_stats:
        raise UserError("--reset-stats would wipe Locust's statistics at every step; leave it out")
    profile, document, _ = settled_profile(options.load_profile, options.load_set, options.load_only or None)
    return Order(
        profile=profile,
        document=document,
        host=check_host(_typed_host(options.host)),
        folder=Path(options.run_folder) if options.run_folder else new_folder(profile.name),
        labels=parse_labels(options.load_label),
        workers=options.expect_workers if options.master else 1,
        patience=options.expect_workers_max_wait,
    )


def _typed_host(host: str | None) -> str | None:
    """The target's URL as whoever started this typed it: on the command line it stands without user name and password."""
    typed = os.environ.get(TARGET, "")
    return typed if typed and public_url(typed) == host else host


def arguments_for(profile: str, host: str, sets: list[str], only: str, labels: list[str]) -> list[str]:
    """The Locust arguments that `read_options` will understand as these, where the environment names the whole `host`."""
    listed = [("--load-set", value) for value in sets] + [("--load-label", value) for value in labels]
    more = [("--load-only", only)] if only else []
    pairs = [("--load-profile", profile), ("--host", public_url(host)), *listed, *more]
    return [f"{name}={value}" for name, value in pairs]


def parse_labels(labels: list[str]) -> dict[str, str]:
    """`key=value` texts as a table. Raises UserError."""
    for label in labels:
        if "=" not in label:
            raise UserError(f"--label {label}: write KEY=VALUE, as in --label build=1.4.2")
    return {key: value for key, _, value in (label.partition("=") for label in labels)}
