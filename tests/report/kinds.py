"""Runs of many kinds, simulated: what the report must have words for."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import tomli_w

from profiles import load_profile
from report.recording.run_info import RAW_FILES, sha256
from tests.altering import crash, rewrite_info
from tests.report.batches import SIZES, evenly, write_batch
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate

SPIKE = ["load.ramp=2s", "load.drain=20s", "load.hold=150s", "load.spike_hold=25s", "method.settle=20s"]
LIMITS = "limit=[{that='p95(job) < 800ms'}, {that='p95(status) < 1s'}, {that='p99.99(submit) < 1s'}, {that='max(job) < 1s'}]"


def breaks(folder: Path) -> Path:
    return simulate(folder, ["load.hold=60s", *STEPS, LIMITS])


def carried(folder: Path) -> Path:
    return simulate(folder, ["load.hold=60s", *STEPS, "load.until=50"], Service(servers=20))


def plateau(folder: Path) -> Path:
    """Far beyond what the service does, so that throughput is seen to stop growing."""
    steps = ["load.start=20", "load.step=20", "load.until=120", "load.ramp=2s", "load.drain=5s", "load.hold=40s"]
    return simulate(folder, steps, Service(), stops=False)


def errors(folder: Path) -> Path:
    return simulate(folder, ["load.hold=60s", *STEPS, "load.until=25"], Service(servers=20, error_share=0.2))


def think(folder: Path) -> Path:
    return simulate(folder, ["load.hold=60s", *STEPS, "load.until=50", "clients.mode='think'"], Service())


def never_steady(folder: Path) -> Path:
    return simulate(folder, ["load.hold=60s", *STEPS, "load.start=75"], Service(), stops=False)


def few(folder: Path) -> Path:
    return simulate(folder, ["load.hold=4s", *STEPS, "load.start=5", "load.until=5"], Service())


def crashed(folder: Path) -> Path:
    made = simulate(folder, ["load.hold=60s", *STEPS], Service(servers=20))
    crash(made, at=150.0)
    return made


def throttled(folder: Path) -> Path:
    """Its generator had too little of a core from the second step on."""
    made = simulate(folder, ["load.hold=60s", *STEPS], workers=2)
    samples = pd.read_csv(made / "samples.csv")
    late = samples["source"].str.startswith("generator-") & (samples["t"] > 70)
    samples.loc[late & (samples["metric"] == "lag"), "value"] = 0.4
    samples.loc[late & (samples["metric"] == "cpu"), "value"] = 0.99
    return _written(made, "samples", samples)


def spiked(folder: Path) -> Path:
    service = Service(servers=8, seconds={"http-fetch": 0.4, "factorial": 0.4})
    return simulate(folder, SPIKE, service, profile="spike", stops=False)


def fell_twice(folder: Path) -> Path:
    levels = ["load.levels=[60, 120, 60, 100, 60, 110, 60]", "load.hold=60s", "method.recovery_window=10s"]
    return simulate(folder, [*SPIKE, *levels], Service(servers=6), profile="spike", stops=False)


def leaking(folder: Path, leak: float = 0.1) -> Path:
    held = ["load.clients=6", "load.hold=10m", "load.ramp=5s", "method.leak_min=8m"]
    return simulate(folder, held, Service(leaked_fds=leak), profile="smoke", stops=False)


def sound_hold(folder: Path) -> Path:
    return leaking(folder, 0.0)


def tenants(folder: Path) -> Path:
    """Three tenants, of whom the last is served half as well."""
    steps = ["load.hold=60s", *STEPS, "load.until=50"]
    made = simulate(folder, steps, Service(servers=20, seconds={"http-fetch": 0.3, "factorial": 0.3}))
    names = ["a", "b", "c"]
    _, document = load_profile("stepping", [*steps, "tenant=[{name='a', weight=1}, {name='b', weight=1}, {name='c', weight=1}]"])
    (made / "profile.toml").write_text(tomli_w.dumps(document))
    for stem in ("jobs", "requests"):
        rows = pd.read_csv(made / f"{stem}.csv", keep_default_na=False, dtype=str)
        rows["tenant"] = [names[int(job.partition("-")[2]) % 3] for job in rows["job"]]
        _written(made, stem, rows)
    jobs = pd.read_csv(made / "jobs.csv", keep_default_na=False, dtype=str)
    slow = jobs["tenant"] == "c"
    for name in ("done_before", "done_after", "ended", "finished"):
        jobs.loc[slow, name] = [f"{float(value) + 0.9}" if value else "" for value in jobs.loc[slow, name]]
    return _written(made, "jobs", jobs)


def odd_jobs(folder: Path) -> Path:
    """Some jobs were lost, some given up, some submits got no reply, and two jobs have one id."""
    made = simulate(folder, ["load.hold=60s", *STEPS, "load.until=25"], Service(servers=20))
    jobs = pd.read_csv(made / "jobs.csv", keep_default_na=False, dtype=str)
    for first, outcome in ((3, "lost"), (50, "timed_out"), (90, "errored")):
        jobs.loc[first : first + 4, "outcome"] = outcome
    jobs.loc[11, "id"] = jobs.loc[10, "id"]
    return _written(made, "jobs", jobs)


def crowded(folder: Path) -> Path:
    """All at once: three falls of the load, tenants, limits, odd jobs, and long names everywhere."""
    told = [f"that='p{p}({what}) < 1ms'" for p in (50, 75, 90, 95, 99) for what in ("job", "submit", "status", "result")]
    limits = f"limit=[{', '.join(f'{{{each}}}' for each in told)}]"
    asked = "tenant=[{name='a_tenant_with_a_long_name', weight=1}, {name='another_tenant_with_a_long_name', weight=1}]"
    info = {"labels": {f"label {i}": "a value of many words " * 9 for i in range(20)}, "target": {"name": "Long name " * 30}}
    overrides = ["load.levels=[60, 120, 60, 100, 60, 110, 60]", "load.hold=60s", "method.recovery_window=10s", limits, asked]
    made = simulate(folder, [*SPIKE, *overrides], Service(servers=6, fail_share=0.01), profile="spike", stops=False, info=info)
    jobs = pd.read_csv(made / "jobs.csv", keep_default_na=False, dtype=str)
    jobs["tenant"] = ["a_tenant_with_a_long_name" if i % 3 else "another_tenant_with_a_long_name" for i in range(len(jobs))]
    for first, outcome in ((300, "lost"), (500, "timed_out"), (900, "errored")):
        jobs.loc[first : first + 40, "outcome"] = outcome
        jobs.loc[first : first + 40, "id"] = "an_id_of_many_letters_" * 9
    return _written(made, "jobs", jobs)


def interrupted(folder: Path) -> Path:
    """Its baseline was one client, and a signal ended it in the third step."""
    steps = [
        "load.start=5",
        "load.step=20",
        "load.until=45",
        "load.ramp=5s",
        "load.hold=60s",
        "load.drain=20s",
        "load.baseline=0s",
    ]
    made = simulate(folder, steps)
    lines = [json.loads(line) for line in (made / "events.jsonl").read_text().splitlines()]
    for event in lines:
        if "step" in event:
            event["step"] -= 1
            if event["step"] == 0:
                event |= {"clients": 1} | ({"role": "baseline"} if event["event"] == "ramp_start" else {})
    lines.insert(-1, {"t": lines[-1]["t"], "event": "signal", "signal": "SIGINT"})
    (made / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in lines))
    sealed = {name: sha256(made / name) for name in RAW_FILES}
    rows = json.loads((made / "run.json").read_text())["rows"] | {"events": len(lines)}
    rewrite_info(made, end_reason="interrupted", end_detail="SIGINT", sha256=sealed, rows=rows)
    return made


def searched(folder: Path, until: int = 120) -> Path:
    """Steps as a capacity search chose them, up to so many clients."""
    steps = ["load.start=20", "load.step=20", f"load.until={until}", "load.ramp=2s", "load.drain=5s", "load.hold=40s"]
    made = simulate(folder, steps, Service(), stops=False)
    _, document = load_profile("capacity", ["load.start=20", f"load.until={until}", "load.ramp=2s", "load.hold=40s"])
    (made / "profile.toml").write_text(tomli_w.dumps(document))
    rewrite_info(made, sha256={name: sha256(made / name) for name in RAW_FILES})
    return made


def searched_in_vain(folder: Path) -> Path:
    return searched(folder, 60)


def batched(folder: Path) -> Path:
    """A batch of two tenants whose ends are known by polls alone."""
    folder.mkdir(parents=True)
    return write_batch(folder, evenly(1.5), SIZES, ["makespan(job) < 40s", "error_rate(job) < 1 %"])


def batched_at_once(folder: Path) -> Path:
    """A batch of a service that begins each job at once, and tells its times."""
    folder.mkdir(parents=True)
    return write_batch(folder, [row._replace(started=row.created) for row in evenly()], told=True)


def overrun(folder: Path) -> Path:
    """A leak that met the limit of open files within the hold."""
    made = leaking(folder)
    samples = pd.read_csv(made / "samples.csv")
    samples.loc[samples["metric"] == "fd_limit", "value"] = 250
    return _written(made, "samples", samples)


def _written(folder: Path, stem: str, rows: pd.DataFrame) -> Path:
    """The folder with other rows in a file, sealed again."""
    rows.to_csv(folder / f"{stem}.csv", index=False, lineterminator="\n")
    rewrite_info(folder, sha256={name: sha256(folder / name) for name in RAW_FILES})
    return folder


KINDS: Sequence[Callable[[Path], Path]] = (
    breaks, carried, plateau, errors, think, never_steady, few, crashed, throttled, spiked, fell_twice, leaking, sound_hold,
    tenants, odd_jobs, interrupted, crowded, searched, searched_in_vain, batched, batched_at_once, overrun,
)  # fmt: skip
