"""`make accuracy`: every claim against known truth, a line each; exit 1 where a target is missed. --write: into docs/method.md."""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from .registry import all_rows
from .rows import Reached, Row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "method.md"
HEAD = "| Claim | Target | Measured |\n| --- | --- | --- |\n"


def main() -> int:
    """Print the table."""
    rows, reached = all_rows(), []
    with ProcessPoolExecutor() as pool:
        for row, found in zip(rows, pool.map(_measure, range(len(rows))), strict=True):
            reached.append(found)
            print(f"{'ok    ' if found.passed else 'MISSED'}  {row.claim}: {found.value}  [target: {row.target}]", flush=True)
    missed = sum(not found.passed for found in reached)
    print(f"{len(rows) - missed} of {len(rows)} reached")
    if "--write" in sys.argv[1:]:
        _write(rows, reached)
    return 1 if missed else 0


def _measure(number: int) -> Reached:
    return all_rows()[number].measure()


def _write(rows: Sequence[Row], reached: Sequence[Reached]) -> None:
    """Replace the last table of docs/method.md."""
    before, head, _ = PAGE.read_text(encoding="utf-8").rpartition(HEAD)
    lines = [f"| {row.claim} | {row.target} | {found.value} |\n" for row, found in zip(rows, reached, strict=True)]
    PAGE.write_text(before + head + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
