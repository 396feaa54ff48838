"""What was tested, and the machines that generated the load."""

from report.document.block import Block, Facts, Section, Text
from report.recording.run import Run
from report.text import count_of
from report.validity.assessment import AssessedRun
from report.validity.generators import on_one_machine


def chapter(analysis: AssessedRun) -> Section:
    """What is known of the service, its address and the machines."""
    return Section(id="system", title="System under test", blocks=_blocks(analysis.run))


def _blocks(run: Run) -> tuple[Block, ...]:
    info = run.info
    target = {**run.profile.target.model_dump(), **info.target}
    facts = [(key.replace("_", " ").capitalize(), str(value)) for key, value in target.items() if value]
    facts.append(("Address", info.url))
    facts += [
        (
            f"Generator {machine.host}",
            f"{machine.cpu}, {count_of(machine.cores, 'core')}, {_memory(machine.memory)}, {machine.os}",
        )
        for machine in info.machines
    ]
    where = (
        "The load was generated on the machine that the service ran on; they shared its processors."
        if on_one_machine(run)
        else "The load was generated on a machine of its own."
    )
    return (Facts(facts=tuple(facts)), Text(text=where))


def _memory(size: int) -> str:
    return f"{size / 2**30:.3g} GiB memory"
