"""The agent: tells over HTTP, as Prometheus text, how its machine and the processes named on it are doing."""

import time
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily

from profiles import UserError

from .probes import PREFIX
from .samplers import Host, Pick, ProcessTree, refuse_several

EVERY = 1.0
"""Seconds between two rounds of samples."""


class Page:
    """The newest samples, by source and metric, as prometheus-client wants to collect them."""

    def __init__(self) -> None:
        self.samples: dict[str, dict[str, float]] = {}

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """One family a metric, one sample a source."""
        families: dict[str, GaugeMetricFamily] = {}
        for source, values in self.samples.items():
            for metric, value in values.items():
                told = f"{metric} of a host or process, as stepload samples it"
                family = families.setdefault(metric, GaugeMetricFamily(PREFIX + metric, told, labels=["source"]))
                family.add_metric([source], value)
        return families.values()


def serve(host: str, port: int, processes: Mapping[str, Pick]) -> None:
    """Sample each second and answer at `host`:`port`, until interrupted. Raises UserError where it can't listen there."""
    for name, pick in processes.items():
        refuse_several(pick, f"--process {name}")
    samplers = {"host": Host().sample, **{name: ProcessTree(pick).sample for name, pick in processes.items()}}
    page, registry = Page(), CollectorRegistry()
    registry.register(page)
    try:
        server, _ = start_http_server(port, host, registry)
    except OSError as error:
        raise UserError(f"--bind {host}:{port}: the agent can't listen there: {error.strerror}") from None
    print(f"telling of {', '.join(samplers)} at http://{host}:{server.server_port}", flush=True)
    try:
        while True:
            page.samples = {source: sample() for source, sample in samplers.items()}
            time.sleep(EVERY)
    except KeyboardInterrupt:
        server.shutdown()


def parse_processes(named: Iterable[str]) -> dict[str, Pick]:
    """NAME=port:N, NAME=pid:N, NAME=name:TEXT or NAME=each:TEXT as what to watch, by name. Raises UserError."""
    picks: dict[str, Pick] = {}
    for text in named:
        name, _, how = text.partition("=")
        key, _, value = how.partition(":")
        pick = _pick(key, value)
        if pick is None or name in ("", "host"):
            raise UserError(
                f"--process {text}: write NAME=port:N, NAME=pid:N, NAME=name:TEXT or NAME=each:TEXT, as in api=port:8000"
            )
        picks[name] = pick
    return picks


def _pick(key: str, value: str) -> Pick | None:
    match key:
        case "pid" if value.isdigit():
            return {"pid": int(value)}
        case "port" if value.isdigit():
            return {"port": int(value)}
        case "name" | "each" if value:
            return {"name": value, "each": key == "each"}
    return None
