"""What the test is to find out."""

from profiles import Profile
from report.document.block import Block, Items, Section, Text
from report.validity.assessment import AssessedRun

QUESTIONS = (
    "In a steady state, what is the throughput of the service?",
    "In a steady state, what is its latency distribution?",
    "What are the best operating conditions?",
    "What are its limits, and what breaks first?",
)
"""What every test but that of a batch is to find out."""
BATCH_QUESTIONS = (
    "How fast does the service take a batch of jobs in?",
    "How fast does it work the batch off, and how long does that take?",
    "How long does a job wait, and how long does it take?",
)
"""What the test of a batch is to find out."""
TENANTS_QUESTION = "Is every tenant served alike?"
"""Asked where the profile has tenants."""


def chapter(analysis: AssessedRun) -> Section:
    """The goal as the profile says it, and the questions of the test."""
    return Section(id="goal", title="Goal", blocks=_blocks(analysis.run.profile))


def _blocks(profile: Profile) -> tuple[Block, ...]:
    goal = profile.goal if profile.goal.endswith((".", "?", "!")) else f"{profile.goal}."
    told = (Text(text=goal),) if profile.goal else ()
    questions = QUESTIONS if profile.batch is None else BATCH_QUESTIONS
    asked = (*questions, TENANTS_QUESTION) if profile.tenant else questions
    return (*told, Text(text="The test is to answer these questions:"), Items(items=asked))
