"""What comes in while a run lasts: rows of workers, lines of the watcher, and the news that a worker is gone."""

from load.protocol.messages import Chunk
from profiles import Profile
from report.recording.columns import count_abandoned, count_cancelled, read_jobs, read_requests
from report.recording.events import WorkerLost
from report.rules.stop_log import event_line

from .collector import Collector
from .console import Progress
from .ending import Ending
from .steering import Steering


class Intake:
    """Passes what was recorded on to the steering, and counts what became of the jobs that were left open."""

    def __init__(self, profile: Profile, collector: Collector, steering: Steering, progress: Progress, ending: Ending) -> None:
        self._profile, self._collector, self._steering = profile, collector, steering
        self._progress, self._ending = progress, ending
        self._closed = False
        self.abandoned = 0
        """Jobs that the end of the run left open."""
        self.cancelled = 0
        """Those of them that the target gave up when asked to."""

    def on_rows(self, chunk: Chunk) -> None:
        """New rows, written already."""
        requests, jobs = read_requests(chunk["requests"], has_header=False), read_jobs(chunk["jobs"], has_header=False)
        self.abandoned += count_abandoned(jobs)
        self.cancelled += count_cancelled(requests)
        self._steering.add_rows(requests, jobs, chunk["samples"])

    def on_loss(self, lost: WorkerLost) -> None:
        """A worker is gone: the profile says whether the others go on without it."""
        if self._profile.lost_worker == "continue" and self._collector.taking_part:
            self._progress.tell(lost)
        else:
            self._ending.ask("failed", event_line(lost))

    def on_samples(self, lines: bytes) -> None:
        """Lines of samples.csv from the watcher, which are to be written."""
        if self._closed:
            return
        try:
            self._collector.add_samples(lines)
        except OSError as error:
            self._ending.fail_to_write(error)
        self._steering.add_samples(lines)

    def close(self) -> None:
        """Take no more: the files are sealed."""
        self._closed = True
