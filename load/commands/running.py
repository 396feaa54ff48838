"""A run from its command to its exit code: what it is asked for is checked, Locust started, the report written."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from load.jobs.api import HttpJobApi
from load.master.actions import command_of
from load.master.preflight import completions_line, unjudged_line
from load.protocol.addresses import public_url
from load.protocol.exits import CRASH, INVALID, LIMIT_FAILED, USER_ERROR
from load.protocol.order import MASTER_PORT, arguments_for, check_host, free_folder, parse_address, parse_labels, settled_profile
from load.sampling.watcher_process import watched
from profiles import FOLDER, UserError, left_out

from .launcher import Crew, launch

KEPT = {"pass", "warn"}
"""How a limit was judged that was kept. One that could not be judged lets nothing pass."""


def crew_of(workers: int | None, elsewhere: int, bind: str) -> Crew:
    """The load generators that these options ask for. Raises UserError."""
    if bind and not elsewhere:
        raise UserError(f"--master-bind {bind} without --expect-workers: how many workers will join there?")
    here = workers if workers is not None else 0 if elsewhere else 1
    if not here and not elsewhere:
        raise UserError("--workers 0 without --expect-workers: nobody would generate load")
    return Crew(here, elsewhere, parse_address(bind or f"127.0.0.1:{MASTER_PORT}", "--master-bind")) if elsewhere else Crew(here)


def run_test(
    profile: str,
    host: str,
    folder: Path,
    crew: Crew,
    sets: list[str],
    only: str,
    labels: list[str],
    command: list[str],
    pdf: bool = True,
) -> int:
    """Run a profile with its overrides and labels, and write its report; `command` is what was typed. Returns the exit code.
    Raises UserError."""
    settled = settled_profile(profile, sets, only or None)
    parse_labels(labels)
    HttpJobApi(settled.profile, check_host(host)).close()
    for action in settled.profile.action:
        command_of(action)
    for watch in settled.profile.watch:
        watched(watch)
    free_folder(folder)
    without = left_out(profile, sets, only or None)
    for said in (without, settled.said, completions_line(settled.profile), unjudged_line(settled.profile)):
        if said:
            print(said, flush=True)
    shown = [shlex.quote(part.replace(host, public_url(host))) for part in command]
    try:
        code = launch(arguments_for(profile, host, sets, only, labels), folder, crew, shown)
    except UserError:
        _tidy(folder)
        raise
    return _conclude(folder, code, pdf)


def _conclude(folder: Path, code: int, pdf: bool) -> int:
    """Write the report of a run that ended with Locust's exit code (negative: killed); returns ours."""
    if code < 0:
        print(f"the run crashed: its master was killed by {signal.Signals(-code).name}", file=sys.stderr)
        code = CRASH
    begun = (folder / "run.json").exists()
    if not begun:
        _tidy(folder)
    if code == USER_ERROR or not begun:
        return code or CRASH
    from report.render.documents import write_report
    from report.render.formats import FORMATS, WITHOUT_PDF

    print("writing the report …", flush=True)
    try:
        written = write_report(folder, formats=FORMATS if pdf else WITHOUT_PDF)
    except UserError as error:
        if code in (0, LIMIT_FAILED):
            raise
        print(f"stepload: {error}", file=sys.stderr)  # A full disk, which failed the run, takes no report, either.
        return code
    print(f"\n{written.trust}: {written.trust_sentence}")
    for reason in written.reasons:
        print(f"  - {reason.sentence}{f' → {reason.remedy}' if reason.remedy and reason.level == 'bad' else ''}")
    for finding in written.answers:
        print(f"  {finding.subject}: {finding.sentence}")
    print(f"\n{folder / 'report' / ('report.pdf' if pdf else 'report.html')}")
    if code not in (0, LIMIT_FAILED):
        return code
    if written.trust == "INVALID":
        return INVALID
    return LIMIT_FAILED if set(written.limits) - KEPT else code


def _tidy(folder: Path) -> None:
    """Leave nothing of a run that never began: Locust opens its files before anything else."""
    for file in folder.glob("locust_*.csv"):
        file.unlink()
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def demo_service() -> Iterator[str]:
    """The embedded service on a free port: 8 workers, so about 19 jobs/s of the demo's mix."""
    work = ["--workers", "8", "--content-delay", "0.495", "--queue-limit", "5000"]
    try:
        command = [sys.executable, "-m", "service", "--port", "0", "--parent-pid", str(os.getpid()), *work]
        service = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=FOLDER.parent, start_new_session=True, text=True)
    except OSError as error:
        raise UserError(f"the demo's service can't be started: {error.strerror}") from None
    assert service.stdout is not None
    try:
        line = service.stdout.readline()
        if not line.startswith("listening on "):
            raise UserError("the demo's service did not start; is stepload installed with its extra, stepload[service]?")
        yield line.removeprefix("listening on ").strip()
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(10)
