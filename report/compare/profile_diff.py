"""In which keys the profiles of two runs differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FREE = ("name", "goal", "target", "seed")
"""What may differ between two runs of the same test."""


@dataclass(frozen=True)
class Unequal:
    """A key and its two values, None where it isn't said; `folder` is that of the run with the second."""

    key: str
    a: Any
    b: Any
    folder: Path


def unequal(a: dict[str, Any], b: dict[str, Any], folder: Path) -> list[Unequal]:
    """The keys in which two resolved profiles differ, those that may differ left out."""
    first, second = (dict(_flat({key: value for key, value in one.items() if key not in FREE})) for one in (a, b))
    keys = dict.fromkeys([*first, *second])
    return [Unequal(key, first.get(key), second.get(key), folder) for key in keys if first.get(key) != second.get(key)]


def said(value: Any) -> str:
    """A value as a profile writes it, or that there is none."""
    return "nothing" if value is None else f'"{value}"' if isinstance(value, str) else str(value)


def _flat(document: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _flat(value, f"{place}.{key}" if place else key)
    elif isinstance(document, list) and document and isinstance(document[0], dict):
        for number, value in enumerate(document, 1):
            yield from _flat(value, f"{place} {number}")
    else:
        yield place, document
