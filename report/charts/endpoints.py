"""The endpoints of a run, as figures tell them apart."""

from report.recording.run import Run


def endpoints_of(run: Run) -> list[str]:
    """The endpoints that requests were sent to, in the order of a job's life."""
    present = [str(name) for name in run.requests["endpoint"].unique()]
    known = [name for name in run.profile.endpoints if name in present]
    return [*known, *sorted(set(present) - set(known))]
