"""Jobs that the service lost, gave the same name, or left without an answer."""

from collections.abc import Iterator
from typing import Any

from report.analysis.run import Analysis
from report.document.finding import Finding, Source
from report.recording.data_frames import repeated
from report.stats.intervals import share_interval
from report.text import clipped, count_of, likely_share, listed, share, span

from .evidence import in_jobs, intervals

LONGEST_ID = 40
"""Letters of an id that a sentence has room for."""


def lost(analysis: Analysis) -> Iterator[Finding]:
    """Accepted jobs that the service no longer knew."""
    gone = analysis.outcomes.counts["lost"]
    if not gone:
        return
    rows = analysis.run.jobs[analysis.run.jobs["outcome"] == "lost"]
    ids = [clipped(str(name), LONGEST_ID) for name in rows["id"].head(3)]
    yield Finding(
        level="bad",
        subject="Lost jobs",
        sentence=(
            f"The service lost {count_of(gone, 'job')} of {analysis.outcomes.jobs:,}: it accepted them and later did not know "
            f"them ({listed(ids)}{', …' * (gone > len(ids))})."
        ),
        **_counted(analysis, "lost", gone),
        source=in_jobs(rows, "outcome lost", "overview"),
        remedy="Look these ids up in the service's log: a job that was accepted must not vanish.",
    )


def twice(analysis: Analysis) -> Iterator[Finding]:
    """Ids that the service gave to more than one job."""
    ids = analysis.run.jobs.loc[analysis.run.jobs["id"] != "", "id"]
    if not repeated(ids):
        return
    given = ids[ids.duplicated()].unique()
    named = [clipped(str(name), LONGEST_ID) for name in given[:3]]
    yield Finding(
        level="bad",
        subject="Duplicate jobs",
        sentence=(
            f"The service gave {count_of(len(given), 'id')} to more than one job ({listed(named)}"
            f"{', …' * (len(given) > len(named))}): results of one may have been taken for those of another."
        ),
        numbers={"ids": len(given)},
        source=in_jobs(analysis.run.jobs[analysis.run.jobs["id"].isin(given)], "of equal id", "overview"),
        remedy="Check how the service makes its ids, or whether it takes equal requests for the same job on purpose.",
    )


def unanswered(analysis: Analysis) -> Iterator[Finding]:
    """Jobs given up on, and submits of which nobody knows whether a job came of them."""
    timed_out, errored = analysis.outcomes.counts["timed_out"], analysis.outcomes.counts["errored"]
    if timed_out:
        patience = span(analysis.run.profile.clients.give_up_after)
        yield Finding(
            level="warning",
            subject="Jobs given up",
            sentence=f"{count_of(timed_out, 'job')} had no result after {patience} and counted as failed.",
            **_counted(analysis, "timed_out", timed_out),
            source=_seen(analysis, "timed_out", "overview", "in_flight"),
            remedy="See the outcomes over time: a stuck worker and a queue that is too long look alike here.",
        )
    if errored:
        yield Finding(
            level="warning",
            subject="Uncertain jobs",
            sentence=(
                f"{count_of(errored, 'submit')} got neither an acceptance nor a refusal; the service may have done the work "
                "all the same."
            ),
            **_counted(analysis, "errored", errored),
            source=_seen(analysis, "errored", "overview", "throughput"),
            remedy="Make submits safe to repeat, so that clients can ask again.",
        )


def _counted(analysis: Analysis, name: str, count: int) -> dict[str, Any]:
    """So many jobs, and the share of all that they are, with its interval."""
    found = share_interval(count, analysis.outcomes.jobs)
    return {
        "numbers": {name: count, "jobs": analysis.outcomes.jobs, "share": found.value},
        "intervals": intervals(share=found),
        "evidence": f"{share(found.value)} of all jobs ({likely_share(found.low, found.high)}).",
    }


def _seen(analysis: Analysis, outcome: str, *figures: str) -> Source:
    return in_jobs(analysis.run.jobs[analysis.run.jobs["outcome"] == outcome], f"outcome {outcome}", *figures)
