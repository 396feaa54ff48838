"""What the report claims and how it comes to it: two sentences each, for the report and for docs/method.md alike."""

from dataclasses import dataclass
from typing import Literal

Of = Literal[
    "all",
    "steps",
    "ladder",
    "saturation",
    "bottleneck",
    "phases",
    "baseline",
    "batch",
    "rules",
    "leaks",
    "recovery",
    "stalls",
    "limits",
    "failures",
]
"""Which reports make a claim: all, those of steps, those with leaks to judge, …"""


@dataclass(frozen=True)
class Claim:
    """A claim in plain words, and which reports make it."""

    title: str
    text: str
    of: Of = "all"


CLAIMS = (
    Claim(
        "Steps",
        "A job belongs to the step in whose hold it was due, a request to the one in whose hold it was sent. What happens "
        "while the load is ramped up belongs to no step.",
        "steps",
    ),
    Claim(
        "Sustained or not",
        "A step is sustained if jobs in flight, once it had settled, rose by no more than 5 % of the arrivals, or than chance "
        "explains; unsustained if they rose by more, if too much failed or never ended, or if a stop rule fired. It is "
        "inconclusive if it had too few arrivals, was cut off before half of its hold, or if jobs in flight crept up by too "
        "little to tell: hold it longer.",
        "steps",
    ),
    Claim(
        "Throughput",
        "Completed jobs per second are the jobs seen succeeded or failed once the step had settled, divided by that time; the "
        "interval comes from how ten equal parts of it differ. Requests per second count every request, each status poll "
        "included, so they may rise while less work gets done.",
        "steps",
    ),
    Claim(
        "Capacity by the plain rule",
        "The last sustained step in an unbroken series from the first; a step that can't be judged doesn't break it. It is a "
        "step of the load, not a limit found exactly: the true one lies between it and the next step.",
        "ladder",
    ),
    Claim(
        "Capacity",
        "Throughput follows the load until the service is saturated and then stays flat, so two straight lines are fitted to "
        "the steps: the capacity is what those with at least 1.10 times the load at the bend completed, and with fewer than 3 "
        'of them the report says "at least". Its interval shows how far the fit moves when the ten parts of each step are '
        "drawn again by chance.",
        "saturation",
    ),
    Claim(
        "Three loads",
        "Optimal is 70 % of the capacity, since queues grow steeply beyond it (computed, not measured), or less where the "
        "profile's limits ask for less. The capacity under the limits is the highest sustained step that met every limit, below "
        "the first that didn't; the breaking point is the first step that was not sustained, or in which a stop rule fired.",
        "ladder",
    ),
    Claim(
        "Percentiles",
        "Computed from every recorded row (type 7 of Hyndman and Fan), never averaged, and printed only where ten samples lie "
        "above: p95 needs 200, p99 1,000. The intervals come from how ten parts of the run differ; they hold within this run, "
        "and where too few of its values are independent of each other there are none.",
    ),
    Claim(
        "Shares of failures",
        "A share of jobs or requests that failed has the interval in which the true share lies in 95 of 100 such runs, or "
        "more, if one failing says nothing of the next. Failures that come in bursts tell less than their number "
        "suggests, so see when they came before relying on it.",
        "failures",
    ),
    Claim(
        "Service time and response time",
        "Service time counts from the moment a request was sent, response time from the moment it was due, so a submit that "
        "had to wait for its client is not missed. Lateness is the difference; more than 1 % of late or held-back arrivals "
        "make the measurement invalid.",
    ),
    Claim(
        "Response time of jobs",
        "From the moment a job was due to its end, which is that of the service's own timestamps where these fit, all shifted "
        "alike, between what the polls saw of 99 % of the jobs. Else it is estimated from the polls: for jobs shorter than half "
        "a poll the most likely distribution, for longer ones the middle between the last two polls, or the reply to a poll that "
        "the service held open until the end.",
    ),
    Claim(
        "Waiting and processing by polled states",
        "Where the service tells no timestamps, how long jobs waited and how long they were processed is estimated from the "
        "states that polls saw: the most likely distributions of both together, given between which polls each job began and "
        "ended. A median or p95 that the polls don't carry, since they are too far apart or the jobs too few, is left out.",
        "phases",
    ),
    Claim(
        "Jobs in flight, counted twice",
        "By Little's law the times of all jobs, added up and divided by the time they took, are the jobs in flight on "
        "average. Where that differs by more than 4 % from what the load generators counted, events were lost.",
    ),
    Claim(
        "Bottleneck",
        "Where the service tells when jobs start, mean waiting and processing times are compared between the first sustained "
        "step and the one that broke, as ratios with intervals. Waits that are surely longer while processing surely isn't mean "
        "that all workers were busy; processing that is surely longer means that jobs compete for something while they run.",
        "bottleneck",
    ),
    Claim(
        "The unloaded service",
        "Where the load has a baseline, one client uses the service first, one job at a time: medians tell what it takes "
        "unloaded, and how many times as long under load. It is no step, and no figure of a step holds its jobs.",
        "baseline",
    ),
    Claim(
        "Stop rules",
        "The load stops when the service is known to be failing, not when one number looks bad: each rule asks for so much "
        "evidence that chance hardly ever provides it. Every decision stands in events.jsonl with its numbers, and can be "
        "derived again from the files: stepload stops RUN --again.",
        "rules",
    ),
    Claim(
        "Leaks",
        "A metric leaks if it grows steadily under constant load: more than chance explains, by enough to matter, and still "
        "in the second half of the run. The report tells the growth per hour and per 1,000 jobs, and when it meets the limit "
        "of open files or the memory of the machine.",
        "leaks",
    ),
    Claim(
        "Recovery",
        "After the load falls back to what it was before, the service has recovered when jobs fare as they did then: the "
        "report tells how long that took, how long the backlog lasted, and whether something stayed. The same load must have "
        "been held before, since nothing else says what normal is.",
        "recovery",
    ),
    Claim(
        "Stalls",
        "A stall is a time in which no request was answered though requests fell due: the line of its step says how long it "
        "was, when, and the longest wait in it. Response time counts from when a submit was due, service time from when it "
        "was sent, and both are reported.",
        "stalls",
    ),
    Claim(
        "Load generator",
        "A generator that is itself the bottleneck books its own slowness as the service's. So a step is invalid, and counts "
        "for nothing, if a generator used too much of a core, lagged, sent late, ran out of files or ports, or was lost.",
    ),
    Claim(
        "Batches and tenants",
        "How fast a service takes a batch in and how fast it works it off are two things, so they are measured apart. How "
        "long anybody waited is said only as exactly as polls can know it, and a limit that lies within that doubt is called "
        "undecided.",
        "batch",
    ),
    Claim(
        "Limits",
        "Judged over all rows of the sustained steps (in hold and spike loads: of all steps; in a batch: of all of it). A "
        "limit is met by a narrow margin (warn) from 90 % of it on.",
        "limits",
    ),
)
"""Every claim, in the order of the chapter."""
