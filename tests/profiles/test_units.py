"""Durations and quantities as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.units import duration_text, parse_duration, parse_quantity


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("10s", 10), ("1.5s", 1.5), ("5m", 300), ("2h", 7200), ("1h30m", 5400), ("1d", 86400), (" 3s ", 3)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "10", "s", "-1s", "1 s", "1s 2m", "1e3s", "1S", "10sec", "1.s", "NaNs", "1s;"])
def test_not_durations(text: str) -> None:
    with pytest.raises(ValueError, match='is not a duration like "500ms", "10s", "5m", "2h"'):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(600, "10m"), (0.25, "250ms"), (90, "90s"), (7200, "2h"), (0, "0s"), (1.5, "1.5s"), (1_000_003, "1000003s"),
     (0.0005, "0.5ms"), (3_600_000_000 / 1000, "1000h"), (123.456789, "123.456789s")],
)  # fmt: skip
def test_duration_texts(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@given(st.integers(0, 10**14))
def test_a_duration_survives_being_written(microseconds: int) -> None:
    seconds = microseconds / 1e6
    assert parse_duration(duration_text(seconds)) == pytest.approx(seconds, rel=1e-12, abs=1e-9)


@given(st.text())
def test_parsing_refuses_with_a_value_error_alone(text: str) -> None:
    for parse in (parse_duration, parse_quantity):
        try:
            parse(text)
        except ValueError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("200ms", 0.2, "seconds"),
        ("2 m", 120, "seconds"),
        ("2 MB", 2e6, "bytes"),
        ("2MiB", 2 * 1024**2, "bytes"),
        ("2 KB/s", 2000, "bytes"),
        ("80 %", 0.8, "share"),
        ("0.5%", 0.005, "share"),
        ("5/s", 5, "rate"),
        ("3.0", 3, "number"),
        ("-3", -3, "number"),
    ],
)
def test_quantities(text: str, value: float, dimension: str) -> None:
    parsed, found = parse_quantity(text)
    assert (parsed, found) == (pytest.approx(value), dimension)


@pytest.mark.parametrize("text", ["", "x", "1 2", "5 mb", "5 %/s", "1,000", "5 / s", "1e3", ".5"])
def test_not_quantities(text: str) -> None:
    with pytest.raises(ValueError, match="is not a (number with a )?unit"):
        parse_quantity(text)
