"""The chapters that say what was tested and how: goal, strategy, tool, system, scenario, load, monitoring."""

from profiles import CapacityLoad, Extra, Profile
from report.analysis.resources import GENERATOR, HEARTBEATS
from report.analysis.run import Analysis
from report.document.block import Block, Facts, Findings, Items, Section, Text
from report.document.finding import Finding
from report.document.model import plain
from report.document.table import Cell, Column, Table, column_of, numbers, table, words
from report.recording.run import Run
from report.rules.capacity_search import CONFIRM
from report.rules.evaluator import effective_stops
from report.rules.stop_log import condition_text
from report.text import count_of, listed, number, quantity, share, span
from report.validity.generators import on_one_machine

from .resources import METRICS, UNSHOWN

QUESTIONS = (
    "In a steady state, what is the throughput of the service?",
    "In a steady state, what is its latency distribution?",
    "What are the best operating conditions?",
    "What are its limits, and what breaks first?",
)
BATCH_QUESTIONS = (
    "How fast does the service take a batch of jobs in?",
    "How fast does it work the batch off, and how long does that take?",
    "How long does a job wait, and how long does it take?",
)
TENANTS_QUESTION = "Is every tenant served alike?"
MODES = {
    "open": "each client submits a job every {every} whether or not the last one is done (open load): "
    "the load does not drop when the service slows down, so a backlog becomes visible",
    "paced": "each client submits a job every {every}, but never before the last one is done (paced load): "
    "the load drops when the service slows down, which hides queues",
    "think": "each client waits {every} after a job is done and then submits the next (closed load): "
    "the load drops when the service slows down, which hides queues",
}
MAX_STAGES = 12
"""So many planned steps are listed where none was reached."""
STATES = {"waiting": "waiting", "running": "running", "succeeded": "succeeded", "failed": "failed", "rejected": "rejected"}


def setup_chapters(analysis: Analysis) -> tuple[Section, ...]:
    """The chapters, in order."""
    return (
        Section(id="goal", title="Goal", blocks=_goal(analysis.run.profile)),
        Section(id="strategy", title="Strategy", blocks=_strategy(analysis.run.profile)),
        Section(id="tool", title="Tool", blocks=_tool(analysis.run)),
        Section(id="system", title="System under test", blocks=_system(analysis.run)),
        Section(id="scenario", title="Scenario", blocks=_scenario(analysis.run.profile, analysis)),
        Section(id="load-profile", title="Load profile", blocks=_load(analysis)),
        Section(id="monitoring", title="Monitoring", blocks=_monitoring(analysis.run)),
    )


def _goal(profile: Profile) -> tuple[Block, ...]:
    goal = profile.goal if profile.goal.endswith((".", "?", "!")) else f"{profile.goal}."
    told = (Text(text=goal),) if profile.goal else ()
    questions = QUESTIONS if profile.batch is None else BATCH_QUESTIONS
    asked = (*questions, TENANTS_QUESTION) if profile.tenant else questions
    return (*told, Text(text="The test is to answer these questions:"), Items(items=asked))


def _strategy(profile: Profile) -> tuple[Block, ...]:
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


def _tool(run: Run) -> tuple[Block, ...]:
    versions = {name: version for name, version in run.info.versions.items() if version[:1].isdigit()}
    tool = f"stepload {versions['stepload']}" if "stepload" in versions else "stepload"
    engine = f"Locust {versions['locust']}" if "locust" in versions else "Locust"
    workers = count_of(max(1, len(run.info.workers)), "worker process", "worker processes")
    text = (
        f"{tool} drove the load with {engine} in {workers}. Every request and every job was recorded, each poll included; "
        f"all numbers here are computed from these records, not from Locust's rounded statistics."
    )
    return (Text(text=text),)


def _system(run: Run) -> tuple[Block, ...]:
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


def _scenario(profile: Profile, analysis: Analysis) -> tuple[Block, ...]:
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
        *_mix(profile, analysis),
    )


def _beside(extra: Extra) -> str:
    low, high = extra.every
    every = span(low) if low == high else f"{span(low)} to {span(high)}"
    whose = " (of a job that succeeded lately)" if "{id}" in extra.request else ""
    return f"Beside its jobs, each client asks {extra.request}{whose} every {every}, called {extra.name} here."


def _mix(profile: Profile, analysis: Analysis) -> tuple[Block, ...]:
    mix = analysis.mix
    if not mix.total:
        return ()
    share_unit, shares = column_of([count / mix.total for count in mix.requests.values()], "share")
    counts_unit, counts = column_of(list(mix.requests.values()), "number")
    paths = profile.endpoints
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


def _kinds(analysis: Analysis) -> Table:
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


def _load(analysis: Analysis) -> tuple[Block, ...]:
    profile = analysis.run.profile
    armed = any(event["event"] == "rule" for event in analysis.run.events)
    if profile.batch is not None:
        return (Facts(facts=_batch_facts(profile)), *_stops(profile, armed))
    planned = profile.load.stages()
    reached: list[tuple[int, float, float, float | None]] = [
        (result.clients, result.ramp, result.planned, result.seconds) for result in analysis.steps
    ]
    shown = reached or [(stage.clients, stage.ramp, stage.hold, None) for stage in planned[:MAX_STAGES]]
    steps = table(
        "Steps",
        (Column(title="Step"), [Cell(text=str(n), value=n) for n in range(1, len(shown) + 1)]),
        (Column(title="Clients"), column_of([clients for clients, *_ in shown], "number")[1]),
        (Column(title="Offered", unit="jobs/s"), column_of([profile.offered_rate(clients) for clients, *_ in shown], "rate")[1]),
        (Column(title="Ramp"), [Cell(text=span(ramp), value=plain(ramp)) for _, ramp, _, _ in shown]),
        (Column(title="Hold planned"), [Cell(text=span(hold), value=plain(hold)) for _, _, hold, _ in shown]),
        (Column(title="Held"), [Cell(text=span(held), value=held) for *_, held in shown]),
        note=_chosen(analysis) or _reached(len(reached), len(planned)),
    )
    return (steps, *_stops(profile, armed))


def _batch_facts(profile: Profile) -> tuple[tuple[str, str], ...]:
    sizes = [f"{tenant.name} {tenant.jobs:,}" for tenant in profile.tenant if tenant.jobs is not None]
    return (
        ("Jobs", f"{profile.batch:,}" + (f": {listed(sizes)}" if sizes else "")),
        ("Clients", f"{profile.load.stages()[0].clients:,}, that submit at once"),
        ("End", f"with the last job, or {span(profile.load.drain)} after the last submit"),
    )


def _reached(reached: int, planned: int) -> str:
    return "" if reached == planned else f"{reached} of {count_of(planned, 'planned step')} were reached."


def _chosen(analysis: Analysis) -> str:
    """How the steps of a search came about."""
    if not isinstance(analysis.run.profile.load, CapacityLoad):
        return ""
    last = [step.number for step in analysis.steps if step.role == "confirmation"]
    held = f" Step {last[0]} held {share(CONFIRM)} of what was found." if last else ""
    return f"Each step was chosen from what those before it completed, until throughput stayed flat.{held}"


def _stops(profile: Profile, armed: bool) -> tuple[Block, ...]:
    """When the load stops; `armed`: whether any of these conditions came near."""
    rules = effective_stops(profile)
    if not rules:
        return (Text(text="No stop conditions: the load runs to its end."),)
    texts = {
        "errors": "errors: {tolerate}",
        "outage": "outage: more than half of the jobs, or of an endpoint's requests, fail for 10 s",
        "plateau": "plateau: completed jobs per second no longer grow with the load, in a step that was held again to make sure",
        "fall": "fall: completed jobs per second fall as the load grows, in two steps in a row",
        "latency-rise": "latency-rise: requests or jobs take much longer than in the calmest step, or than earlier in the same",
        "backlog": "backlog: jobs in flight grow by more than 5 % of the arrivals",
        "stalled": "stalled: jobs are in flight and no request has a reply for 10 s",
    }
    items = [
        (texts[stop.rule].format(tolerate=_errors(stop.tolerate)) if stop.rule else condition_text(stop))
        + {"stop": "", "next": " (ends the step)", "note": " (only noted)"}[stop.then]
        for stop in rules
    ]
    drain = f"open jobs then have {span(profile.load.drain)} to finish"
    near = "" if armed else " (none came near)"
    return (Text(text=f"The load stops when one of these conditions is met{near}; {drain}:"), Items(items=tuple(items)))


def _errors(tolerate: float) -> str:
    if not tolerate:
        return "any request or job fails"
    return f"more than {share(tolerate)} of the jobs, or of an endpoint's requests, fail"


def _monitoring(run: Run) -> tuple[Block, ...]:
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
