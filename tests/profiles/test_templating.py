"""Values in payloads, and secrets."""

import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from profiles import Profile, UserError
from profiles.templating import Payloads, expand_secrets, secret_names


@pytest.fixture
def body_of(profile_with: Callable[..., Profile]) -> Callable[..., Any]:
    """What a template becomes in a payload."""

    def body(json: Any, seed: int = 1, number: int = 7, **values: Any) -> Any:
        profile = profile_with(job=[{"kind": "k", "json": json}], values=values)
        return Payloads(profile, "http://there:80").body("k", number, random.Random(seed))

    return body


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("plain", "plain"),
        ("{{ 1 + 2 }}", 3),
        (" {{ 1 + 2 }}\n", 3),
        ("{{- 1 + 2 -}}", 3),
        ("{{ -1 }}", -1),
        ("{{ (1 + 2) | string }}", "3"),
        ("{{ 1 }}{{ 2 }}", "12"),
        ("n = {{ 1 + 2 }}", "n = 3"),
        ("{{ [1, 'a', none, true] }}", [1, "a", None, True]),
        ("{{ {'a': 1.5} }}", {"a": 1.5}),
        ("{% if number > 5 %}late{% else %}early{% endif %}", "late"),
        ("{{ number }}", 7),
        ("{{ host }}/x", "http://there:80/x"),
        (12, 12),
        (True, True),
        (1.5, 1.5),
        ({"a": ["{{ number }}", {"b": "{{ number }}!"}]}, {"a": [7, {"b": "7!"}]}),
        ([], []),
    ],
)
def test_a_lone_expression_keeps_its_type_and_anything_else_is_text(
    body_of: Callable[..., Any], template: Any, value: Any
) -> None:
    found = body_of(template)
    assert found == value
    assert type(found) is type(value)


def test_values_of_the_profile_are_templates_too(body_of: Callable[..., Any]) -> None:
    url, size, on = body_of(["{{ url }}", "{{ size }}", "{{ on }}"], url="{{ host }}/{{ number }}", size=5, on=True)
    assert (url, size, on) == ("http://there:80/7", 5, True)


@pytest.mark.parametrize(
    ("json", "sent"),
    [
        (None, b""),
        ({"a": [1, "x"]}, b'{"a":[1,"x"]}'),
        ({"a": ["{{ number }}", "{{ number }}!"]}, b'{"a":[7,"7!"]}'),
        ("{{ choice(['a', 'a']) }}", b'"a"'),
        ("{{ randint(-3, -3) }}", b"-3"),
        ("{{ randint(number, 7) }}", b"7"),
        ("{{ randint(a=2, b=2) }}", b"2"),
        ("{{ range(3) | list }}", b"[0,1,2]"),
    ],
)
def test_a_body_is_sent_as_json(profile_with: Callable[..., Profile], json: Any, sent: bytes) -> None:
    payloads = Payloads(profile_with(job=[{"kind": "k"} if json is None else {"kind": "k", "json": json}]))
    for _ in range(2):
        assert payloads.encoded("k", 7, random.Random(1)) == sent


def test_names_that_are_none_are_errors_wherever_they_stand(body_of: Callable[..., Any]) -> None:
    for template in ("{{ nobody }}", "{{ nobody(1) }}", "x {{ nobody }}"):
        with pytest.raises(UserError, match="job k: json: 'nobody' is undefined"):
            body_of(template)
    with pytest.raises(UserError, match="job k: json: .*not callable"):
        body_of("{{ number(1) }}")


def test_random_values_are_seeded(body_of: Callable[..., Any]) -> None:
    template = ["{{ randint(1, 1000) }}", "{{ uniform(0, 1) }}", "{{ choice([1, 2, 3, 4]) }}", "{{ uuid() }}"]
    first = body_of(template, seed=1)
    assert first == body_of(template, seed=1)
    assert first != body_of(template, seed=2)
    assert 1 <= first[0] <= 1000 and 0 <= first[1] < 1 and first[2] in (1, 2, 3, 4)
    assert uuid.UUID(first[3]).version == 4


def test_kinds_draw_from_one_stream_in_turn(profile_with: Callable[..., Profile]) -> None:
    payloads, rng = Payloads(profile_with()), random.Random(3)
    drawn = [payloads.body("sum", number, rng)["list"][1] for number in range(200)]
    assert set(drawn) == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "text {{ ''.__class__ }}",
        "{{ [''.__class__] }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        "{{ ''|attr('__class__') }}",
        "{{ randint.__self__ }}",
        "{{ choice.__func__.__globals__ }}",
        "{{ uuid.__globals__ }}",
        "{{ range(999999999) | list }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
    ],
)
def test_the_sandbox_holds(body_of: Callable[..., Any], template: str) -> None:
    with pytest.raises(UserError, match=r"^test.toml: job k: json: \S"):
        body_of(template)


def test_secrets_come_from_the_environment() -> None:
    assert expand_secrets("Bearer ${TOKEN}!", {"TOKEN": "abc"}, "api") == "Bearer abc!"
    assert expand_secrets("$TOKEN {TOKEN} ${}", {"TOKEN": "abc"}, "api") == "$TOKEN {TOKEN} ${}"
    with pytest.raises(UserError) as caught:
        expand_secrets("Bearer ${TOKEN}", {"TOKE": "abc"}, "api.headers.Authorization")
    assert str(caught.value) == ("api.headers.Authorization: the environment has no TOKEN; set it, as in TOKEN=… stepload run …")


def test_an_expanded_secret_is_not_expanded_again() -> None:
    assert expand_secrets("${A}", {"A": "${B}", "B": "x"}, "api") == "${B}"


def test_secret_names_are_found_everywhere() -> None:
    document = {"a": "${ONE}", "b": [{"c": "x${TWO}y${ONE}"}, 3], "d": ("${THREE}", None)}
    assert secret_names(document) == {"ONE", "TWO", "THREE"}
    assert secret_names({}) == secret_names(5) == set()
