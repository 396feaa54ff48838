"""From a suite's file to a Suite, or to one sentence that says what is wrong with it."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from profiles.errors import UserError
from profiles.overrides import Document
from profiles.read import frozen, load_profile, read_document, sentence

from .model import Suite
from .plan import Planned, planned, profile_path


def load_suite(file: Path) -> tuple[Suite, Document, tuple[Planned, ...]]:
    """Read a suite, see that each of its scenarios makes a valid profile, and plan it.

    Returns the suite, its document with every path made absolute (what the suite's folder keeps as suite.toml), and its
    scenarios. Raises UserError.
    """
    document = read_document(file)
    _resolve(document, file.resolve().parent)
    suite = _validated(document, str(file))
    scenarios = planned(suite, str(file))
    for scenario in scenarios:
        try:
            load_profile(scenario.profile, scenario.overrides, scenario.only)
        except UserError as error:
            raise UserError(f"{file}: scenario {scenario.name!r}: {error}") from None
    return suite, document, scenarios


def read_suite(file: Path) -> tuple[Suite, tuple[Planned, ...]]:
    """A suite and its scenarios as a suite's folder keeps them; its profiles need not be there any more. Raises UserError."""
    suite = _validated(read_document(file), str(file))
    return suite, planned(suite, str(file))


def _validated(document: Document, source: str) -> Suite:
    try:
        return Suite.model_validate(frozen(document))
    except ValidationError as error:
        raise UserError(sentence(error, document, source, Suite)) from None


def _resolve(document: Document, folder: Path) -> None:
    """Paths are told from the suite's own folder; its runs are elsewhere."""
    phases = [phase for phase in _listed(document, "phase") if isinstance(phase, dict)]
    inner = [table for phase in phases for key in ("scenario", "exception") for table in _listed(phase, key)]
    for table in (document, *phases, *inner):
        if isinstance(table, dict) and isinstance(table.get("profile"), str):
            table["profile"] = profile_path(table["profile"], folder)
    service = document.get("service")
    if isinstance(service, dict) and isinstance(service.get("folder", "."), str):
        service["folder"] = (folder / service.get("folder", ".")).resolve().as_posix()


def _listed(table: Document, key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []
