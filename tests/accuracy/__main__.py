"""`make accuracy`: every claim against known truth, a line each; exit 1 where a target is missed."""

import sys
from concurrent.futures import ProcessPoolExecutor

from .registry import all_rows
from .rows import Reached


def _measure(number: int) -> Reached:
    return all_rows()[number].measure()


def main() -> int:
    """Print the table."""
    rows, missed = all_rows(), 0
    with ProcessPoolExecutor() as pool:
        for row, reached in zip(rows, pool.map(_measure, range(len(rows))), strict=True):
            missed += not reached.passed
            print(f"{'ok    ' if reached.passed else 'MISSED'}  {row.claim}: {reached.value}  [target: {row.target}]", flush=True)
    print(f"{len(rows) - missed} of {len(rows)} reached")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
