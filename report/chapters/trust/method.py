"""What the report claims, and the constants of its method."""

from profiles import Profile
from profiles.model import Method
from report.chapters.evidence import leaks
from report.document.block import Block, Facts, Section
from report.document.table import Column, Table, table, words
from report.recording.events import RuleState
from report.stats.job_times.polled_states import Phases
from report.validity.assessment import AssessedRun

from .claims import CLAIMS, Of


def chapter(analysis: AssessedRun) -> Section:
    """The claims of this report, two sentences each, and the constants behind them."""
    return Section(id="method", title="Method", blocks=_blocks(analysis))


def _blocks(analysis: AssessedRun) -> tuple[Block, ...]:
    made = _made(analysis)
    claims = Facts(facts=tuple((claim.title, claim.text) for claim in CLAIMS if claim.of in made))
    return (claims, _constants(analysis.run.profile, made))


def _made(analysis: AssessedRun) -> set[Of]:
    """Which kinds of claims the report makes."""
    run = analysis.run
    told: dict[Of, bool] = {
        "all": True,
        "steps": run.profile.batch is None,
        "ladder": run.profile.batch is None and len(analysis.steps) > 1,
        "saturation": analysis.saturated is not None,
        "bottleneck": analysis.capacity.breaking is not None,
        "phases": isinstance(analysis.phases, Phases),
        "baseline": analysis.baseline is not None,
        "batch": run.profile.batch is not None or bool(run.profile.tenant),
        "rules": any(isinstance(event, RuleState) for event in run.events),
        "leaks": leaks.chapter(analysis) is not None,
        "recovery": bool(analysis.recoveries),
        "stalls": any(step.stalls for step in analysis.steps),
        "limits": bool(analysis.limits),
        "failures": bool(analysis.causes),
    }
    return {of for of, made in told.items() if made}


def _constants(profile: Profile, made: set[Of]) -> Table:
    """What the method's constants were in this run, and where they come from; those of claims not made only if overridden."""
    of: dict[str, Of] = {"leak_min": "leaks", "recovery_window": "recovery"}
    fields = {
        name: field
        for name, field in Method.model_fields.items()
        if of.get(name, "all") in made or getattr(profile.method, name) != field.default
    }
    used = [getattr(profile.method, name) for name in fields]
    overridden = [value != field.default for value, field in zip(used, fields.values(), strict=True)]
    return table(
        "Constants of the method",
        (Column(title="Constant", words=True), words(*(f"method.{name}" for name in fields))),
        (Column(title="Value"), words(*(f"{value:,g}" for value in used))),
        (Column(title="Default"), words(*(f"{field.default:,g}" for field in fields.values()))),
        (Column(title="What and why", words=True), words(*(field.description for field in fields.values()))),
        marks=["warning" if changed else "" for changed in overridden],
        note="Times in seconds. A constant that the profile overrides makes the verdict of the run QUALIFIED at best.",
    )
