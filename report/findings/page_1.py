"""What page 1 says: the answers to the questions of the test, then the gravest of what else was found."""

from collections.abc import Iterator

from report.analysis.run import Analysis
from report.document.finding import Finding

from .answers import answers
from .batch import batch_answers, tenants_finding
from .evidence import in_steps
from .leaks import leak_finding
from .recovery import recovery_answer
from .registry import findings_of
from .saturation import capacity_finding


def page_1_answers(analysis: Analysis) -> tuple[Finding, ...]:
    """The answers to the questions, then what a run was made to find out beside them."""
    return tuple(_judged(found, analysis) for found in (*_answers(analysis), *_beside(analysis)))


def further_findings(analysis: Analysis) -> tuple[Finding, ...]:
    """What was found beyond the answers, the gravest first."""
    return tuple(_judged(found, analysis) for found in findings_of(analysis))


def _answers(analysis: Analysis) -> tuple[Finding, ...]:
    if analysis.run.profile.batch is not None:
        return batch_answers(analysis)
    found = analysis.saturated
    if found is None or not (found.bend or found.because):
        return answers(analysis)  # Planned steps that show no plateau: the results say so, page 1 has better to say.
    seen = in_steps(analysis, analysis.steps, "capacity", "load", "overview")
    return (capacity_finding(found, analysis.run.profile.clients.submit_every, seen), *answers(analysis))


def _beside(analysis: Analysis) -> Iterator[Finding]:
    """Tenants, leaks and recovery, where the run has any to judge."""
    if analysis.tenants is not None:
        yield tenants_finding(analysis, analysis.tenants)
    leaking = leak_finding(analysis.leaks, analysis.holds)
    if leaking:
        yield leaking
    fared = recovery_answer(analysis.recoveries, analysis.holds)
    if fared:
        yield fared


def _judged(found: Finding, analysis: Analysis) -> Finding:
    """A finding; neither good nor bad where the measurement is invalid."""
    return found.model_copy(update={"level": "note"}) if analysis.trust == "INVALID" else found
