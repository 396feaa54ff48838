"""run.json and profile.toml of a new run: written when it begins, completed when it ends."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import tomli_w

from load.protocol.addresses import public_url
from load.protocol.environment import COMMAND
from load.protocol.order import Order
from load.sampling.machine import versions
from profiles import UserError
from report.recording.run_info import PROFILE, RAW_FILES, Machine, Reason, RunInfo, Worker, sha256


def begin(order: Order, epoch: float, machine: Machine) -> RunInfo:
    """Make the run folder, keep the resolved profile in it, and return its cover sheet. Raises UserError."""
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
        if (order.folder / PROFILE).exists():
            raise UserError(f"{order.folder}: already holds a run; choose another --run-folder")
        (order.folder / PROFILE).write_text(tomli_w.dumps(order.document), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{order.folder}: can't be written: {error.strerror}") from None
    return RunInfo(
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


def complete(
    info: RunInfo,
    folder: Path,
    duration: float,
    reason: Reason,
    detail: str,
    machines: Iterable[Machine],
    workers: Iterable[Worker],
    rows: Mapping[str, int],
) -> RunInfo:
    """The cover sheet of a run that has ended, with the hashes of its closed files."""
    return info.model_copy(
        update={
            "end": _now(),
            "duration": round(duration, 3),
            "end_reason": reason,
            "end_detail": detail,
            "machines": tuple(machines),
            "workers": tuple(workers),
            "rows": dict(rows),
            "sha256": {name: sha256(folder / name) for name in RAW_FILES},
        }
    )


def _command(host: str) -> tuple[str, ...]:
    """What a person typed to start this, without what is secret or this machine's own."""
    typed = json.loads(os.environ.get(COMMAND, "null")) or ["locust", *sys.argv[1:]]
    return tuple(part.replace(host, public_url(host)) for part in typed)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
