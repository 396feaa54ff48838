"""How the test goes about it: a black box, its load model, what a job is."""

from profiles import Profile
from report.document.block import Block, Section, Text
from report.text import count_of, span
from report.validity.assessment import AssessedRun

MODES = {
    "open": "each client submits a job every {every} whether or not the last one is done (open load): "
    "the load does not drop when the service slows down, so a backlog becomes visible",
    "paced": "each client submits a job every {every}, but never before the last one is done (paced load): "
    "the load drops when the service slows down, which hides queues",
    "think": "each client waits {every} after a job is done and then submits the next (closed load): "
    "the load drops when the service slows down, which hides queues",
}
"""The load models, by `clients.mode`."""


def chapter(analysis: AssessedRun) -> Section:
    """The load model, and what a job is."""
    return Section(id="strategy", title="Strategy", blocks=_blocks(analysis.run.profile))


def _blocks(profile: Profile) -> tuple[Block, ...]:
    if profile.batch is not None:
        clients = count_of(profile.load.stages()[0].clients, "client")
        model = (
            f"a batch of {count_of(profile.batch, 'job')}, submitted by {clients} at once, each the next job as soon as its last "
            "submit was answered. Nothing is submitted after that, and the run ends with the last job"
        )
    else:
        model = _arrival_model(profile)
    return (
        Text(
            text="A black-box load test: the service is used only through its public API. The test measures whether and how fast "
            "it delivers results, not whether they are correct."
        ),
        Text(text=f"The load model: {model}."),
        Text(
            text="A job is one submit and all that follows it: status polls until it is done, then its result. Jobs per "
            "second and requests per second differ, so both are reported: when a service falls behind, its jobs are polled "
            "more often, and requests per second may rise while fewer jobs are completed."
        ),
    )


def _arrival_model(profile: Profile) -> str:
    mode = MODES[profile.clients.mode].format(every=span(profile.clients.submit_every))
    spread = "at a random moment of each interval" if profile.clients.arrivals == "even" else "with random gaps between them"
    return f"{mode}. Arrivals come {spread}, so that no pattern repeats"
