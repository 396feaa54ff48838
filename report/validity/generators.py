"""Checks of the load generators and their machines: were they themselves the bottleneck?"""

import math
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from report.analysis.generators import Health
from report.analysis.resources import hosts_in, others_on
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.recording.run import Run
from report.stats.generator_health import CPU_HIGH, LAG_HIGH, LATE, Fault
from report.text import NONE, count_of, listed, seconds, share

from .check import Check

LEAST_LAG = 0.005
"""Seconds: heartbeats that are less late than this are not recorded one by one."""
BUSY = 0.9
"""A generator's machine that uses more than this share of all its cores makes jobs wait for it, too."""
USED = 0.1
"""Cores: what used less is not named."""
LOCAL = ("127.0.0.1", "localhost", "::1", "0.0.0.0")
"""Hosts of a target that are the generator's own machine."""
REMEDY = "Use more workers (one a core), or a machine of their own for them."
REMEDY_EXHAUSTED = "Let workers open more files (ulimit -n) and their machine use more ports, or use more machines."


def generator(analysis: Analysis) -> Iterator[Check]:
    """A step that the generators spoiled says nothing; whether the answers can do without it decides about the run."""
    health = analysis.health
    bad = [step for step in analysis.steps if step.spoiled]
    if bad:
        yield _spoiled(analysis, bad)
        return
    if all(math.isnan(one.cpu) and math.isnan(one.lag) for one in health):
        if analysis.usage:
            said = "The load generators were not watched, so whether they were the bottleneck is not known."
            yield Check("Generators", "note", said, {})
        return
    worst = _worst(health)
    lag = seconds(max(LEAST_LAG, worst["lag_p99_s"])) if not math.isnan(worst["lag_p99_s"]) else NONE
    cpu = _percent(worst["cpu"])
    said = f"In the steps no generator lagged by more than {lag} (p99), and none used more than {cpu} of a core"
    if any(one.near for one in health):
        over = (
            f"A generator lagged by up to {lag} (p99), and used up to {cpu} of a core; above {seconds(LAG_HIGH)} or "
            f"{share(CPU_HIGH)} it may itself add to the times measured."
        )
        yield Check("Generators", "qualified", over, worst, remedy_for(analysis, [one for one in health if one.near]))
    else:
        yield Check("Generators", "ok", f"{said}, both within bounds.", worst)


def _first(spoiled: Sequence[Health]) -> str:
    return faults_text(spoiled[0]) + (f", and {len(spoiled) - 1} more" if spoiled[1:] else "")


def _spoiled(analysis: Analysis, bad: Sequence[StepResult]) -> Check:
    """Whether the answers can do without the steps that the generators spoiled."""
    told = "; ".join(f"step {step.number}: {_first(step.spoiled)}" for step in bad[:3]) + ("; …" if bad[3:] else "")
    rests = not any(step.sustained or step.failed for step in analysis.steps) or any(step.seemed_to_break for step in bad)
    effect = (
        "what broke there, if anything, may have been the generator, and the answers rest on it"
        if rests
        else f"{'it counts' if len(bad) == 1 else 'they count'} for nothing, and the answers rest on the others"
    )
    remedy = remedy_for(analysis, [one for step in bad for one in step.spoiled])
    said = f"The load generators spoiled {count_of(len(bad), 'step')} of {len(analysis.steps)} ({told}): {effect}."
    return Check("Generators", "invalid" if rests else "qualified", said, _worst(analysis.health), remedy)


def remedy_for(analysis: Analysis, health: Sequence[Health]) -> str:
    """What helps these generators: where they lagged and used little of the CPU themselves, others kept it from them."""
    if any(one.refused for one in analysis.health):
        return REMEDY_EXHAUSTED
    faults = {fault for one in health for fault in one.faults}
    cpu = max((one.cpu for one in health), default=math.nan)
    if faults - {"lag", "late"} or not cpu <= CPU_HIGH:
        return REMEDY
    steps = {one.step for one in health}
    others = {
        name: cores for name, cores in others_on([h for h in analysis.holds if h.step.number in steps]).items() if cores >= USED
    }
    told = listed(f"{name.replace('_', ' ')} ({cores:.1f} cores)" for name, cores in others.items()) if others else ""
    who = f"beside them {told} used it" if told else "what else used it was not sampled"
    right = " or the right to raise their priority (CAP_SYS_NICE)," if _unprivileged(analysis.run) else ""
    return (
        f"The generators used {share(cpu)} of a core at most; {who}. Give them a core that nothing else uses,{right} or a "
        "machine of their own."
    )


def _unprivileged(run: Run) -> bool:
    return any(worker.priority == "normal" for worker in run.info.workers)


def _worst(health: Sequence[Health]) -> dict[str, float]:
    known = {"lag_p99_s": [one.lag for one in health], "cpu": [one.cpu for one in health]}
    return {name: max((v for v in values if not math.isnan(v)), default=math.nan) for name, values in known.items()}


def busy(analysis: Analysis) -> Iterator[Check]:
    hosts = hosts_in(analysis.usage)
    rests = {step.number for step in (analysis.capacity.carried, analysis.capacity.breaking) if step is not None}
    means = [u.mean for u in analysis.usage if u.metric == "cpu" and u.source in hosts and u.step in rests]
    busiest = max(means, default=0.0)
    if busiest > BUSY:
        said = f"The machine of the load generators was busy: {share(busiest)} of its CPU on average in a step that counts."
        remedy = "Find out what else ran there, or generate the load from another machine."
        yield Check("Machines", "qualified", said, {"cpu": busiest}, remedy)


def machines(analysis: Analysis) -> Iterator[Check]:
    if on_one_machine(analysis.run):
        said = "Load generator and service shared one machine and competed for it; on its own, the service may do better."
        yield Check("Machines", "note", said, {}, "Generate the load from another machine.")


def on_one_machine(run: Run) -> bool:
    """Whether generator and target shared a machine, by the target's address."""
    host = urlsplit(run.info.url).hostname or ""
    return host in LOCAL or host in {machine.host for machine in run.info.machines}


def _percent(value: float) -> str:
    return NONE if math.isnan(value) else share(value)


def faults_text(health: Health) -> str:
    """Which generator it was, and all that it did wrong in the step, with the numbers."""
    return f"generator {health.worker} {listed(_fault(health, fault) for fault in health.faults)}"


def _fault(health: Health, fault: Fault) -> str:
    match fault:
        case "cpu":
            return f"used {share(health.cpu)} of a core"
        case "lag":
            return f"lagged by {seconds(health.lag)} (p99), where {seconds(health.lag_allowed)} is allowed"
        case "late":
            return f"sent {health.late:,} of {count_of(health.sent, 'submit')} more than {seconds(LATE)} late"
        case "descriptors":
            return "ran out of file descriptors"
        case "ports":
            return "ran out of ports"
        case "lost":
            return "was lost"
