"""The service of one run: started anew, waited for, ended with all its processes."""

import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from load.master.preflight import wait_until_ready
from profiles import FOLDER, Profile, UserError
from profiles.suites.model import Parameter, Service
from profiles.suites.texts import plain, text_filled

LOG = "service.log"
LOOK_EVERY, ENDING_PATIENCE, SHOWN = 0.1, 20.0, 300
"""Seconds between two looks whether it is ready, and until it must have ended; letters of its log that an error shows."""


def command_text(service: Service, parameters: Mapping[str, Parameter]) -> str:
    """The command with the scenario's parameters; the port and the run's folder are of one run alone, and stay names."""
    return text_filled(service.run, {name: shlex.quote(plain(value)) for name, value in parameters.items()})


@contextmanager
def running(service: Service, parameters: Mapping[str, Parameter], profile: Profile, folder: Path) -> Iterator[str]:
    """Start the service for a run recorded in `folder` and yield its URL once it is ready. Raises UserError where it isn't."""
    own = {"port": _free_port(), "run": folder.resolve().as_posix(), "python": sys.executable}
    quoted = {name: shlex.quote(plain(value)) for name, value in own.items()}
    command = shlex.split(text_filled(command_text(service, parameters), quoted))
    host = text_filled(service.host, {**parameters, **own})
    try:
        log = (folder / LOG).open("ab")
    except OSError as error:
        raise UserError(f"{folder / LOG}: can't be written: {error.strerror}") from None
    with log:
        kept = _start(command, Path(service.folder), log.fileno())
        try:
            _wait(kept, profile, host, service.patience, folder / LOG)
            yield host
        finally:
            _end(kept)


def _start(command: list[str], folder: Path, log: int) -> "subprocess.Popen[bytes]":
    keeper = [sys.executable, "-c", _KEEPER, str(FOLDER.parent), *command]
    try:
        return subprocess.Popen(
            keeper, cwd=folder, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    except OSError as error:
        raise UserError(f"service.folder = {folder.as_posix()!r}: can't be entered: {error.strerror}") from None


_KEEPER = "import sys; sys.path.insert(0, sys.argv.pop(1)); from load.suite.keeper import main; sys.exit(main(sys.argv[1:]))"
"""The keeper, wherever the service runs: this application's folder need not be there."""


def _wait(kept: "subprocess.Popen[bytes]", profile: Profile, host: str, patience: float, log: Path) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            wait_until_ready(profile, host, patience=0)
            return
        except UserError as error:
            said = str(error)
        if kept.poll() is not None:
            raise UserError(f"the service ended with exit code {kept.returncode} before it was ready{_last_words(log)}")
        if time.monotonic() > deadline:
            raise UserError(f"{said}: the service was not ready within {patience:g} s (service.patience){_last_words(log)}")
        time.sleep(LOOK_EVERY)


def _last_words(log: Path) -> str:
    words = " ".join(log.read_text(encoding="utf-8", errors="replace").split())[-SHOWN:]
    return f"; it said: {words}" if words else ""


def _end(kept: "subprocess.Popen[bytes]") -> None:
    assert kept.stdin is not None
    kept.stdin.close()
    try:
        kept.wait(ENDING_PATIENCE)
    except subprocess.TimeoutExpired:
        kept.kill()
        kept.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
