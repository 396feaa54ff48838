"""What goes wrong around a run ends it in time, with a name, and leaves what was recorded."""

import http.server
import json
import shutil
import threading
import time
from collections.abc import Iterator

import pytest

from tests.live.reconciling import rows


def test_a_run_folder_that_is_removed(service, stepload):
    target = service("--content-delay", "0.05")
    run = stepload(target.url, "--set", "load.hold=5m")
    run.until_recorded(5)
    shutil.rmtree(run.folder)
    assert run.wait() == 4, run.text()
    assert f"run failed: {run.folder} was removed" in run.text()
    assert "Traceback" not in run.text()
    assert not run.folder.exists()


def test_a_target_that_is_gone_for_a_while(service, stepload):
    target = service("--content-delay", "0")
    port = target.url.rpartition(":")[2]
    run = stepload(target.url, "--set", "load.hold=9s", "--set", "stop.1.tolerate=1.0")
    run.until_recorded(10)
    target.process.kill()
    target.process.wait()
    time.sleep(3)
    service("--content-delay", "0", "--port", port)
    assert run.wait() == 3, run.text()
    assert json.loads((run.folder / "run.json").read_text())["end_reason"] == "finished"
    jobs = rows(run.folder / "jobs.csv")
    refused = [float(job["ended"]) for job in jobs if job["error"] == "connect: connection refused"]
    assert refused and max(refused) - min(refused) > 1.5
    assert any(job["outcome"] == "succeeded" and float(job["due"]) > max(refused) for job in jobs), "it went on afterwards"
    assert "connect: connection refused" in (run.folder / "report" / "report.md").read_text()


class Garbage(http.server.BaseHTTPRequestHandler):
    """Healthy, and talks nonsense."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.wfile.write(b"\x00\xffSPAM 200 EGGS\r\n\r\n")
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def garbage() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Garbage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_target_that_answers_garbage(garbage, stepload):
    run = stepload(garbage, "--set", "load.hold=3s", "--set", "stop.1.tolerate=1.0", "--set", "watch=[]")
    assert run.wait() == 4, run.text()
    jobs = rows(run.folder / "jobs.csv")
    assert jobs and {(job["outcome"], job["error"]) for job in jobs} == {("errored", "the reply is not HTTP")}
    report = json.loads((run.folder / "report" / "report.json").read_text())
    assert any("mostly: the reply is not HTTP" in reason["sentence"] for reason in report["reasons"])


def test_a_name_that_does_not_resolve(command, tmp_path):
    refused = command("run", "smoke", "--host", "http://no-such-host.invalid", "--run-folder", tmp_path / "run")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].endswith("its name does not resolve")
    assert not (tmp_path / "run").exists()
