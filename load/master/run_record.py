"""run.json and profile.toml of a new run: written when it begins, completed when it ends."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from load.protocol.addresses import public_url
from load.protocol.environment import COMMAND
from load.protocol.locust_options import Order
from load.protocol.settled_profile import document_text
from load.sampling.machine import versions
from profiles import UserError
from report.recording.run_info import PROFILE, RAW_FILES, Machine, RunInfo, Worker, sha256

from .ending import End

RESERVE = ".reserve"
"""A file that takes room on the disk for the end of a run: should the disk be full then, run.json still says why."""
RESERVED = 16 << 10
"""Bytes of it: those of run.json and of the last events, and some."""


class RunRecord:
    """Keeps run.json and profile.toml of one run, and run.json's lock, which tells readers that it is still going on."""

    def __init__(self, order: Order, epoch: float, machine: Machine) -> None:
        """Begin the record of a run whose second 0 was at `epoch`, in seconds since 1970. Raises UserError where the folder
        holds a run already or can't be written."""
        self._folder = order.folder
        self._info = RunInfo(
            name=order.profile.name,
            labels=order.labels,
            target=order.profile.target.model_dump(),
            url=public_url(order.host),
            epoch=round(epoch, 6),
            start=_now(),
            command=_command(order.host),
            versions=versions(),
            machines=(machine,),
        )
        try:
            _keep_profile(order)
            (order.folder / RESERVE).write_bytes(bytes(RESERVED))
            self._lock = self._info.write(order.folder)
        except OSError as error:
            raise UserError(f"{order.folder}: can't be written: {error.strerror}") from None

    def make_room(self) -> None:
        """Give free what was reserved for the end: all rows are written."""
        (self._folder / RESERVE).unlink(missing_ok=True)

    def seal(
        self, duration: float, end: End, machines: Iterable[Machine], workers: Iterable[Worker], rows: Mapping[str, int]
    ) -> None:
        """Complete run.json with how the run ended, and with the hashes of its files, which must be closed. Raises OSError."""
        ended = {
            "end": _now(),
            "duration": round(duration, 3),
            "end_reason": end.reason,
            "end_detail": end.detail,
            "machines": tuple(machines),
            "workers": tuple(workers),
            "rows": dict(rows),
            "sha256": {name: sha256(self._folder / name) for name in RAW_FILES},
        }
        os.close(self._info.model_copy(update=ended).write(self._folder))
        os.close(self._lock)


def _keep_profile(order: Order) -> None:
    """Make the run folder, and keep the resolved profile in it. Raises OSError, and UserError where there is one already."""
    order.folder.mkdir(parents=True, exist_ok=True)
    if (order.folder / PROFILE).exists():
        raise UserError(f"{order.folder}: already holds a run; choose another --run-folder")
    (order.folder / PROFILE).write_text(document_text(order.document), encoding="utf-8")


def _command(host: str) -> tuple[str, ...]:
    """What a person typed to start this, without what is secret or this machine's own."""
    typed = json.loads(os.environ.get(COMMAND, "null")) or ["locust", *sys.argv[1:]]
    return tuple(part.replace(host, public_url(host)) for part in typed)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
