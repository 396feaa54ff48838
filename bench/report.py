"""How long a report of 1.5 million requests takes, and how much memory: ours beside its peers, of one file, in one run.

The file is a JMeter log with known percentiles, made here. Taurus, lysiro and a bare aggregation by polars read it in turn with
us, for several rounds; seconds are of the clock, medians of the rounds. A missed target is exit code 1.

    make bench-report
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jtl
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".bench" / "report"
STEPLOAD = str(Path(sys.executable).parent / "stepload")
PACKAGES = ("polars==1.35.2", "lysiro==0.1.0", "bzt==1.17.2")
SMALL = 1500
"""Rows of a file whose report is the fixed cost: imports, figures, PDF."""
BARE = """
import sys, time
import polars as pl
began = time.monotonic()
rows = pl.scan_csv(sys.argv[1], infer_schema_length=1000)
quantiles = [pl.col("elapsed").quantile(p, "linear").alias(f"p{p}") for p in (0.5, 0.9, 0.95, 0.99)]
failed = (~pl.col("success")).sum().alias("failed")
print(rows.group_by("label").agg(pl.len(), failed, *quantiles).collect(), rows.select(pl.len(), *quantiles).collect())
print(time.monotonic() - began, file=sys.stderr)
"""
TAURUS = """
settings: {{check-updates: false, artifacts-dir: {folder}/taurus}}
execution: [{{executor: external-results-loader, data-file: {file}}}]
modules: {{console: {{disable: true}}}}
reporting: [{{module: final-stats, dump-xml: {folder}/taurus.xml, dump-csv: {folder}/taurus.csv}}]
"""


@dataclass(frozen=True)
class Taken:
    """What one command took: seconds of the clock, and bytes of memory at its peak."""

    seconds: float
    memory: float


@dataclass(frozen=True)
class Figure:
    """One line: our number, a peer's where there is one, and what must be reached."""

    name: str
    ours: float
    peer: float | None
    target: str
    reached: bool

    def __str__(self) -> str:
        peer = "" if self.peer is None else f"{self.peer:.2f}"
        return f"{self.name:<58}{self.ours:>9.2f}{peer:>9}  {self.target:<14}{'' if self.reached else '  missed'}"


def main() -> int:
    """Make the file, run all rounds, and print a line a figure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--rows", type=int, default=1_500_000)
    asked = options.parse_args()
    install_peers()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        big, small = folder / "big.jtl", folder / "small.jtl"
        jtl.write_jtl(big, asked.rows)
        jtl.write_jtl(small, SMALL)
        taken, bare = rounds_of(asked.rounds, folder, big, small)
        exact = check_percentiles(folder / "ours", asked.rows)
    figures = compared(taken, statistics.median(bare), exact)
    print(f"\n{'figure':<58}{'ours':>9}{'peer':>9}  {'target':<14}")
    print(*figures, sep="\n")
    return int(not all(figure.reached for figure in figures))


def rounds_of(rounds: int, folder: Path, big: Path, small: Path) -> tuple[dict[str, list[Taken]], list[float]]:
    """What each command took in each round, and the seconds of the bare aggregation without its start."""
    (folder / "taurus.yml").write_text(TAURUS.format(folder=folder, file=big), encoding="utf-8")
    (folder / "bare.py").write_text(BARE, encoding="utf-8")
    commands: dict[str, Callable[[], list[str]]] = {
        "ours": lambda: [STEPLOAD, "report", str(big), "--out", str(folder / "ours")],
        "fixed": lambda: [STEPLOAD, "report", str(small), "--out", str(folder / "fixed")],
        "lysiro": lambda: [str(PEERS / "bin" / "lysiro"), "report", "--pdf", str(folder / "lysiro.pdf"), str(big)],
        "taurus": lambda: [str(PEERS / "bin" / "bzt"), "-q", str(folder / "taurus.yml")],
        "polars": lambda: [str(PEERS / "bin" / "python"), str(folder / "bare.py"), str(big)],
    }
    taken: dict[str, list[Taken]] = {name: [] for name in commands}
    bare: list[float] = []
    for number in range(rounds):
        for name, command in commands.items():
            log = folder / f"{number}-{name}.log"
            taken[name].append(measure(command(), log, folder))
            print(
                f"round {number + 1}  {name:<8}{taken[name][-1].seconds:8.2f} s {taken[name][-1].memory / 1e6:6.0f} MB",
                flush=True,
            )
            if name == "polars":
                bare.append(float(log.read_text(encoding="utf-8").split()[-1]))
    return taken, bare


def measure(command: list[str], log: Path, folder: Path) -> Taken:
    """Run a command to its end; it must succeed."""
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"bench: {command[0]} failed:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
    return Taken(time.monotonic() - began, usage.ru_maxrss * 1024)


def check_percentiles(folder: Path, rows: int) -> float:
    """By how much, at most, a percentile of report.json is off, as a share of it."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    table = next(block for part in report["sections"] if part["id"] == "latency" for block in part["blocks"])
    told = [cell["value"] for cell in table["rows"][-1][1:5]]
    known = np.percentile(jtl.times_of(rows) / 1000, [50, 90, 95, 99])
    return float(np.max(np.abs(np.array(told) / known - 1)))


def compared(taken: dict[str, list[Taken]], bare: float, off: float) -> list[Figure]:
    """Our medians beside each peer's."""
    seconds = {name: statistics.median(each.seconds for each in rounds) for name, rounds in taken.items()}
    memory = max(each.memory for each in taken["ours"]) / 1e6
    ours, beyond = seconds["ours"], seconds["ours"] - seconds["fixed"]
    return [
        Figure(
            "Markdown, HTML, PDF, JSON: against Taurus, s", ours, seconds["taurus"], "5 x faster", ours * 5 <= seconds["taurus"]
        ),
        Figure("against lysiro's PDF, s", ours, seconds["lysiro"], "faster", ours < seconds["lysiro"]),
        Figure("beyond the fixed cost, against bare polars, s", beyond, bare, "at most 4 x", beyond <= 4 * bare),
        Figure("fixed cost: a report of 1,500 rows, s", seconds["fixed"], None, "", True),
        Figure("memory, MB", memory, None, "at most 400", memory <= 400),
        Figure("percentiles off by at most, %", off * 100, None, "0", off < 1e-9),
    ]


def install_peers() -> None:
    """The peers, in a virtual environment of their own."""
    if not all((PEERS / "bin" / name).exists() for name in ("lysiro", "bzt")):
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([str(PEERS / "bin" / "pip"), "install", "--quiet", *PACKAGES], check=True)


if __name__ == "__main__":
    sys.exit(main())
