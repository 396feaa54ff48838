"""Writes the documents of a report into its folder."""

from collections.abc import Sequence
from pathlib import Path

from profiles import UserError
from report.compose import compose
from report.document.report import Report
from report.recording.run import read_run

from .formats import FORMATS, Format, Rendering


def write_report(folder: Path, out: Path | None = None, formats: Sequence[Format] = FORMATS) -> Report:
    """Read a run folder and write its report to `out` (default: the folder's report/). Raises UserError."""
    report = compose(read_run(folder))
    write_documents(report, folder / "report" if out is None else out, formats)
    return report


def write_documents(report: Report, out: Path, formats: Sequence[Format] = FORMATS) -> None:
    """Write the files of these formats to the folder `out`, each file at once or not at all. Raises UserError."""
    made = Rendering(report)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for each in formats:
            for name, data in each.files(made).items():
                _write(out / name, data)
    except OSError as error:
        raise UserError(f"{out}: the report can't be written: {error.strerror}") from None


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(data)
    fresh.replace(file)
