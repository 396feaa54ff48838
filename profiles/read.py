"""From a TOML file to a Profile, or to one sentence that says what is wrong with it."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from .api.files import check_uploads, resolve_files
from .errors import UserError
from .fields import SUBMIT_EVERY
from .handing_on import check_names
from .model import Clients, Profile
from .overrides import NOT_TOML, Document, apply_override, keep_only, of_other_kinds
from .shapes import SHAPES
from .templating import Payloads
from .units import parse_duration

FOLDER = Path(__file__).resolve().parent

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHAPES = ", ".join(f'"{shape}"' for shape in SHAPES)
_MORE = re.compile(r" \(and \d+ more\)$")
_LONGEST = 120
"""Letters shown of what was found."""

_OURS = {
    "Input should": "must",
    "Tuple should": "must",
    "List should": "must",
    "a valid tuple": "a list",
    "a valid string": "a text",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "greater than": "more than",
}
"""Pydantic's words, and plainer ones."""


def load_profile(path: str | Path, overrides: Iterable[str] = (), only: str | None = None) -> tuple[Profile, Document]:
    """Read a profile and apply `--set` and `--only`.

    Returns the Profile and the document it was made of (what the run folder keeps as profile.toml).
    `path` may be the bare name of a profile that comes with stepload. Raises UserError.
    """
    file, overrides = find_profile(path), tuple(overrides)
    document = _settled(file, overrides, only)
    try:
        return _checked(document, file.as_posix()), document
    except UserError as error:
        problem = str(error).removeprefix(f"{file.as_posix()}: ")
    raise UserError(f"{_to_blame(problem, file, overrides, only)}: {problem}")


def left_out(path: str | Path, overrides: Iterable[str], only: str | None) -> str:
    """Which limits and stop conditions `--only` leaves out, in words; empty where it leaves out none. Raises UserError."""
    if only is None:
        return ""
    texts = of_other_kinds(_settled(find_profile(path), tuple(overrides), None), only)
    return f"left out, since --only submits no such jobs: {', '.join(texts)}" if texts else ""


def _checked(document: Document, source: str) -> Profile:
    profile = validate(document, source)
    check_uploads(profile.job, source)
    return profile


def _settled(file: Path, overrides: tuple[str, ...], only: str | None) -> Document:
    document = read_document(file)
    for override in overrides:
        apply_override(document, override, file)
    if only is not None:
        keep_only(document, only, file)
    resolve_files(document, file.parent)
    return document


def _to_blame(problem: str, file: Path, overrides: tuple[str, ...], only: str | None) -> str:
    """The last override without which there isn't this problem; else the file."""
    for place in reversed(range(len(overrides))):
        try:
            _checked(_settled(file, overrides[:place] + overrides[place + 1 :], only), "")
        except UserError as error:
            if _MORE.sub("", str(error)) == f": {_MORE.sub('', problem)}":
                continue
        return f"--set {overrides[place]}"
    return file.as_posix()


def find_profile(path: str | Path) -> Path:
    """The file meant by a path or by the bare name of a profile that comes along."""
    file, shipped = Path(path), FOLDER / f"{Path(path).stem}.toml"
    try:
        if file.is_file():
            return file
        if shipped.is_file() and (len(file.parts) == 1 or file.parts[:-1] == ("profiles",)):
            return shipped
    except OSError as error:  # is_file passes on what it doesn't take for "no": a name too long, no permission
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    names = ", ".join(sorted(f.stem for f in FOLDER.glob("*.toml")))
    raise UserError(f"{path}: no such profile; give a path, or one of those that come along: {names}")


def validate(document: Document, source: str) -> Profile:
    """Check a document against the schema and its templates; `source` names it in errors. Raises UserError."""
    try:
        profile = Profile.model_validate(frozen(document), context={SUBMIT_EVERY: _submit_every(document)})
    except ValidationError as error:
        raise UserError(sentence(error, document, source, Profile)) from None
    try:
        Payloads(profile)
        check_names(profile)
    except ValueError as error:
        raise UserError(f"{source}: {error}") from None
    return profile


def _submit_every(document: Document) -> float | None:
    """Seconds between a client's jobs, which rates of jobs are turned into clients by; None where that is wrong itself."""
    clients = document.get("clients", {})
    said = clients.get(SUBMIT_EVERY) if isinstance(clients, dict) else None
    if said is None:
        return float(Clients.model_fields[SUBMIT_EVERY].default)
    try:
        return parse_duration(said) or None
    except (ValueError, TypeError, AttributeError):
        return None


def frozen(value: Any) -> Any:
    """TOML's arrays as tuples: the schema is strict, and what it holds immutable."""
    if isinstance(value, dict):
        return {key: frozen(inner) for key, inner in value.items()}
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def read_document(file: Path) -> Document:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except NOT_TOML as error:
        raise UserError(f"{file}: not TOML: {error}") from None
    except OSError as error:
        raise UserError(f"{file}: can't be read: {error.strerror}") from None


def sentence(error: ValidationError, document: Document, source: str, schema: type[BaseModel]) -> str:
    """The first problem as one sentence: file, key, what was there, what is allowed."""
    problems = error.errors()
    problem = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    found, kind = problem["input"], problem["type"]
    keys = _keys_of(problem["loc"], document)
    where = _key_text(keys)
    if kind == "extra_forbidden":
        allowed = ", ".join(_allowed_keys(tuple(keys[:-1]), document, schema))
        said = f"{where} is not a key here; allowed: {allowed}"
    elif kind == "literal_error" and problem["loc"][-1] == "[key]":
        allowed = ", ".join(re.findall(r"'(\w+)'", problem["ctx"]["expected"]))
        said = f"{where} is not a key here; allowed: {allowed}"
    elif kind == "missing":
        said = f"{where} is missing"
    elif kind == "union_tag_not_found":
        said = f"{where}.shape is missing; allowed: {_SHAPES}"
    elif kind == "union_tag_invalid":
        said = f"{where}.shape = {found.get('shape')!r}; allowed: {_SHAPES}"
    else:
        text = _in_our_words(problem["msg"])
        tables = isinstance(found, dict) or (isinstance(found, tuple) and any(isinstance(item, dict) for item in found))
        said = f"{where} = {_shown(found)}: {text}" if where and not tables else f"{where}: {text}".lstrip(": ")
    places = {_keys_of(p["loc"], document) for p in problems}
    # A list is also "too short" when its only item is wrong: that is the same mistake.
    more = sum(not any(other[: len(place)] == place for other in places - {place}) for place in places - {keys})
    return f"{source}: {said}" + (f" (and {more} more)" if more else "")


def _keys_of(loc: tuple[int | str, ...], document: Document) -> tuple[int | str, ...]:
    """The keys of the file in pydantic's `loc`, which also names shapes and the members of unions."""
    parts = loc[:1] + loc[2:] if loc[0:1] == ("load",) else loc
    keys: list[int | str] = []
    place: Any = document
    for part in parts:
        if isinstance(place, list) and isinstance(part, int):
            place = place[part]
        elif isinstance(place, dict) and part != "[key]":
            place = place.get(str(part))
        elif isinstance(place, list):
            continue  # The member of a union that the list was taken for.
        else:
            break
        keys.append(part)
    return tuple(keys)


def _key_text(keys: Iterable[int | str]) -> str:
    text = ""
    for key in keys:
        text += f" {key + 1}" if isinstance(key, int) else f".{key if _BARE.fullmatch(key) else json.dumps(key)}"
    return text.removeprefix(".")


def _in_our_words(message: str) -> str:
    text = re.sub(r"a valid dictionary( or .*)?$", "a table", message.removeprefix("Value error, "))
    text = re.sub(r" after validation, not \d+$", "", text)
    for theirs, ours in _OURS.items():
        text = text.replace(theirs, ours)
    return text


def _shown(found: Any) -> str:
    text = repr(list(found) if isinstance(found, tuple) else found)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _allowed_keys(keys: tuple[int | str, ...], document: Mapping[str, Any], schema: type[BaseModel]) -> list[str]:
    model = schema
    for key in keys:
        field = next((f for name, f in model.model_fields.items() if key in (name, f.alias)), None)
        if field is None:
            continue
        models = _models_in(field.annotation)
        shape = document.get("load", {}).get("shape") if key == "load" else None
        model = next((m for m in models if shape and shape in get_args(m.model_fields["shape"].annotation)), models[0])
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
