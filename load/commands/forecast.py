"""What can be said of a run before it: how sure its figures can be, and which limits can't be judged."""

from profiles import Condition, Profile
from profiles.conditions import JOB_SUBJECTS
from report.analysis.limits import samples_needed
from report.stats.intervals import completions_needed
from report.stats.steady_state import SETTLE_SHARE
from report.text import count_of


def completions_line(profile: Profile) -> str:
    """What the steps will tell about throughput: the jobs that each completes, and those that ± 3 % takes; empty for a batch."""
    stages = [stage for stage in profile.load.stages() if stage.hold]
    if profile.batch is not None or not stages:
        return ""
    held = [stage.hold - min(profile.method.settle, stage.hold * SETTLE_SHARE) for stage in stages]
    jobs = [round(profile.offered_rate(stage.clients) * seconds) for stage, seconds in zip(stages, held, strict=True)]
    each = f"{min(jobs):,}" if min(jobs) == max(jobs) else f"{min(jobs):,} to {max(jobs):,}"
    least, most = completions_needed(0.2), completions_needed(1.5)
    if min(jobs) >= most:
        return ""
    return (
        f"A step completes about {each} jobs if the service keeps up. Throughput to ± 3 % takes from {least:,} jobs, where all "
        f"take about as long, to {most:,}, where they differ much: hold longer if you need that."
    )


def unjudged_line(profile: Profile) -> str:
    """Which limits on percentiles can't be judged, since too few jobs or requests are to come; empty where all can."""
    few = []
    for limit in profile.limit:
        condition = profile.condition(limit.that)
        needed, come = samples_needed(condition), _to_come(profile, condition)
        if needed and come is not None and come < needed:
            few.append(f"{limit.that} (takes {needed:,}, about {come:,} are to come)")
    if not few:
        return ""
    named = ", ".join(few[:3]) + (f" and {len(few) - 3} more" if few[3:] else "")
    leave = "it" if len(few) == 1 else "them"
    return f"Too few samples to judge {count_of(len(few), 'limit')}: {named}. Hold longer, or leave {leave} out."


def _to_come(profile: Profile, condition: Condition) -> int | None:
    """How many submits, jobs or extras of the steps a condition is to see, at the most; None where that isn't known before."""
    stages = profile.load.stages()
    if not stages:
        return None
    for extra in profile.extra:
        if extra.name == condition.subject:
            return round(sum(stage.clients * stage.hold for stage in stages) / (sum(extra.every) / 2))
    if condition.subject not in ("submit", "result", *JOB_SUBJECTS):
        return None
    jobs = profile.batch or sum(profile.offered_rate(stage.clients) * stage.hold for stage in stages)
    shares = {
        "kind": {job.kind: job.weight for job in profile.job},
        "tenant": {tenant.name: tenant.jobs or tenant.weight for tenant in profile.tenant},
    }
    for column, name in condition.filters:
        jobs *= shares[column][name] / sum(shares[column].values())
    return round(jobs)
