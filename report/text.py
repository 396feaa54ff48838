"""Numbers as text: the one place where units and digits are chosen. Inside, everything is seconds, bytes and shares."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

NONE = "–"
"""What stands where there is no number."""
A_SECOND = 0.9995
"""Times from this on, which reads 1.00 s, are written in seconds."""
LEAST = 1e-9
"""What differs from nothing by less than this is nothing: computing left it behind."""
MOST_DECIMALS = 3
"""No number has more."""
MINUS = "−"
"""Stands before what is less than nothing; a hyphen is none."""


@dataclass(frozen=True)
class Unit:
    """How numbers of one unit are written: value · factor, then the symbol.

    decimals: so many of each number; None: about three digits of each, the same wherever the number stands.
    """

    symbol: str
    factor: float
    decimals: int | None = None

    def text(self, value: float | None) -> str:
        """`value` in this unit, without the symbol; a dash for None and what isn't finite."""
        if value is None or not math.isfinite(value):
            return NONE
        return _written(value * self.factor, self.decimals)

    def range(self, low: float | None, high: float | None) -> str:
        """A range in this unit, without the symbol: "11.9 to 12.3"."""
        return f"{self.text(low)} to {self.text(high)}"

    def with_symbol(self, value: float | None) -> str:
        """`value` in this unit, with the symbol."""
        text = self.text(value)
        return text if text == NONE or not self.symbol else f"{text} {self.symbol}"


def unit_of(values: Iterable[float | None], dimension: str) -> Unit:
    """The unit of a table's or a figure's numbers, chosen once, by the largest.

    dimension: seconds (ms below 10 s), bytes (decimal prefixes), share (%), rate (per second), number.
    """
    finite = [abs(value) for value in values if value is not None and math.isfinite(value)]
    symbol, factor = _scale(max(finite, default=0.0), dimension)
    whole = dimension == "number" and all(value == round(value) for value in finite)
    return Unit(symbol, factor, 0 if whole else None)


def between(low: float | None, high: float | None, dimension: str) -> str:
    """A range, the unit once: "11.9 to 12.3", "691 to 857 ms"; a dash where neither end is known."""
    ends = [abs(end) for end in (low, high) if end is not None and math.isfinite(end)]
    unit = Unit("s", 1) if dimension == "seconds" and max(ends, default=0.0) >= A_SECOND else unit_of([low, high], dimension)
    return f"{unit.range(low, high)} {unit.symbol}".strip() if ends else NONE


def quantity(value: float | None, dimension: str) -> str:
    """One number with its unit and about three digits: "3.12 ms", "12.3 %", "1,204"."""
    return unit_of([value], dimension).with_symbol(value)


def number(value: float | None) -> str:
    """A plain number with about three digits."""
    return quantity(value, "number")


def rate(value: float | None, what: str = "jobs") -> str:
    """A rate per second: "12.4 jobs/s"."""
    return f"{quantity(value, 'rate')} {what}/s"


def per_second(value: float | None) -> str:
    """A rate of no particular thing: "12.4/s"."""
    return f"{quantity(value, 'rate')}/s"


def seconds(value: float | None) -> str:
    """A duration in the unit that suits it: "3.12 ms", "12.4 s"."""
    if value is not None and abs(value) >= A_SECOND:
        return Unit("s", 1).with_symbol(value)
    return quantity(value, "seconds")


def share(value: float | None) -> str:
    """A fraction as percent; more than nothing never reads 0 %, less than all never 100 %."""
    if value is None or not math.isfinite(value):
        return NONE
    if 0 < value < 0.0001:
        return "< 0.01 %"
    if 0.9995 <= value < 1:
        return "> 99.9 %"
    return f"{_written(value * 100, _share_decimals(value))} %"


def likely_share(low: float, high: float) -> str:
    """The 95 % interval of a share of things gone bad, and what it takes for granted."""
    return f"95 % interval {share(low)} to {share(high)}, if one going bad says nothing of the next"


def moment(t: float | None) -> str:
    """A time since the start of the run as minutes:seconds, with hours where needed."""
    if t is None or not math.isfinite(t):
        return NONE
    minutes, second = divmod(round(t), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def span(value: float | None) -> str:
    """How long something took, for people: "45 s", "10 min", "2 h 5 min"."""
    if value is None or not math.isfinite(value):
        return NONE
    if value < 100:
        return f"{value * 1000:.3g} ms" if 0 < value < 1 else f"{value:.3g} s"
    minutes, second = divmod(round(value), 60)
    hours, minute = divmod(minutes, 60)
    parts = [(hours, "h"), (minute, "min"), (second if not hours else 0, "s")]
    return " ".join(f"{amount} {symbol}" for amount, symbol in parts if amount)


def when(epoch: float) -> str:
    """A wall-clock time in UTC."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def percentile_name(p: float) -> str:
    """0.95 → "p95", 0.999 → "p99.9"."""
    return f"p{round(p * 100, 4):g}"


def count_of(n: int, singular: str, plural: str | None = None) -> str:
    """ "1 job", "1,204 jobs"."""
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def clipped(text: str, most: int) -> str:
    """The text, or its first letters and an ellipsis: `most` in all."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def listed(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _scale(largest: float, dimension: str) -> tuple[str, float]:
    if dimension == "seconds":
        return ("ms", 1000.0) if largest < 10 else ("s", 1.0)
    if dimension == "share":
        return "%", 100.0
    if dimension == "bytes":
        size = next((n for n in (1e9, 1e6, 1e3) if largest >= n), 1.0)
        return {1e9: "GB", 1e6: "MB", 1e3: "KB", 1.0: "B"}[size], 1 / size
    return "", 1.0


def _written(value: float, decimals: int | None) -> str:
    """A number with its digits; more than nothing never reads 0."""
    if abs(value) < LEAST:
        return "0"
    digits = _decimals(abs(value)) if decimals is None else decimals
    text = f"{abs(value):,.{digits}f}"
    if not float(text.replace(",", "")):
        least = f"{10.0**-digits:.{digits}f}"
        return f"< {least}" if value > 0 else f"> {MINUS}{least}"
    return text if value > 0 else f"{MINUS}{text}"


def _decimals(value: float) -> int:
    """How many decimals make about three digits."""
    return max(0, min(MOST_DECIMALS, 2 - math.floor(math.log10(float(f"{value:.2e}")))))


def _share_decimals(value: float) -> int:
    whole = abs(value * 100 - round(value * 100)) < 1e-9
    return 0 if whole else 2 if value < 0.01 else 1
