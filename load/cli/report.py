"""stepload report."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    sources: Annotated[
        list[Path], typer.Argument(metavar="RUN|FILE…", help="folders of runs or suites, or files of one test by other tools")
    ],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="where to write (default: RUN/report, FILE_report)")] = None,
    format_: Annotated[str, typer.Option("--format", metavar="NAME,…", help="json, svg, md, html, pdf (default: all)")] = "",
    input_: Annotated[
        str, typer.Option("--input", metavar="FORMAT", help="what the files are (default: told by what they hold)")
    ] = "",
    columns: Annotated[
        str, typer.Option(metavar="MEANING=COLUMN,…", help="what a table's columns mean: time=ts,seconds=ms/1000")
    ] = "",
    fold: Annotated[list[str], typer.Option(metavar="REGEX", help="make one of the names that differ in what this matches")] = [],  # noqa: B006
) -> None:
    """Write the report again, or that of files of other tools."""
    from profiles import UserError
    from report.importers.options import parse_options
    from report.importers.registry import source_files, write_import
    from report.render.formats import formats_named
    from report.suite.folder import SUITE

    formats, options = formats_named(format_), parse_options(fold, columns)
    folders = [source for source in sources if source.is_dir()]
    files = source_files([source for source in sources if source not in folders])
    if out and len(folders) + bool(files) > 1:
        raise UserError(f"--out {out}: for one report alone; several would overwrite each other there")
    for folder in folders:
        target = out or folder / "report"
        if (folder / SUITE).is_file():
            from report.suite.document import write_suite_report

            write_suite_report(folder, target, formats)
        else:
            from report.compose import write_report  # A second to import, which the files of other tools don't need.

            write_report(folder, target, formats)
        print(target / formats[-1].place)
    if files:
        done = write_import(files, out, options, input_, formats)
        print(f"{done.said}\n{done.out / formats[-1].place}")
