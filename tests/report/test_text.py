"""Numbers as text."""

import pytest

from report.text import between, count_of, moment, quantity, seconds, share, span, unit_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (seconds(0.00312), "3.12 ms"),
        (seconds(0.9996), "1.00 s"),
        (seconds(12.34), "12.3 s"),
        (seconds(None), "–"),
        (seconds(float("nan")), "–"),
        (share(0), "0 %"),
        (share(0.00001), "< 0.01 %"),
        (share(0.0123), "1.2 %"),
        (share(0.99999), "> 99.9 %"),
        (share(1), "100 %"),
        (share(0.7), "70 %"),
        (quantity(80_300_000, "bytes"), "80.3 MB"),
        (quantity(1234, "number"), "1,234"),
        (moment(65), "1:05"),
        (moment(3725), "1:02:05"),
        (span(0.25), "250 ms"),
        (span(600), "10 min"),
        (span(7500), "2 h 5 min"),
        (seconds(-0.0435), "−43.5 ms"),
        (share(-0.02), "−2 %"),
        (quantity(0.0004, "number"), "< 0.001"),
        (quantity(-0.0004, "number"), "> −0.001"),
        (quantity(-1e-12, "number"), "0"),
        (between(0.691, 0.857, "seconds"), "691 to 857 ms"),
        (between(0.5, 1.21, "seconds"), "0.500 to 1.21 s"),
        (between(9.273, 10.526, "rate"), "9.27 to 10.5"),
        (between(None, float("nan"), "rate"), "–"),
        (count_of(1, "job"), "1 job"),
        (count_of(1204, "job"), "1,204 jobs"),
    ],
)
def test_one_number(text: str, expected: str) -> None:
    assert text == expected


def test_a_table_has_one_unit() -> None:
    unit = unit_of([0.003, 0.5, None], "seconds")
    assert [unit.text(value) for value in (0.003, 0.5, None)] == ["3.00", "500", "–"]
    assert unit_of([0.2, 31.0], "seconds").with_symbol(0.2) == "0.200 s"
