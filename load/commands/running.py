"""A run from its command to its exit code: what it is asked for is checked, Locust started, the report written."""

import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from load.jobs.api import HttpJobApi
from load.master.action_runner import command_of
from load.protocol.addresses import check_host, public_url
from load.protocol.exits import CRASH, INVALID, LIMIT_FAILED, USER_ERROR
from load.protocol.locust_options import arguments_for, parse_labels
from load.protocol.run_folder import free_folder, new_folder
from load.protocol.settled_profile import settled_profile
from load.sampling.watches import watched
from profiles import Profile, UserError, left_out
from report.document.report import Report
from report.recording.run_info import RUN

from .crew import ONE_PROCESS, Crew
from .forecast import completions_line, unjudged_line
from .launcher import launch

KEPT = {"pass", "warn"}
"""How a limit was judged that was kept. One that could not be judged lets nothing pass."""
RAN = (0, LIMIT_FAILED)
"""Exit codes of a run that came to its end: the report may change them, it can't better any other."""


@dataclass(frozen=True)
class Wanted:
    """A test that somebody wants: a profile with its overrides, a target, where to record (None: in a new folder of results/);
    `command` is what was typed."""

    profile: str
    host: str
    command: Sequence[str]
    folder: Path | None = None
    crew: Crew = ONE_PROCESS
    sets: Sequence[str] = ()
    only: str = ""
    labels: Sequence[str] = ()
    pdf: bool = True


def run_test(wanted: Wanted) -> int:
    """Run a test and write its report. Returns the exit code. Raises UserError, before anything was sent."""
    sets, only, labels = list(wanted.sets), wanted.only, list(wanted.labels)
    settled = settled_profile(wanted.profile, sets, only or None)
    parse_labels(labels)
    _can_be_run(settled.profile, check_host(wanted.host))
    folder = wanted.folder or new_folder(settled.profile.name)
    free_folder(folder)
    without = left_out(wanted.profile, sets, only or None)
    for said in (without, settled.said, completions_line(settled.profile), unjudged_line(settled.profile)):
        if said:
            print(said, flush=True)
    shown = [shlex.quote(part.replace(wanted.host, public_url(wanted.host))) for part in wanted.command]
    try:
        arguments = arguments_for(wanted.profile, wanted.host, sets, only, labels)
        code = launch(arguments, wanted.host, folder, wanted.crew, shown)
    except UserError:
        _tidy(folder)
        raise
    return _conclude(folder, code, wanted.pdf)


def _can_be_run(profile: Profile, host: str) -> None:
    """Whether this environment has the secrets, files and programs that the profile names. Raises UserError."""
    HttpJobApi(profile, host).close()
    for action in profile.action:
        command_of(action)
    for watch in profile.watch:
        watched(watch, host)


def _conclude(folder: Path, code: int, pdf: bool) -> int:
    """Write the report of a run that ended with Locust's exit code (negative: killed); returns ours."""
    if code < 0:
        print(f"the run crashed: its master was killed by {signal.Signals(-code).name}", file=sys.stderr)
        code = CRASH
    begun = (folder / RUN).exists()
    if not begun:
        _tidy(folder)
    if code == USER_ERROR or not begun:
        return code or CRASH
    from report.compose import write_report  # Its libraries are large, and only of use from now on.
    from report.render.formats import FORMATS, WITHOUT_PDF

    print("writing the report …", flush=True)
    try:
        written = write_report(folder, formats=FORMATS if pdf else WITHOUT_PDF)
    except UserError as error:
        if code in RAN:
            raise
        print(f"stepload: {error}", file=sys.stderr)  # A full disk, which failed the run, takes no report, either.
        return code
    _say(written, folder / "report" / ("report.pdf" if pdf else "report.html"))
    return _judged(written, code)


def _say(written: Report, document: Path) -> None:
    print(f"\n{written.trust}: {written.trust_sentence}")
    for reason in written.reasons:
        print(f"  - {reason.sentence}{f' → {reason.remedy}' if reason.remedy and reason.level == 'bad' else ''}")
    for finding in written.answers:
        print(f"  {finding.subject}: {finding.sentence}")
    print(f"\n{document}")


def _judged(written: Report, code: int) -> int:
    """The exit code of a run whose report is written."""
    if code not in RAN:
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
