"""stepload's options on Locust's command line."""

from argparse import Namespace
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from profiles import HoldLoad, Profile, UserError, load_profile, validate
from report.recording.run_info import PROFILE, RUN

from .addresses import public_url
from .capacity_share import share_of

MASTER_PORT = 5557
"""Where a master listens unless told otherwise: Locust's own port."""


def add_options(parser: Any) -> None:
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
        host=check_host(options.host),
        folder=Path(options.run_folder) if options.run_folder else new_folder(profile.name),
        labels=parse_labels(options.load_label),
        workers=options.expect_workers if options.master else 1,
        patience=options.expect_workers_max_wait,
    )


def arguments_for(profile: str, host: str, sets: list[str], only: str, labels: list[str]) -> list[str]:
    """The Locust arguments that `read_options` will understand as these."""
    listed = [("--load-set", value) for value in sets] + [("--load-label", value) for value in labels]
    more = [("--load-only", only)] if only else []
    pairs = [("--load-profile", profile), ("--host", host), *listed, *more]
    return [f"{name}={value}" for name, value in pairs]


class Settled(NamedTuple):
    """A profile whose number of clients is known, the document it was made of, and what there is to say about it."""

    profile: Profile
    document: dict[str, Any]
    said: str = ""


def settled_profile(path: str, overrides: list[str], only: str | None) -> Settled:
    """A profile in which a share of a capacity has been turned into clients. Raises UserError."""
    profile, document = load_profile(path, overrides, only)
    load = profile.load
    if not isinstance(load, HoldLoad) or load.of_capacity is None:
        return Settled(profile, document)
    found = share_of(profile, load)
    kept = {key: value for key, value in document["load"].items() if key not in ("of_capacity", "capacity", "from")}
    document["load"] = {**kept, "clients": found.clients}
    return Settled(validate(document, str(path)), document, found.said)


def check_host(host: str | None) -> str:
    """The target's base URL. Raises UserError where it isn't one."""
    if not host:
        raise UserError("--host is missing: which service should be tested, as in --host http://127.0.0.1:8000?")
    try:
        parts = urlsplit(host)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none
        usable = False
    if not usable:
        raise UserError(f"--host {public_url(host)}: not a URL; write it as in http://127.0.0.1:8000")
    return host.rstrip("/")


def parse_address(text: str, option: str, default: int = MASTER_PORT) -> tuple[str, int]:
    """HOST, HOST:PORT or [IPv6]:PORT as (host, port). Raises UserError."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port if parts.port is not None else default
    except ValueError:  # a port that is none
        host, port = None, 0
    if not host or parts.netloc != text or "@" in text:
        raise UserError(f"{option} {text}: not an address; write HOST or HOST:PORT, as in 192.0.2.7:{MASTER_PORT}")
    return host, port


def parse_labels(labels: list[str]) -> dict[str, str]:
    """`key=value` texts as a table. Raises UserError."""
    for label in labels:
        if "=" not in label:
            raise UserError(f"--label {label}: write KEY=VALUE, as in --label build=1.4.2")
    return {key: value for key, _, value in (label.partition("=") for label in labels)}


def free_folder(folder: Path) -> None:
    """Make a run folder, before Locust does and empties the files of a run that is there. Raises UserError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any((folder / name).exists() for name in (RUN, PROFILE, "locust_stats.csv")):
            raise UserError(f"{folder}: already holds a run; choose another --run-folder")
    except OSError as error:
        raise UserError(f"{folder}: can't be written: {error.strerror}") from None


def new_folder(name: str) -> Path:
    """A fresh run folder's path, named by profile and local time."""
    stem = f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    candidates = (Path("results") / (stem if n == 1 else f"{stem}-{n}") for n in range(1, 1000))
    return next(folder for folder in candidates if not folder.exists())
