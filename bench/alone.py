"""What only stepload is asked: the highest rate at which its own measurement holds, and what jobs in flight cost it.

Both are read from the run folders that it wrote, by the code that judges any run.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from report.analysis.generators import health_of  # noqa: E402
from report.analysis.holds import cut_holds  # noqa: E402
from report.recording.run import read_run  # noqa: E402

SETTLED = 3.0
"""Seconds after the last submit from which polls are looked at: by then each job has been polled twice."""


def highest_valid_rate(folder: Path) -> float:
    """Requests per second of the highest step up to which the generator kept its own limits in every one; 0: in none."""
    run, rate = read_run(folder), 0.0
    for hold in cut_holds(run):
        (health,) = health_of(run, [hold])
        rate_here = len(hold.requests) / hold.seconds
        said = ", ".join(health.faults) or "valid"
        print(f"  {rate_here:>8,.0f} requests/s   CPU {health.cpu:.0%}   lag p99 {health.lag * 1e3:.0f} ms   {said}", flush=True)
        if health.faults:
            return rate
        rate = rate_here
    return rate


def jobs_in_flight(folder: Path) -> tuple[float, float]:
    """Bytes of memory per job in flight, and the 99th percentile of how late polls were sent (s), while all of them were."""
    run = read_run(folder)
    full = run.jobs["accepted"].max() + SETTLED
    if not (run.jobs["ended"] > full).all() or (run.jobs["outcome"] != "abandoned").any():
        sys.exit(f"bench: not all jobs were in flight at once; see {folder}")
    polls = run.requests[(run.requests["endpoint"] == "status") & (run.requests["sent"] > full)]
    rate = len(polls) / (polls["sent"].max() - polls["sent"].min())
    said = run.samples[run.samples["source"] == "generator-1"].pivot_table(index="t", columns="metric", values="value")
    first, most = said.iloc[0], said[said["jobs"] == said["jobs"].max()]
    grown = most["rss"].max() - first["rss"]
    print(f"  {len(run.jobs):,} jobs in flight, {rate:,.0f} polls/s, {grown / 1e6:.0f} MB", flush=True)
    return grown / (most["jobs"].max() - first["jobs"]), float((polls["sent"] - polls["due"]).quantile(0.99))
