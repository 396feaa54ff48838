"""The course of a run: its workers come, the load goes through its steps, all is drained, the folder is sealed."""

import sys
from typing import Literal

import gevent

from report.recording.event import PlannedStage
from report.recording.events import DrainEnd, IdleEnd, IdleStart, LateRows, RunEnd, RunStart

from .ending import End
from .parts import Parts

EVERY = 0.2
"""Seconds between two looks at how the run stands."""


class Course:
    """Takes a run from its first worker to its sealed folder, whatever ends it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ending, self._steering = parts.ending, parts.steering

    def run(self) -> None:
        """All of it. What goes wrong ends the run as failed; what nobody foresaw is raised once the folder is sealed."""
        try:
            self._begin()
            while not self._steering.over and self._ending.end is None:
                self._step()
                gevent.sleep(EVERY)
            self._steering.stop()
            self._end()
        except OSError as error:
            self._ending.fail_to_write(error)
        except Exception as error:  # Locust would swallow it and go on without us.
            self._ending.fail(f"{type(error).__name__}: {error}")
            raise
        finally:
            self._seal()

    def _begin(self) -> None:
        """All that comes before the load. What goes wrong there ends the run."""
        parts = self._parts
        stages = parts.order.profile.load.stages()
        parts.tell(RunStart(parts.now(), tuple(PlannedStage(stage.clients, stage.ramp, stage.hold) for stage in stages)))
        self._wait_for_workers()
        if self._ending.end is None:
            wrong = parts.actions.run_all("before", lambda: not self._ending.signals)
            if wrong and not self._ending.signals:
                self._ending.ask("failed", f"before the load {wrong}")
        if self._ending.end is None:
            self._idle("before")
        parts.roster.begin()

    def _wait_for_workers(self) -> None:
        parts, patience, wanted = self._parts, self._parts.order.patience, self._parts.order.workers
        while not parts.roster.complete and not self._ending.signals:
            ready = len(parts.collector.taking_part)
            if patience and parts.now() > patience:
                self._ending.ask("failed", f"{ready} of {wanted} workers were ready within {patience:.0f} s")
                return
            parts.progress.wait(ready, wanted)
            gevent.sleep(EVERY)

    def _idle(self, when: Literal["before", "after"]) -> None:
        """Ask nothing for a while, so that the watched show their idle level; a signal ends that."""
        parts, seconds = self._parts, self._parts.order.profile.load.idle
        if not seconds or self._ending.signals:
            return
        until = parts.now() + seconds
        parts.tell(idle := IdleStart(parts.now(), when, seconds))
        parts.progress.tell(idle)
        while parts.now() < until and not self._ending.signals:
            gevent.sleep(EVERY)
        parts.tell(IdleEnd(parts.now(), when))

    def _step(self) -> None:
        """Move the load on, unless something ends the run."""
        parts = self._parts
        now = round(parts.now(), 6)  # As events.jsonl has it: the same search follows from the files.
        if self._ending.signals:
            self._ending.ask("interrupted", self._ending.signals[0])
            return
        self._steering.advance(now)
        if self._steering.begun is not None:
            parts.actions.start_due(now - self._steering.begun)
        parts.lookout.look()
        if self._ending.end is None:
            self._steering.judge(parts.lookout.mark)
        parts.progress.show(self._steering.standing)

    def _end(self) -> None:
        """No more load: what is open may end, and all that was recorded arrives."""
        parts, intake = self._parts, self._parts.intake
        self._ending.ask("finished", self._steering.found)
        assert self._ending.end is not None
        parts.drain.carry_out(self._ending.end, lambda: parts.progress.show(self._steering.standing))
        cancelled = intake.cancelled if parts.order.profile.api.cancel else None
        parts.tell(DrainEnd(parts.now(), intake.abandoned, cancelled))
        if self._ending.end.reason in ("finished", "stopped"):
            self._idle("after")
        parts.actions.run_all("after", lambda: len(self._ending.signals) < 2)

    def _seal(self) -> None:
        """Close the files and complete run.json; after that nothing is written any more."""
        parts, end = self._parts, self._ending.end or End("failed")
        collector, folder = parts.collector, parts.order.folder
        try:
            parts.actions.stop()
            parts.roster.close()
            parts.watcher.stop()
            parts.intake.close()
            parts.record.make_room()
            if self._steering.late_rows:
                parts.tell(LateRows(parts.now(), self._steering.late_rows))
            parts.tell(RunEnd(parts.now(), end.reason, end.detail))
            collector.close()
            workers = [worker.record() for worker in collector.workers.values()]
            parts.record.seal(parts.now(), end, parts.roster.machines, workers, collector.lines)
        except OSError as error:
            print(f"{folder}: the run could not be sealed: {error.strerror}", file=sys.stderr)
        parts.progress.end(end.reason, end.detail, folder)
