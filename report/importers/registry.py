"""Every format that can be read, and the way from a file to its report. To add one: its module, and its line in FORMATS."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from profiles import UserError
from report.document.report import Report
from report.render.documents import write_documents
from report.render.formats import FORMATS as DOCUMENTS
from report.render.formats import Format as Document

from . import jtl_csv, jtl_xml, k6_csv, k6_json, locust_csv, table_columns
from .document import compose_import
from .imported import Imported
from .input_file import DELIMITERS, InputFile, open_input
from .options import Options


@dataclass(frozen=True)
class Format:
    """`name`: what --input calls it. `fits`: whether a file is of this format, by what it holds. `read`: the test that files
    of one run tell of; raises UserError."""

    name: str
    title: str
    fits: Callable[[InputFile], bool]
    read: Callable[[Sequence[InputFile], Options], Imported]


FORMATS = (
    Format("locust", "Locust CSV", locust_csv.fits, locust_csv.read),
    Format("jtl", "JMeter JTL (CSV)", jtl_csv.fits, jtl_csv.read),
    Format("jtl-xml", "JMeter JTL (XML)", jtl_xml.fits, jtl_xml.read),
    Format("k6", "k6 JSON", k6_json.fits, k6_json.read),
    Format("k6-csv", "k6 CSV", k6_csv.fits, k6_csv.read),
    Format("columns", "CSV or Parquet with --columns", table_columns.fits, table_columns.read),
)
"""In the order in which they are tried."""
NAMES = tuple(each.name for each in FORMATS)


@dataclass(frozen=True)
class Import:
    """A report of others' files, written to `out`: `said` names the files and the format that was found."""

    report: Report
    said: str
    out: Path


def write_import(
    paths: Sequence[Path], out: Path | None, options: Options, name: str = "", documents: Sequence[Document] = DOCUMENTS
) -> Import:
    """Write the report of files of one test to `out` (default: beside the first); `name` forces a format. Raises UserError."""
    files = [open_input(path) for path in paths]
    form = format_of(files, name or ("columns" if options.columns else ""))
    test = form.read(files, options)
    report = compose_import(test)
    place = out or paths[0].parent / f"{test.name}_report"
    write_documents(report, place, documents)
    return Import(report, f"{', '.join(map(str, paths))}: {form.title}, {test.total.requests:,} requests", place)


def source_files(sources: Sequence[Path]) -> list[Path]:
    """The files that these are, or of which one is the PREFIX of Locust's. Raises UserError."""
    return [source if source.exists() else _statistics(source) for source in sources]


def _statistics(prefix: Path) -> Path:
    file = prefix.with_name(f"{prefix.name}{locust_csv.STATS_FILE}")
    if not file.is_file():
        raise UserError(f"{prefix}: no such file or run folder (nor Locust's {file.name})")
    return file


def format_of(files: Sequence[InputFile], name: str = "") -> Format:
    """The one format of all these files. Raises UserError."""
    if name:
        return next((form for form in FORMATS if form.name == name), None) or _unknown_name(name)
    found = [(file, _format_of(file)) for file in files]
    first, form = found[0]
    for file, other in found:
        if other is not form:
            raise UserError(f"{file.path}: {other.title}, but {first.path}: {form.title}; files of one test are of one format")
    return form


def _unknown_name(name: str) -> Format:
    raise UserError(f"--input {name}: allowed: {', '.join(NAMES)}")


def _format_of(file: InputFile) -> Format:
    form = next((form for form in FORMATS if form.fits(file)), None)
    if form is None:
        raise UserError(f"{file.path}: {_seen(file)}; can be read: {', '.join(form.title for form in FORMATS)}")
    return form


def _seen(file: InputFile) -> str:
    """What an unknown file looks like."""
    if not file.head.strip():
        return "is empty"
    names = max((file.first_line(delimiter) for delimiter in DELIMITERS), key=len)
    return f"no known format; it begins with {', '.join(names)[:120]!r}"
