"""Run folders changed after the fact: as a crash leaves them, or with other facts in run.json."""

import csv
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from report.recording.run_info import RAW_FILES, RunInfo, sha256


def rewrite_info(folder: Path, **changes: Any) -> None:
    """Change fields of a folder's run.json."""
    facts = json.loads((folder / "run.json").read_text())
    os.close(RunInfo.model_validate(facts | changes).write(folder))


def crash(folder: Path, at: float | None = None, **cut: int) -> None:
    """Unseal a run folder as a crash at `at` seconds leaves it; or cut the named files (stem = bytes kept)."""
    facts = json.loads((folder / "run.json").read_text())
    counts = {name: 0 for name in facts["workers"][0] if name.endswith(("_sent", "_received"))} | {"arrivals": 0}
    workers = [worker | counts for worker in facts["workers"]]
    unsealed = {"end": None, "end_reason": None, "end_detail": "", "duration": None, "rows": {}, "sha256": {}}
    rewrite_info(folder, workers=workers, **unsealed)
    if at is not None:
        cut = {stem: _bytes_until(folder, stem, at) for stem in ("requests", "jobs", "samples", "events")}
    for stem, size in cut.items():
        file = folder / f"{stem}.{'jsonl' if stem == 'events' else 'csv'}"
        file.write_bytes(file.read_bytes()[:size])


def tell(folder: Path, told: Mapping[tuple[str, str], tuple[Sequence[float], Sequence[float]]]) -> Path:
    """Add metrics that the target told over HTTP, by (watch, metric): when, and how much."""
    metrics: dict[str, dict[str, str]] = {}
    for source, metric in told:
        metrics.setdefault(source, {})[metric] = "@"
    profile = tomllib.loads((folder / "profile.toml").read_text())
    asked = [{"name": source, "http": "http://127.0.0.1:1/", "metrics": named} for source, named in metrics.items()]
    profile["watch"] = [*profile.get("watch", []), *asked]
    (folder / "profile.toml").write_text(tomli_w.dumps(profile))
    new = [pd.DataFrame({"t": t, "source": of, "metric": metric, "value": v}) for (of, metric), (t, v) in told.items()]
    samples = pd.concat([pd.read_csv(folder / "samples.csv"), *new]).sort_values("t", kind="stable")
    samples.to_csv(folder / "samples.csv", index=False, na_rep="nan", lineterminator="\n")
    rows = json.loads((folder / "run.json").read_text())["rows"] | {"samples": len(samples)}
    rewrite_info(folder, rows=rows, sha256={name: sha256(folder / name) for name in RAW_FILES})
    return folder


def _bytes_until(folder: Path, stem: str, t: float) -> int:
    """Bytes of a file written until `t`, and half a line."""
    if stem == "events":
        lines = (folder / "events.jsonl").read_text().splitlines(keepends=True)
        times = [json.loads(line)["t"] for line in lines]
    else:
        lines = (folder / f"{stem}.csv").read_text().splitlines(keepends=True)
        names = lines[0].rstrip().split(",")
        moments = {"requests": ("sent", "seconds"), "jobs": ("ended",), "samples": ("t",)}[stem]
        places = [names.index(name) - len(names) for name in moments]
        times = [0.0, *(sum(float(next(csv.reader([line]))[place]) for place in places) for line in lines[1:])]
    kept = [len(line.encode()) for line, time in zip(lines, times, strict=True) if time <= t]
    return sum(kept) + 7
