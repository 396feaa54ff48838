"""What a client does, and the mix of requests and jobs that came of it."""

from profiles import Extra
from report.document.block import Block, Items, Section, Text
from report.document.table import Column, Table, column_of, numbers, table, words
from report.text import listed, number, quantity, share, span
from report.validity.assessment import AssessedRun

STATES = {"waiting": "waiting", "running": "running", "succeeded": "succeeded", "failed": "failed", "rejected": "rejected"}
"""What the states of a job are called here."""


def chapter(analysis: AssessedRun) -> Section:
    """The calls of a job, and how many of each were made."""
    return Section(id="scenario", title="Scenario", blocks=_blocks(analysis))


def _blocks(analysis: AssessedRun) -> tuple[Block, ...]:
    profile = analysis.run.profile
    api, every = profile.api, span(profile.clients.poll_every)
    steps = [
        f"Submit a job: {api.submit}.",
        f"Ask for its status, first after a random part of {every}, then {every} after each reply: {api.status}.",
    ]
    if api.result:
        steps.append(f"Fetch its result once it is done: {api.result}.")
    states = listed(f"{' or '.join(words_)} ({STATES[state]})" for state, words_ in api.states.items())
    steps.append(f"A client gives up on a job after {span(profile.clients.give_up_after)}.")
    if api.cancel:
        steps.append(f"When the run has ended, cancel the jobs that are still open or were given up: {api.cancel}.")
    steps += [_beside(extra) for extra in profile.extra]
    return (
        Items(items=tuple(steps)),
        Text(text=f"The service calls the states of a job {states}."),
        *_mix(analysis),
    )


def _beside(extra: Extra) -> str:
    low, high = extra.every
    every = span(low) if low == high else f"{span(low)} to {span(high)}"
    whose = " (of a job that succeeded lately)" if "{id}" in extra.request else ""
    return f"Beside its jobs, each client asks {extra.request}{whose} every {every}, called {extra.name} here."


def _mix(analysis: AssessedRun) -> tuple[Block, ...]:
    mix, paths = analysis.mix, analysis.run.profile.endpoints
    if not mix.total:
        return ()
    share_unit, shares = column_of([count / mix.total for count in mix.requests.values()], "share")
    counts_unit, counts = column_of(list(mix.requests.values()), "number")
    requests = table(
        "Requests as measured in the steps",
        (Column(title="Request", words=True), words(*mix.requests)),
        (Column(title="Endpoint", words=True), words(*(paths.get(name, "") for name in mix.requests))),
        (Column(title="Requests", unit=counts_unit.symbol), counts),
        (Column(title="Share", unit=share_unit.symbol), shares),
        note=(
            f"{number(mix.polls_per_job)} polls per job; {share(mix.open_polls / mix.total)} of all requests were polls that "
            f"found the job not yet done. Bodies sent: {quantity(mix.bytes_up, 'bytes')}, received: "
            f"{quantity(mix.bytes_down, 'bytes')}."
        ),
    )
    return (requests, _kinds(analysis)) if len(mix.kinds) > 1 else (requests,)


def _kinds(analysis: AssessedRun) -> Table:
    kinds, planned = analysis.mix.kinds, analysis.mix.planned
    total = sum(kinds.values()) or 1
    _, counts = column_of(list(kinds.values()), "number")
    unit, measured = column_of([count / total for count in kinds.values()], "share")
    return table(
        "Jobs by kind",
        (Column(title="Kind", words=True), words(*kinds)),
        (Column(title="Jobs"), counts),
        (Column(title="Share", unit="%"), measured),
        (
            Column(title="Share in the profile", unit="%"),
            numbers([planned.get(kind) for kind in kinds], unit),
        ),
    )
