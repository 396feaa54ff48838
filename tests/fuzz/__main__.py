"""`make fuzz`: edited files until the time is up, each kind in turn. Prints how many, and what failed with its edits."""

import argparse
import resource
import sys
import time
import traceback
import warnings

from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from .edits import EDITS, Edit
from .targets import TARGETS, Target
from .test_fuzz import attempt

AT_ONCE = 40
"""Inputs of a kind before it is the next one's turn."""
SLOW = 20.0
"""Seconds that one input may take: more is a hang."""


def main() -> int:
    """Fuzz for so many seconds; exit code 1 where something failed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=1, help="of the first turn; the next turns count up")
    asked = options.parse_args()
    warnings.simplefilter("error")
    until, turn, counts, failed = time.monotonic() + asked.seconds, asked.seed, dict.fromkeys((t.name for t in TARGETS), 0), 0
    while time.monotonic() < until:
        for target in TARGETS:
            if time.monotonic() < until:
                failed += not fuzzed(target, turn, counts)
        turn += 1
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    print(
        f"{sum(counts.values()):,} inputs (seeds {asked.seed} to {turn - 1}; {told}), {failed} turns failed, {memory:,.0f} MB at most"
    )
    return int(failed > 0)


def fuzzed(target: Target, turn: int, counts: dict[str, int]) -> bool:
    """One turn of a kind; whether all went well."""

    @seeded(turn)
    @settings(max_examples=AT_ONCE, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(target.seeds()), EDITS)
    def run(seed: bytes, edits: list[Edit]) -> None:
        counts[target.name] += 1
        began = time.monotonic()
        attempt(target, seed, edits)
        assert time.monotonic() - began < SLOW, f"took {time.monotonic() - began:.0f} s"

    try:
        run()
    except Exception:
        print(f"{target.name}, seed {turn}:")
        traceback.print_exc(limit=-4)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
