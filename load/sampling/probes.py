"""Numbers that others tell: an agent on another machine, a Prometheus page, JSON over HTTP, a command.

Each probe asks in a thread of its own, once a second, and never holds up the others; what fails is said once, and leaves a
gap. Only the watcher imports this.
"""

import json
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import jmespath
import requests
from prometheus_client.parser import text_string_to_metric_families

from load.protocol.secrets import Secrets, without_secrets
from profiles.watches import selector

from .asking import output_of, page_at

EVERY = 1.0
"""Seconds between two questions."""
PATIENCE = 5.0
"""Seconds until an answer must be there."""
PREFIX = "stepload_"
"""What the metrics of an agent begin with."""

Fetch = Callable[[], dict[str, float]]


class Probe:
    """Asks again and again once it was started; `sample` gives each answer once. `secrets`: what must not be said."""

    def __init__(self, name: str, fetch: Fetch, secrets: Secrets | None = None) -> None:
        self._name, self._fetch, self._secrets = name, fetch, secrets or {}
        self._answer: dict[str, float] = {}
        self._failed = False

    def start(self) -> "Probe":
        """Ask from now on, in a thread that ends with the process."""
        threading.Thread(target=self._ask_for_ever, daemon=True).start()
        return self

    def sample(self) -> dict[str, float]:
        """What came since the last time."""
        answer, self._answer = self._answer, {}
        return answer

    def ask(self) -> None:
        """Ask once, and keep the answer for `sample`; the first of several failures is said."""
        try:
            self._answer = self._fetch()
            self._failed = False
        except Exception as error:  # whatever the other side makes of it: a gap, never the end of the watcher
            self._say(error)

    def _ask_for_ever(self) -> None:
        while True:
            asked = time.monotonic()
            self.ask()
            time.sleep(max(0.0, asked + EVERY - time.monotonic()))

    def _say(self, error: Exception) -> None:
        if not self._failed:
            print(
                f"watch {self._name!r} has no answer: {without_secrets(_in_words(error), self._secrets)}",
                file=sys.stderr,
                flush=True,
            )
        self._failed = True


def _in_words(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            words = f"not JSON: {error.doc[:60]!r}"
        case subprocess.TimeoutExpired() | requests.Timeout():
            words = f"none within {PATIENCE:.0f} s"
        case requests.ConnectionError():
            words = "no connection"
        case _:
            words = str(error)[:200]
    return words


def fetcher(kind: str, where: str, source: str, metrics: Mapping[str, str]) -> Fetch:
    """What asks an agent (`source`: "host" or one of its processes), a Prometheus page, HTTP or a command for metrics."""
    if kind == "agent":
        return lambda: of_agent(_page(f"{where.rstrip('/')}/metrics"), source)
    if kind == "prometheus":
        return lambda: of_prometheus(_page(where), metrics)
    paths = {name: jmespath.compile(path) for name, path in metrics.items()}
    if kind == "http":
        return lambda: of_json(json.loads(_page(where)), paths)
    words = shlex.split(where)
    return lambda: of_json(json.loads(output_of(words, PATIENCE)), paths)


def of_agent(text: str, source: str) -> dict[str, float]:
    """Every metric of one source on an agent's page."""
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    its = (sample for sample in samples if sample.labels.get("source") == source and sample.name.startswith(PREFIX))
    return {sample.name.removeprefix(PREFIX): sample.value for sample in its}


def of_prometheus(text: str, metrics: Mapping[str, str]) -> dict[str, float]:
    """For each name the sum of the samples that its selector, NAME{label="value"}, picks; nothing where none is picked."""
    wanted = {name: selector(said) for name, said in metrics.items()}
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    found: dict[str, float] = {}
    for name, (called, labels) in wanted.items():
        values = [s.value for s in samples if s.name == called and labels.items() <= s.labels.items()]
        if values:
            found[name] = float(sum(values))
    return found


def of_json(document: Any, paths: Mapping[str, Any]) -> dict[str, float]:
    """What JMESPath picks out of a document, as far as those are numbers."""
    found = {name: path.search(document) for name, path in paths.items()}
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}


def _page(url: str) -> str:
    return page_at(url, PATIENCE).decode("utf-8", "replace")
