"""Queue, processing and total time of jobs, by the service's own timestamps."""

from report.document.block import Block, Findings, Section, Text
from report.document.finding import Finding
from report.document.model import plain
from report.findings.evidence import in_holds
from report.text import count_of
from report.validity.assessment import AssessedRun

from .describe import described


def chapter(analysis: AssessedRun) -> Section:
    """What the service itself tells of its jobs, as far as it does."""
    return Section(id="times", title="Queue, processing and total time", blocks=_blocks(analysis))


def _blocks(analysis: AssessedRun) -> tuple[Block, ...]:
    latency = analysis.latency
    if not analysis.run.profile.api.times.created and not (latency and latency.server):
        return (
            Text(text="The profile names no timestamps in the status reply, so queue and processing time can't be told apart."),
        )
    if latency is None or not latency.server:
        return (
            Text(text="The service told no times for the jobs of these steps, so queue and processing time can't be told apart."),
        )
    blocks: list[Block] = [Text(text="By the service's own timestamps, over the same jobs as the latency above.")]
    if latency.backwards:
        these = count_of(latency.backwards, "of these times runs", "of these times run")
        said = f"{these} backwards: the service's clock is not to be trusted."
        held = [hold for hold in analysis.holds if hold.step.number in latency.steps]
        told = {"backwards": plain(latency.backwards)}
        server_times = Finding(level="warning", subject="Server times", sentence=said, numbers=told, source=in_holds(held))
        blocks.append(Findings(findings=(server_times,)))
    blocks.append(described(latency.server, "Queue (created → started), processing (started → finished) and total", "Kind"))
    return tuple(blocks)
