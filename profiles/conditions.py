"""The language of stop conditions and limits: METRIC(SUBJECT{kind=…, tenant=…}) OP VALUE.

    p95(status) < 200ms        error_rate(submit) < 1 %       load1(target) > 3.0
    max(job{kind=simple}) < 5s completed_rate > 10/s          increase(rss(service)) < 500 MB
    max(waiting(broker)) < 100         per_job(used(redis)) < 5000

Only the text is understood here; `report.rules` evaluates, live and afterwards, with the same code.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .units import parse_quantity

TIME_METRICS = ("p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "mean", "min", "max", "std")
ROW_METRICS = {**dict.fromkeys(TIME_METRICS, "seconds"), "max_over_mean": "number"} | {
    "rate": "rate",
    "error_rate": "share",
    "byte_rate": "bytes",
}
BYTE_RATES = ("byte_rate", "sent_rate", "received_rate")
JOB_METRICS = {
    "completed_rate": "rate",
    "sent_rate": "bytes",
    "received_rate": "bytes",
    "in_flight": "number",
    "growth": "number",
    "makespan": "seconds",
}
HOST_METRICS = {
    "load1": "number",
    "load5": "number",
    "load15": "number",
    "load1_per_core": "number",
    "cpu": "share",
    "memory": "share",
    "disk_used": "share",
    "disk_read": "bytes",
    "disk_written": "bytes",
    "net_received": "bytes",
    "net_sent": "bytes",
}
PROCESS_METRICS = {
    "cpu": "share",
    "rss": "bytes",
    "fds": "number",
    "fd_limit": "number",
    "threads": "number",
    "sockets": "number",
    "processes": "number",
}
GENERATOR_METRICS = {"lag": "seconds", "cpu": "share", "rss": "bytes", "jobs": "number"}
KNOWN_METRICS = ROW_METRICS | JOB_METRICS | HOST_METRICS | PROCESS_METRICS | GENERATOR_METRICS
"""All but those that a profile names itself, which are plain numbers."""
PARTS_OF_ALL = ("error_rate", "memory", "disk_used")
"""Shares that can't be more than all there is; the CPU of a host can't, either, but that of a process counts its cores."""
JOB_SUBJECTS = ("job", "queue", "processing")
ALL_REQUESTS = "requests"
FILTERS = ("kind", "tenant")
Taken = Literal["mean", "increase", "max", "min", "per_job"]
STATISTICS = ("p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "mean", "std", "max_over_mean", "error_rate")
"""What a few rows say nothing of."""
SHORTEST_INCREASE = 10.0
"""Seconds: an increase is that of the median of the last tenth over the median of the first."""

_MEASURE = (
    r"(?P<metric>[a-z_0-9.]+)\s*"
    r"(?:\(\s*(?P<subject>[\w.-]+)\s*(?:\{(?P<filters>[^}]*)\})?\s*\))?"
)
_COMPARED = r"\s*(?P<op><=|>=|<|>)\s*(?P<value>.+?)\s*"
_PATTERN = re.compile(r"\s*" + _MEASURE + _COMPARED)
_OF_SAMPLES = re.compile(r"\s*(?P<taken>increase|max|min|per_job)\s*\(\s*" + _MEASURE + r"\s*\)" + _COMPARED)


@dataclass(frozen=True)
class Condition:
    """One parsed condition. `value` is in seconds, bytes, shares (0…1), per second, or a plain number."""

    text: str
    metric: str
    subject: str
    filters: tuple[tuple[str, str], ...]
    op: str
    value: float
    taken: Taken = "mean"
    """Of the samples of a machine or process: which one number counts."""

    @property
    def increase(self) -> bool:
        """Whether it is about the way from the first samples to the last."""
        return self.taken == "increase"

    def holds(self, measured: float) -> bool:
        """Whether `measured` OP value is true; NaN never is."""
        return {
            "<": measured < self.value,
            "<=": measured <= self.value,
            ">": measured > self.value,
            ">=": measured >= self.value,
        }[self.op]

    def calm(self, measured: float, share: float) -> bool:
        """Whether `measured` is on the far side of the limit, below `share` of it (above limit / `share` where the
        condition is true of small values); NaN is."""
        if measured != measured:
            return True
        if self.value <= 0:
            return not self.holds(measured)
        return measured <= share * self.value if self.op[0] == ">" else measured >= self.value / share

    @property
    def on_rows(self) -> bool:
        """Whether it is measured on requests and jobs, not on samples."""
        return self.metric in ROW_METRICS or self.subject == "job"

    @property
    def dimension(self) -> str:
        """What `value` is measured in: seconds, bytes, share, rate or number."""
        return _dimension(self.metric)


@dataclass(frozen=True)
class Names:
    """What a condition may speak of in one profile."""

    endpoints: Collection[str]
    kinds: Collection[str]
    tenants: Collection[str]
    hosts: Collection[str]
    processes: Collection[str]
    probes: Mapping[str, Collection[str]] = field(default_factory=dict)


def parse_condition(text: str, names: Names) -> Condition:
    """Understand one condition; ValueError says in one sentence what is wrong and what is allowed."""
    plain = _PATTERN.fullmatch(text)
    wrapped = None if plain and plain["metric"] not in ("increase", "per_job") else _OF_SAMPLES.fullmatch(text)
    match = wrapped or plain
    if match is None:
        raise ValueError(f'{text!r} is not a condition; write METRIC(SUBJECT) OP VALUE, as in "p95(status) < 200ms"')
    metric, subject = match["metric"], match["subject"] or "job"
    taken: Taken = wrapped["taken"] if wrapped else "mean"  # type: ignore[assignment]
    increase = taken in ("increase", "per_job")  # What may be below 0, or more than a share.
    metrics = _metrics_of(subject, names)
    if metrics is None:
        known = [*names.endpoints, ALL_REQUESTS, *JOB_SUBJECTS, *names.hosts, *names.processes, *names.probes, "generator"]
        raise ValueError(f"{text!r} speaks of {subject!r}, which nothing here is called; allowed: {', '.join(known)}")
    if metric not in metrics:
        raise ValueError(f"{text!r}: {subject!r} has no metric {metric!r}; allowed: {', '.join(metrics)}")
    value, unit = parse_quantity(match["value"])
    if unit != "number" and unit != _dimension(metric):
        raise ValueError(f"{text!r}: {metric} is measured in {_dimension(metric)}, not in {unit}")
    if unit == "number" and _dimension(metric) == "seconds":
        raise ValueError(f'{text!r}: {metric} needs a unit of time, as in "200ms"')
    if unit == "number" and _dimension(metric) == "bytes":
        raise ValueError(f'{text!r}: {metric} needs a unit of size, as in "500 MB"')
    if not increase and (metric in PARTS_OF_ALL or (metric == "cpu" and subject in names.hosts)):
        _check_share(text, metric, match["value"].strip(), value, bare=unit == "number")
    if value < 0 and not increase and _dimension(metric) in ("seconds", "bytes", "rate"):
        raise ValueError(f"{text!r}: {metric} is never below 0")
    filters = _parse_filters(text, match["filters"] or "", names)
    on_rows = subject in (*names.endpoints, ALL_REQUESTS, *JOB_SUBJECTS)
    if filters and not on_rows:
        raise ValueError(f"{text!r}: {subject!r} has no kinds or tenants to be narrowed by")
    if wrapped and on_rows:
        watched = [*names.hosts, *names.processes, *names.probes, "generator"]
        raise ValueError(f"{text!r}: {taken}(…) is of a watched machine or process; allowed: {', '.join(watched)}")
    if taken == "per_job" and not stays(subject, metric):
        raise ValueError(
            f"{text!r}: no job leaves {metric} of {subject} behind; allowed: what a process or a probe holds, as rss"
        )
    return Condition(text.strip(), metric, subject, filters, match["op"], value, taken)


def stays(subject: str, metric: str) -> bool:
    """Whether a job may leave some of it behind: what a process or a probe holds, no rate and no share of a machine."""
    return subject != "generator" and metric not in HOST_METRICS and metric != "fd_limit"


def _check_share(text: str, metric: str, said: str, value: float, bare: bool) -> None:
    if bare and value >= 1:
        raise ValueError(f"{text!r}: {metric} is a share, and {said} without a unit is {100 * value:,.10g} %; write {said} %")
    if not 0 <= value <= 1:
        raise ValueError(f"{text!r}: {metric} lies between 0 % and 100 %")


def _metrics_of(subject: str, names: Names) -> dict[str, str] | None:
    if subject == "job":
        return ROW_METRICS | JOB_METRICS
    if subject in names.endpoints or subject == ALL_REQUESTS:
        return ROW_METRICS
    if subject in JOB_SUBJECTS:
        return {name: unit for name, unit in ROW_METRICS.items() if unit in ("seconds", "number")}
    if subject == "generator":
        return GENERATOR_METRICS
    if subject in names.probes:
        return dict.fromkeys(names.probes[subject], "number")
    watched = (HOST_METRICS if subject in names.hosts else {}) | (PROCESS_METRICS if subject in names.processes else {})
    return watched or None


def _dimension(metric: str) -> str:
    return KNOWN_METRICS.get(metric, "number")


def _parse_filters(text: str, inside: str, names: Names) -> tuple[tuple[str, str], ...]:
    filters = []
    for part in filter(None, (part.strip() for part in inside.split(","))):
        key, _, value = (piece.strip() for piece in part.partition("="))
        if key not in FILTERS:
            raise ValueError(f"{text!r}: a subject is narrowed by {' or '.join(FILTERS)}, not by {key!r}")
        allowed = names.kinds if key == "kind" else names.tenants
        if value not in allowed:
            raise ValueError(f"{text!r}: no {key} {value!r}; allowed: {', '.join(allowed) or 'none are defined'}")
        filters.append((key, value))
    return tuple(filters)
