"""Durations, sizes and shares as people write them. Inside, everything is seconds, bytes and fractions."""

import re

_NUMBER = r"(?P<number>-?\d+(?:\.\d+)?)"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3}

_LONGEST = 1e9
"""Seconds: thirty years."""

DURATION_HINT = 'a duration like "500ms", "10s", "5m", "2h"'


def parse_duration(text: str) -> float:
    """Seconds of a duration such as "250ms", "10s", "1h30m". Raises ValueError on anything else."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text.strip())
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise ValueError(f"{text!r} is not {DURATION_HINT}")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if seconds > _LONGEST:
        raise ValueError(f"{text[:20]!r}… is too long to wait for")
    return seconds


def parse_quantity(text: str) -> tuple[float, str]:
    """(value, dimension) of a limit such as "200ms", "2 MB", "80 %", "5/s", "3.0".

    dimension is "seconds", "bytes", "share", "rate" or "number". Raises ValueError on anything else.
    """
    match = re.fullmatch(_NUMBER + r"\s*(?P<unit>%|/s|[A-Za-z]+(?:/s)?)?", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a number with a unit")
    number, unit = float(match["number"]), match["unit"] or ""
    if unit in _SECONDS:
        return number * _SECONDS[unit], "seconds"
    if unit.removesuffix("/s") in _BYTES:
        return number * _BYTES[unit.removesuffix("/s")], "bytes"
    if unit == "%":
        return number / 100, "share"
    if unit in ("", "/s"):
        return number, "rate" if unit else "number"
    raise ValueError(f"{unit!r} is not a unit; allowed: %, /s, {', '.join([*_SECONDS, *_BYTES])}")


def duration_text(seconds: float) -> str:
    """The shortest way to write a duration, exact to the microsecond: 600.0 → "10m", 0.25 → "250ms", 90.0 → "90s"."""
    if 0 < seconds < 1:
        return f"{_digits(seconds * 1000, 3)}ms"
    for unit in ("h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{_digits(seconds / _SECONDS[unit], 0)}{unit}"
    return f"{_digits(seconds, 6)}s"


def _digits(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
