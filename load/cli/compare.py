"""stepload compare."""

from pathlib import Path
from typing import Annotated

import typer

from load.protocol.exits import LIMIT_FAILED


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="A… --with B…", help="run folders before, then those to judge")],
    anyway: Annotated[bool, typer.Option("--anyway", help="compare different profiles, or INVALID runs, all the same")] = False,
    scaling: Annotated[str | None, typer.Option(metavar="NAME=A,B", help="how much faster B is, as in workers=1,10")] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="where to write")] = Path("comparison"),
) -> None:
    """Tell whether runs B do worse than runs A: exit code 3 if so. With --scaling: how much faster they are."""
    from report.compare.document import SENTENCES, write_comparison
    from report.compare.scaling import read_scaling

    a, b = _sides(runs)
    result = write_comparison(a, b, anyway, read_scaling(scaling) if scaling is not None else None, out)
    print(f"{result}: {SENTENCES[result]}\n{out / 'report.pdf'}")
    if result == "REGRESSION":
        raise typer.Exit(LIMIT_FAILED)


def _sides(words: list[str]) -> tuple[list[Path], list[Path]]:
    """The folders before and after the word --with, which shells' wildcards may have made several of. Raises UserError."""
    from profiles import UserError

    unknown = [word for word in words if word.startswith("-") and word != "--with"]
    if unknown:
        raise UserError(f"compare: {unknown[0]!r} is no option; allowed: --with, --scaling, --anyway, --out")
    if words.count("--with") != 1 or words[0] == "--with" or words[-1] == "--with":
        raise UserError("compare: name the runs before, then --with, then the runs to judge: stepload compare A… --with B…")
    place = words.index("--with")
    a, b = [Path(word) for word in words[:place]], [Path(word) for word in words[place + 1 :]]
    runs = [run.resolve() for run in a + b]
    for run in a + b:
        if runs.count(run.resolve()) > 1:
            raise UserError(f"compare: {run} is named twice; a run can't be compared with itself")
    return a, b
