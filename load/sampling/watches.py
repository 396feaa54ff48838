"""What is to be watched: the profile's watches, and this machine, as the watcher is told them."""

import os
import shlex
import socket
from typing import TypedDict
from urllib.parse import urlsplit

import psutil

from load.protocol.addresses import port_of
from load.protocol.secrets import Secrets, secrets_in
from profiles import Profile, UserError, Watch
from profiles.templating import expand_secrets

from .command_line import words_of
from .samplers import Pick, refuse_several


class ProbeOrder(TypedDict):
    """Whom to ask for numbers: an agent, prometheus, http or a command (`kind`) at `where`, for `metrics` (what picks each, by
    name); `source`: of an agent, "host" or one of its processes; `secrets`: those in `where`."""

    kind: str
    where: str
    source: str
    metrics: dict[str, str]
    secrets: Secrets


class WatchOrder(TypedDict):
    """One thing to watch, under its name: this host, a process of it, or what others tell."""

    name: str
    host: bool
    process: Pick | None
    probe: ProbeOrder | None


def host_watch(name: str) -> WatchOrder:
    """The watch of this host under a name."""
    return {"name": name, "host": True, "process": None, "probe": None}


def watched(watch: Watch, target: str) -> WatchOrder:
    """What the watcher is told of one [[watch]]; secrets come from the environment. `target`: its URL. Raises UserError."""
    process: Pick | None = None
    if watch.process is not None:
        port = port_of(target) if watch.process.port == "target" else watch.process.port
        process = {"pid": watch.process.pid, "port": port, "name": watch.process.name, "each": watch.process.each}
        refuse_several(process, f"watch {watch.name}: process")
    probe: ProbeOrder | None = None
    if watch.asks is not None:
        kind, where = watch.asks
        place = f"watch {watch.name}: {kind}"
        secrets = secrets_in([where])
        where = shlex.join(words_of(where, place)) if kind == "command" else expand_secrets(where, os.environ, place)
        probe = {"kind": kind, "where": where, "source": watch.source, "metrics": watch.metrics, "secrets": secrets}
    return {"name": watch.name, "host": watch.host, "process": process, "probe": probe}


def all_watched(profile: Profile, target: str) -> list[WatchOrder]:
    """What the profile wants watched on this machine, and this machine itself as the generators' host. `target`: its URL.
    Raises UserError."""
    watches = [watched(watch, target) for watch in profile.watch]
    if not any(watch["host"] for watch in watches):
        watches.append(host_watch(f"host-{socket.gethostname()}"))
    return watches


def refuse_to_watch_elsewhere(profile: Profile, target: str) -> None:
    """A watched host or port is this machine's: under the name of a target elsewhere it would be a lie. Raises UserError."""
    name = urlsplit(target).hostname or ""
    if _is_this_machine(name):
        return
    for watch in profile.watch:
        if (watch.host and watch.name == "target") or (watch.process and watch.process.port == "target"):
            raise UserError(
                f"watch {watch.name!r} samples the machine that stepload runs on, and {name} is another; take it out of "
                "the profile, with the conditions that speak of it"
            )


def _is_this_machine(name: str) -> bool:
    ours = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    try:
        theirs = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        return True  # It doesn't resolve at all, which is said elsewhere.
    return any(address in ours or address.startswith("127.") or address == "::1" for address in theirs)
