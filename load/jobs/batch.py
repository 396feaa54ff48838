"""A batch of jobs: what is in it, which worker submits what, and when it is over."""

import random
from collections.abc import Sequence

from profiles import Profile

Work = tuple[str, str]
"""(kind, tenant) of a job that is to be submitted."""


def compose(profile: Profile) -> list[Work]:
    """The whole batch in the order of its submission: kinds and tenants exactly by number or weight, shuffled by the
    profile's seed. The same profile gives the same batch."""
    kinds = [job.kind for job in profile.job]
    weights = [job.weight for job in profile.job]
    batch = [
        (kind, tenant)
        for tenant, jobs in _by_tenant(profile)
        for kind, n in zip(kinds, apportion(jobs, weights), strict=True)
        for _ in range(n)
    ]
    random.Random(f"{profile.seed}-batch").shuffle(batch)
    return batch


def apportion(n: int, weights: Sequence[int]) -> list[int]:
    """n split by weight into whole numbers that add up to n (largest remainders; ties go to the first)."""
    total = sum(weights)
    shares = [n * weight // total for weight in weights]
    owed = sorted(range(len(weights)), key=lambda i: -(n * weights[i] % total))
    for i in owed[: n - sum(shares)]:
        shares[i] += 1
    return shares


def _by_tenant(profile: Profile) -> list[tuple[str, int]]:
    tenants, jobs = profile.tenant, profile.batch or 0
    if not tenants:
        return [("", jobs)]
    sizes = [tenant.jobs for tenant in tenants if tenant.jobs is not None]
    return list(zip((t.name for t in tenants), sizes or apportion(jobs, [t.weight for t in tenants]), strict=True))


class BatchClock:
    """Tells when a batch of so many `jobs` is over: with its last job, or `drain` seconds after its last submit."""

    def __init__(self, jobs: int, drain: float) -> None:
        self._jobs, self._drain = jobs, drain
        self._submitted_at: float | None = None

    def is_over(self, now: float, begun: int, ended: int) -> bool:
        """Whether it is, with so many jobs begun and ended by now."""
        if begun >= self._jobs and self._submitted_at is None:
            self._submitted_at = now
        return ended >= self._jobs or (self._submitted_at is not None and now >= self._submitted_at + self._drain)
