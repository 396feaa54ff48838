"""What drove the load."""

from report.document.block import Block, Section, Text
from report.recording.run import Run
from report.text import count_of
from report.validity.assessment import AssessedRun


def chapter(analysis: AssessedRun) -> Section:
    """Versions and worker processes."""
    return Section(id="tool", title="Tool", blocks=_blocks(analysis.run))


def _blocks(run: Run) -> tuple[Block, ...]:
    versions = {name: version for name, version in run.info.versions.items() if version[:1].isdigit()}
    tool = f"stepload {versions['stepload']}" if "stepload" in versions else "stepload"
    engine = f"Locust {versions['locust']}" if "locust" in versions else "Locust"
    workers = count_of(max(1, len(run.info.workers)), "worker process", "worker processes")
    text = (
        f"{tool} drove the load with {engine} in {workers}. Every request and every job was recorded, each poll included; "
        f"all numbers here are computed from these records, not from Locust's rounded statistics."
    )
    return (Text(text=text),)
