"""What `--set` and `--only` make of a profile's document."""

import re
import tomllib
from pathlib import Path
from typing import Any

from .errors import UserError

Document = dict[str, Any]

NOT_TOML = (ValueError, RecursionError)
"""What tomllib raises, and what it lets through: numbers of thousands of digits, brackets nested as deep."""


def apply_override(document: Document, override: str, file: Path) -> None:
    """Set one key, or one place of a list (counted from 1), as `KEY=VALUE` says. Raises UserError."""
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise UserError(f"--set {override}: write KEY=VALUE, as in --set load.hold=30s")
    *parents, last = key.strip().split(".")
    place: Any = document
    for name in parents:
        place = _step_into(place, name, override, file)
    if isinstance(place, list):
        place[_index(place, last, override, file)] = _toml_value(text)
    else:
        place[last] = _toml_value(text)


def _step_into(place: Any, name: str, override: str, file: Path) -> Any:
    if isinstance(place, list):
        return place[_index(place, name, override, file)]
    inner = place.setdefault(name, {})
    if not isinstance(inner, dict | list):
        raise UserError(f"{file}: --set {override}: {name} is the value {inner!r}, not a table")
    return inner


def _index(place: list[Any], name: str, override: str, file: Path) -> int:
    if name not in map(str, range(1, len(place) + 1)):
        raise UserError(f"{file}: --set {override}: {name!r} is not a place in a list of {len(place)} (count from 1)")
    return int(name) - 1


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except NOT_TOML:
        return text


def keep_only(document: Document, only: str, file: Path) -> None:
    """Leave out all kinds of job but this one, and the limits and stop conditions that speak of those. Raises UserError."""
    jobs = _tables(document, "job")
    kinds = [job.get("kind") for job in jobs]
    if only not in kinds:
        raise UserError(f"{file}: --only {only}: no such kind of job; allowed: {', '.join(map(str, kinds)) or 'none'}")
    spoken_of = of_other_kinds(document, only)
    for key, text in (("limit", "that"), ("stop", "when")):
        if any(entry.get(text) in spoken_of for entry in _tables(document, key)):
            document[key] = [entry for entry in document[key] if not (isinstance(entry, dict) and entry.get(text) in spoken_of)]
    document["job"] = [job for job in jobs if job.get("kind") == only]
    if document["job"][0].get("weight") == 0:
        raise UserError(f"{file}: --only {only}: its weight is 0; give it one, as in --set job.{kinds.index(only) + 1}.weight=1")


def of_other_kinds(document: Document, only: str) -> list[str]:
    """The conditions that speak of one of the profile's kinds of job, but not of this one."""
    others = {job.get("kind") for job in _tables(document, "job")} - {only}
    texts = [entry.get(text) for key, text in (("limit", "that"), ("stop", "when")) for entry in _tables(document, key)]
    return [text for text in texts if isinstance(text, str) and (kind := _KIND.search(text)) and kind[1] in others]


_KIND = re.compile(r"[{,]\s*kind\s*=\s*([^,}\s]+)")


def _tables(document: Document, key: str) -> list[Document]:
    listed = document.get(key)
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
