"""stepload report."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    sources: Annotated[list[Path], typer.Argument(metavar="RUN|PREFIX…", help="run folders, or prefixes of Locust's CSV files")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where to write (default: RUN/report); each of several to DIR/RUN")
    ] = None,
    format_: Annotated[str, typer.Option("--format", metavar="NAME,…", help="json, svg, md, html, pdf (default: all)")] = "",
) -> None:
    """Write the report again, or that of Locust's own CSV files."""
    from profiles import UserError
    from report.render.documents import write_report
    from report.render.formats import formats_named

    formats = formats_named(format_)
    for source in sources:
        if source.is_file():
            raise UserError(f"{source}: neither a run folder, nor the PREFIX that Locust was started with (--csv PREFIX)")
    for source, target in _targets(sources, out):
        if source.is_dir():
            write_report(source, target, formats)
        else:
            from report.importers.locust_csv import write_locust_report

            write_locust_report(source, target, formats)
        print(target / formats[-1].place)


def _targets(sources: list[Path], out: Path | None) -> list[tuple[Path, Path]]:
    """Where the report of each source goes: in `out` each of several has a folder of its own. Raises UserError where two would
    have the same."""
    from profiles import UserError

    if out is None:
        beside = (source / "report" if source.is_dir() else source.parent / f"{source.name}_report" for source in sources)
        return list(zip(sources, beside, strict=True))
    if len(sources) == 1:
        return [(sources[0], out)]
    names = [source.resolve().name for source in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"--out {out}: two reports would both be written to {out / twice}; write them one at a time")
    return [(source, out / name) for source, name in zip(sources, names, strict=True)]
