"""The files that a profile names: uploads, certificates."""

from collections.abc import Iterable
from pathlib import Path

from profiles.errors import UserError
from profiles.overrides import Document

from .jobs import JobKind


def check_uploads(jobs: Iterable[JobKind], source: str) -> None:
    """Whether the files to be uploaded are there; `source` names the profile in errors. Raises UserError."""
    for job in jobs:
        if job.upload is None:
            continue
        try:
            with Path(job.upload.file).open("rb"):
                pass
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise UserError(f"{source}: job {job.kind}: upload.file = {job.upload.file!r}: can't be read: {why}") from None


def resolve_files(document: Document, folder: Path) -> None:
    """A file's place is told from the profile's own; workers and the run folder are elsewhere."""
    jobs, api = document.get("job"), document.get("api")
    uploads = [job.get("upload") for job in jobs if isinstance(job, dict)] if isinstance(jobs, list) else []
    tls = api.get("tls") if isinstance(api, dict) else None
    for table, keys in (*((upload, ("file",)) for upload in uploads), (tls, ("ca", "cert", "key"))):
        for key in keys:
            if isinstance(table, dict) and isinstance(table.get(key), str):
                table[key] = (folder.resolve() / table[key]).as_posix()
