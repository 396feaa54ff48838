"""The lines that tell how far a suite is."""

import sys

from profiles.suites import Run
from report.text import count_of, span


class Progress:
    """Tells of `runs` that are to be made, of `total` that were asked for."""

    def __init__(self, runs: int, total: int) -> None:
        self._left, self._total, self._took = runs, total, 0.0
        self._made = 0
        if runs < total:
            print(f"{count_of(total - runs, 'run')} of {total:,} done already", flush=True)

    def begins(self, run: Run) -> None:
        """A run begins."""
        number = self._total - self._left + 1
        print(f"[{number}/{self._total}] {run.scenario.phase} · {run.scenario.name}, repeat {run.repeat} …", flush=True)

    def ended(self, said: str, seconds: float) -> None:
        """It ended; what is left is told by what those before took."""
        self._left, self._made, self._took = self._left - 1, self._made + 1, self._took + seconds
        left = f"; {self._left:,} left, about {span(round(self._left * self._took / self._made))}" if self._left else ""
        print(f"    {said}; took {span(round(seconds, 1))}{left}", flush=True)

    def given_up(self, run: Run) -> None:
        """The suite ends here."""
        if self._left:
            out = f"{count_of(self._left, 'run')} {'was' if self._left == 1 else 'were'} left out"
            what = f"{run.scenario.name}, repeat {run.repeat}, went wrong, so {out}"
            print(f"{what}; to make them all the same: --resume --continue-on-error", file=sys.stderr, flush=True)
