"""What was sampled, of which machines, processes and others."""

from report.analysis.resources import GENERATOR, HEARTBEATS
from report.chapters.metrics import METRICS, UNSHOWN
from report.document.block import Block, Facts, Findings, Section, Text
from report.document.finding import Finding
from report.recording.run import Run
from report.validity.assessment import AssessedRun


def chapter(analysis: AssessedRun) -> Section:
    """What was sampled of each source."""
    return Section(id="monitoring", title="Monitoring", blocks=_blocks(analysis.run))


def _blocks(run: Run) -> tuple[Block, ...]:
    samples = run.samples[~run.samples["metric"].isin(HEARTBEATS)]
    watched: dict[str, set[str]] = {}
    for source, metrics in samples.groupby("source", observed=True)["metric"].unique().items():
        of = "load generators" if str(source).startswith(GENERATOR) else str(source)
        watched.setdefault(of, set()).update(map(str, metrics))
    if not watched:
        finding = Finding(level="note", subject="Resources", sentence="Nothing was monitored, so resource usage is not known.")
        return (Findings(findings=(finding,)),)
    facts = tuple((source, _metrics(watched[source])) for source in sorted(watched))
    return (Text(text="Sampled once a second:"), Facts(facts=facts))


def _metrics(names: set[str]) -> str:
    """What was sampled, in words."""
    known = [title for name, (title, _) in METRICS.items() if name in names]
    return ", ".join([*known, *sorted(name.replace("_", " ") for name in names - METRICS.keys() - set(UNSHOWN))])
