"""What of a suite is done already, and moving aside what has to be done again."""

import hashlib
from pathlib import Path

from load.protocol.settled_profile import Settled, settled_profile
from profiles import UserError
from profiles.suites import Run, Suite
from report.recording.run import read_info
from report.recording.run_info import PROFILE, RunInfo
from report.suite.folder import State, run_folder

from .service import command_text

FINAL = ("done", "timed out")


def settled(run: Run) -> Settled:
    """The profile of a run, with its overrides. Raises UserError."""
    scenario = run.scenario
    return settled_profile(scenario.profile, list(scenario.overrides), scenario.only)


def profile_hash(profile: Settled) -> str:
    """SHA-256 of what the run folder keeps as profile.toml."""
    return hashlib.sha256(profile.text.encode()).hexdigest()


def identity_of(suite: Suite, run: Run, profile: Settled) -> str:
    """What makes a run the same test: its profile, and how its service is started."""
    service = command_text(suite.service, run.scenario.parameters) if suite.service else ""
    return hashlib.sha256(f"{profile_hash(profile)} {service}".encode()).hexdigest()


def done(folder: Path, state: State | None, identity: str, profile: Settled) -> bool:
    """Whether a run was made of this very test, and carried through."""
    info = _sealed(folder)
    if state is None or info is None or state.begun.identity != identity or info.sha256.get(PROFILE) != profile_hash(profile):
        return False
    if state.ended is not None:
        return state.ended.outcome in FINAL
    return info.end_reason in ("finished", "stopped")  # The suite was killed before it could write so.


def _sealed(folder: Path) -> RunInfo | None:
    try:
        info, _ = read_info(folder)
    except UserError:
        return None
    return info if info.end is not None else None


def move_aside(suite: Path, run: Run) -> Path | None:
    """Keep what is recorded of a run under another name, N.old-1 and so on; None where there is nothing. Raises UserError."""
    folder = run_folder(suite, run)
    if not folder.exists():
        return None
    aside = next(name for k in range(1, 10_000) if not (name := folder.with_name(f"{folder.name}.old-{k}")).exists())
    try:
        folder.rename(aside)
    except OSError as error:
        raise UserError(f"{folder}: can't be moved aside: {error.strerror}") from None
    return aside
