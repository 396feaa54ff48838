"""What takes long is done before the load begins."""

import subprocess
import sys
from collections.abc import Callable

from report.recording.rows import JobRow, RequestRow, encode_job, encode_request
from tests.serving import ROOT

TAKES_ROWS = """
import sys
from load.master.steering import warm_up
from report.rules.history import History
from report.recording.columns import completion_times, read_jobs, read_requests, read_samples
warm_up()
before, history, (requests, jobs) = set(sys.modules), History(), sys.argv[1:]
history.add_requests(read_requests(requests.encode(), has_header=False))
history.add_jobs(read_jobs(jobs.encode(), has_header=False))
completion_times(read_jobs(jobs.encode(), has_header=False))
history.add_samples(read_samples(b"0.1,generator-1,lag,0.001\\n", has_header=False))
assert len(history.next_second().requests["endpoint"]) == 1
print(*sorted(set(sys.modules) - before))
"""


def test_no_module_is_imported_for_the_first_rows(request_row: Callable[..., RequestRow], job_row: Callable[..., JobRow]) -> None:
    command = [sys.executable, "-c", TAKES_ROWS, encode_request(request_row(sent=0.1)), encode_job(job_row())]
    taken = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (taken.stdout, taken.returncode) == ("\n", 0), taken.stdout + taken.stderr
