"""stepload report."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    sources: Annotated[
        list[Path], typer.Argument(metavar="RUN|PREFIX…", help="folders of runs or suites, or prefixes of Locust's CSV files")
    ],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="where to write (default: RUN/report)")] = None,
    format_: Annotated[str, typer.Option("--format", metavar="NAME,…", help="json, svg, md, html, pdf (default: all)")] = "",
) -> None:
    """Write the report again, or that of Locust's own CSV files."""
    from profiles import UserError
    from report.render.documents import write_report
    from report.render.formats import formats_named
    from report.suite.folder import SUITE

    formats = formats_named(format_)
    for source in sources:
        if source.is_file():
            raise UserError(f"{source}: neither a run folder, nor the PREFIX that Locust was started with (--csv PREFIX)")
        if (source / SUITE).is_file():
            from report.suite.document import write_suite_report

            target = out or source / "report"
            write_suite_report(source, target, formats)
        elif source.is_dir():
            target = out or source / "report"
            write_report(source, target, formats)
        else:
            from report.importers.locust_csv import write_locust_report

            target = out or source.parent / f"{source.name}_report"
            write_locust_report(source, target, formats)
        print(target / formats[-1].place)
