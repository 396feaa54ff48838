"""However a document is damaged, it is a Profile or one sentence: never another exception."""

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles import FOLDER, Profile, UserError, load_profile, validate
from profiles.overrides import apply_override

BASE = load_profile("demo", ["tenant=[{name='a'}]", "limit=[{that='p95(status) < 1s'}]"])[1]

SCALARS = st.one_of(
    st.text(max_size=12),
    st.integers(),
    st.floats(allow_nan=True),
    st.booleans(),
    st.dates(),
    st.sampled_from(["{{ x }}", "{{", "{% for %}", "{{ 9 | zap }}", "${X}", "a[", "`", "p95(x) <", "1e9s", "\0", "target"]),
)
KEYS = st.one_of(st.text(max_size=8), st.sampled_from(["rule", "when", "for", "shape", "step", "json", "port", "kind", "if"]))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [found for key, child in inner for found in places(child, (*path, key))]


PLACES = st.sampled_from(places(BASE))
CHANGES = st.lists(st.tuples(PLACES, st.sampled_from(["replace", "remove", "add"]), KEYS, VALUES), min_size=1, max_size=4)


def damaged(changes: list[tuple[tuple[Any, ...], str, str, Any]]) -> dict[str, Any]:
    document = copy.deepcopy(BASE)
    for (*parents, last), how, key, value in changes:
        try:
            place: Any = document
            for name in parents:
                place = place[name]
            if how == "replace":
                place[last] = value
            elif how == "remove":
                del place[last]
            else:
                place[last][key] = value
        except (KeyError, IndexError, TypeError):
            pass  # An earlier change took the place away.
    return document


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(CHANGES)
def test_a_damaged_document_is_a_profile_or_a_sentence(changes: Any) -> None:
    try:
        assert isinstance(validate(damaged(changes), "some.toml"), Profile)
    except UserError as error:
        assert str(error).startswith("some.toml: ")
        assert "\n" not in str(error)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=30), st.builds("{}={}".format, st.sampled_from(["job.1", "a.b", "name", "stop"]), st.text())))
def test_an_override_applies_or_is_refused_in_a_sentence(override: str) -> None:
    document = copy.deepcopy(BASE)
    try:
        apply_override(document, override, FOLDER / "demo.toml")
        validate(document, "demo.toml")
    except UserError as error:
        assert str(error)
