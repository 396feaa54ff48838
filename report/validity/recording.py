"""Checks of the recording: is it whole, does it reconcile, was everything seen that should have been?"""

from collections.abc import Iterator
from pathlib import PurePath

from profiles import Watch
from report.analysis.run import Analysis
from report.recording.actions import actions_of
from report.recording.events import Slept, WatcherLost, WorkerLost
from report.recording.rows import COMPLETED
from report.recording.run import Run
from report.recording.run_info import RAW_FILES, sha256
from report.text import count_of, listed, moment

from .check import Check


def completeness(analysis: Analysis) -> Iterator[Check]:
    run = analysis.run
    if not len(run.requests):
        yield Check("Recording", "invalid", "No request was recorded, so nothing was measured.", {}, "Look at the log.")
    match run.status:
        case "failed":
            said = f"The load itself failed: {run.info.end_detail or 'no reason was recorded'}."
            yield Check("Run", "invalid", said, {}, "Mend what failed and run again.")
        case "crashed":
            said = "The run crashed. Up to two seconds before the crash may be missing from the recording."
            yield Check("Run", "qualified", said, {"recorded_s": run.end}, "Run again to cover the whole load profile.")
        case "running":
            said = "The run is still going on: this reads what was recorded until now."
            yield Check("Run", "qualified", said, {"recorded_s": run.end}, "Make the report again when the run has ended.")
        case "interrupted":
            why = f" ({run.info.end_detail})" if run.info.end_detail else ""
            said = f"The run was interrupted{why}: the steps after that were never reached."
            yield Check("Run", "qualified", said, {"recorded_s": run.end}, "Run again to cover the whole load profile.")
        case ended:
            said = "The run ended as planned." if ended == "finished" else "A stop rule ended the run, as intended."
            yield Check("Run", "ok", said, {"recorded_s": run.end})


def rows(analysis: Analysis) -> Iterator[Check]:
    problems = [*_worker_rows(analysis.run)]
    if analysis.run.sealed:
        problems += [*_file_rows(analysis.run), *_hashes(analysis.run)]
    remedy = "Don't use these numbers: find out where rows went, then run again."
    for sentence in problems:
        yield Check("Rows", "invalid", sentence, {}, remedy)
    if not problems:
        rows = len(analysis.run.requests) + len(analysis.run.jobs)
        proof = "and the files are as they were sealed" if analysis.run.sealed else "but nothing was sealed"
        said = f"Every row that a worker sent is in the files ({count_of(rows, 'row')}), {proof}."
        known = analysis.run.sealed or not analysis.run.info.workers
        unsealed = f"{count_of(rows, 'row')} were read; an unsealed run has no counts or hashes to check them against."
        yield Check("Rows", "ok" if known else "note", said if known else unsealed, {"rows": rows})


def _worker_rows(run: Run) -> Iterator[str]:
    for worker in run.info.workers:
        for kind, sent, received in (
            ("request", worker.requests_sent, worker.requests_received),
            ("job", worker.jobs_sent, worker.jobs_received),
        ):
            if sent != received:
                yield f"Worker {worker.index} sent {count_of(sent, f'{kind} row')}, but {received:,} were received."
        if worker.rows_dropped:
            yield f"Worker {worker.index} had to drop {count_of(worker.rows_dropped, 'row')}."


def _file_rows(run: Run) -> Iterator[str]:
    jobs = len(run.jobs) - run.unanswered
    found = {"requests": len(run.requests), "jobs": jobs, "samples": len(run.samples), "events": len(run.events)}
    for name, expected in run.info.rows.items():
        table = PurePath(name).stem
        if table in found and found[table] != expected:
            yield f"run.json counts {count_of(expected, 'row')} of {table}, but the file holds {found[table]:,}."


def _hashes(run: Run) -> Iterator[str]:
    for name, expected in run.info.sha256.items():
        file = run.folder / PurePath(name).name
        if name in RAW_FILES and not file.is_file():
            yield f"{name} was sealed, but is missing."
        elif name in RAW_FILES and sha256(file) != expected:
            yield f"{name} is no longer what was sealed: its SHA-256 differs."


def outcomes(analysis: Analysis) -> Iterator[Check]:
    outcomes = analysis.outcomes
    numbers = {"jobs": outcomes.jobs, "submits": outcomes.submits}
    if outcomes.missing:
        said = f"{count_of(outcomes.missing, 'job')} had a result, but jobs.csv lost how they ended."
        yield Check("Outcomes", "invalid", said, numbers, "Don't use these numbers: find out where rows went.")
    elif outcomes.add_up:
        said = f"Every one of {count_of(outcomes.submits, 'submit')} has exactly one outcome."
        yield Check("Outcomes", "ok", said, numbers)
    elif not analysis.run.sealed and not outcomes.twice and not outcomes.missing:
        said = (
            f"{count_of(outcomes.unsubmitted, 'job')} ended whose submit lies in the lost end of requests.csv; "
            "each job has one outcome."
        )
        yield Check("Outcomes", "note", said, numbers)
    else:
        said = (
            f"{count_of(outcomes.submits, 'submit')} stand against {count_of(outcomes.jobs, 'outcome')} "
            f"({outcomes.unsubmitted:,} without a submit, {outcomes.twice:,} recorded twice)."
        )
        yield Check("Outcomes", "invalid", said, numbers, "Don't use these numbers: the recording contradicts itself.")


def workers(analysis: Analysis) -> Iterator[Check]:
    lost = {worker.index for worker in analysis.run.info.workers if worker.lost}
    lost |= {event.worker for event in analysis.run.events if isinstance(event, WorkerLost)}
    total = max(len(analysis.run.info.workers), len(lost))
    if lost:
        goes_on = analysis.run.profile.lost_worker == "continue" and analysis.run.status != "failed"
        effect = "the others took over its clients" if goes_on else "the load was not what the steps say"
        said = f"Worker {listed(map(str, sorted(lost)))} of {total} was lost, so {effect}."
        remedy = "Find out why it died (its log), then run again."
        yield Check("Workers", "qualified" if goes_on else "invalid", said, {"lost": len(lost)}, remedy)
    elif total:
        yield Check("Workers", "ok", f"{count_of(total, 'worker')} stayed to the end of the recording.", {"lost": 0})


def monitoring(analysis: Analysis) -> Iterator[Check]:
    for event in analysis.run.events:
        if isinstance(event, WatcherLost):
            said = f"Hosts and processes were not sampled from {moment(event.t)} on, so conditions on them were not seen."
            yield Check("Monitoring", "qualified", said, {"t": event.t}, "Find out why the watcher ended, then run again.")
        if isinstance(event, Slept):
            unseen_by = {"master": "no stop rule was judged", "watcher": "hosts and processes were not sampled"}[event.who]
            said = f"The {event.who} was stopped for {event.seconds:.0f} s before {moment(event.t)}: {unseen_by} meanwhile."
            remedy = "Find out what stopped it (the machine asleep, a full swap, a debugger), then run again."
            yield Check("Monitoring", "qualified", said, {"t": event.t, "seconds": event.seconds}, remedy)
    sampled = set(analysis.run.samples["source"])
    unseen = [watch for watch in analysis.run.profile.watch if watch.name not in sampled]
    if unseen and len(analysis.run.samples):
        said = f"Nothing was sampled of {listed([watch.name for watch in unseen])}, so conditions on it were never seen."
        yield Check("Monitoring", "qualified", said, {}, " ".join(dict.fromkeys(map(_to_be_seen, unseen))))


def _to_be_seen(watch: Watch) -> str:
    """What to check where nothing was sampled of a watch."""
    match watch.asks:
        case ("agent", _):
            named = "" if watch.source == "host" else f", and was started with --process {watch.source}=HOW"
            return f"Check that the agent of {watch.name} answers{named}."
        case (kind, _):
            return f"Check {kind} and metrics in [[watch]]."
        case _:
            return "Check the pid, name or port in [[watch]]."


def actions(analysis: Analysis) -> Iterator[Check]:
    """An action that failed may have left the service otherwise than the test means it to be."""
    after = {action.name for action in analysis.run.profile.action if action.at == "after"}
    remedy = "See the chapter on actions for what it printed."
    for done in actions_of(analysis.run.events):
        said = f"The action {done.name} {done.wrong}"
        if done.wrong and done.name in after:
            yield Check("Actions", "note", f"{said}; it came after the load, so it bears on no number here.", {}, remedy)
        elif done.wrong:
            meant = "so the run may not be the test that it was meant to be"
            yield Check("Actions", "qualified", f"{said}, {meant}.", {"t": done.start}, remedy)


def completions(analysis: Analysis) -> Iterator[Check]:
    """A run in which no job got to its end measured nothing of the service."""
    jobs = analysis.run.jobs
    if len(jobs) and not jobs["outcome"].isin(COMPLETED).any():
        errors = jobs["error"][jobs["error"] != ""]
        mostly = f"; mostly: {errors.mode()[0]}" if len(errors) else ""
        said = f"None of {count_of(len(jobs), 'job')} was seen to its end{mostly}."
        remedy = "Nothing was measured of what the service carries. See whether the profile fits it: stepload check."
        yield Check("Jobs", "invalid", said, {"jobs": len(jobs)}, remedy)
