"""What an input carries, whatever tool wrote it: all that the document of an import is made from."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.document.finding import Finding
from report.stats.quantiles import Array
from report.stats.saturation import Saturation
from report.stats.stalls import Stall
from report.text import Unit

LEVELS = 3
"""Levels of a load that it takes to tell where throughput stops growing."""


@dataclass(frozen=True)
class Named:
    """The requests of one name, or all of them. None is what the files don't tell.

    `rate`: requests per second over the whole test. `mean` and the `percentiles`, one for each of `Imported.ps`: seconds.
    """

    name: str
    method: str
    requests: int
    failed: int | None
    rate: float | None
    mean: float | None
    percentiles: tuple[float | None, ...]


@dataclass(frozen=True)
class Cause:
    """So many requests that failed for one reason."""

    method: str
    name: str
    error: str
    count: int


@dataclass(frozen=True)
class OverTime:
    """The test over time: `t` in seconds since its start, requests and failures per second, percentiles in seconds, NaN where
    nothing is known. `rates` and `percentiles` say in words over which windows they were taken."""

    t: Array
    clients: Array | None
    requests: Array
    failures: Array | None
    median: Array | None
    p95: Array | None
    rates: str
    percentiles: str


@dataclass(frozen=True)
class Held:
    """A stretch [start, end) in seconds since the start through which the number of clients stayed the same.

    `rate`: requests per second that succeeded, with its 95 % interval where the hold is long enough for one.
    """

    clients: int
    start: float
    end: float
    requests: int
    rate: float
    low: float | None
    high: float | None
    failed: float | None
    median: float | None
    p95: float | None


@dataclass(frozen=True)
class Words:
    """What a document says of this kind of input: `precision` of its percentiles, in brackets behind them; notes of tables;
    `reasons` why it can't be trusted as our own can, and the method. `requests_unit` is that of percentiles, if it is fixed."""

    trust: str
    precision: str
    results: str
    latency: str
    errors: str
    reasons: tuple[Finding, ...]
    method: tuple[str, ...]
    unit: Unit | None = None
    mean: str = ""


@dataclass(frozen=True)
class Imported:
    """One test as its files tell it. None, and an empty sequence of steps, is what they don't.

    `started`: epoch seconds, None where times are relative. `others`: what the names beyond those that a page carries add up
    to. `stalls`: None where single requests aren't known.
    """

    title: str
    name: str
    files: str
    names: Sequence[Named]
    total: Named
    ps: tuple[float, ...]
    words: Words
    causes: Sequence[Cause] | None = None
    others: Named | None = None
    started: float | None = None
    seconds: float | None = None
    clients: int | None = None
    clients_word: str = "Users"
    over_time: OverTime | None = None
    steps: Sequence[Held] = ()
    saturation: Saturation | None = None
    stalls: Sequence[Stall] | None = None

    @property
    def clients_inside(self) -> str:
        """What clients are called within a sentence: threads, but VUs."""
        return self.clients_word if self.clients_word[1:2].isupper() else self.clients_word.lower()
