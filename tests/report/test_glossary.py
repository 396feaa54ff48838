"""One quantity, one name, one unit: what stands in the glossary."""

from report import glossary
from report.glossary import COMPLETED, GROWTH, JOB_TIME, STEADY, Quantity

ALL = [value for value in vars(glossary).values() if isinstance(value, Quantity)]


def test_no_two_quantities_share_a_name() -> None:
    assert len(ALL) >= 12 and len({each.name for each in ALL}) == len(ALL)
    assert all(each.meaning and each.dimension in ("seconds", "rate", "number") for each in ALL)
    assert all(each.unit.endswith("/s") for each in ALL if each.dimension == "rate")


def test_a_sentence_and_a_column_have_the_same_digits() -> None:
    column = COMPLETED.unit_in([4.9972, 9.9, 12.218])
    assert [column.text(value) for value in (4.9972, 9.9, 12.218)] == ["5.00", "9.90", "12.2"]
    assert STEADY.text(9.9) == "9.90 jobs/s" and COMPLETED.heading(column) == "jobs/s"
    times = JOB_TIME.unit_in([0.4047, 13.6])
    assert (times.text(0.4047), JOB_TIME.heading(times), JOB_TIME.text(13.6)) == ("0.405", "s", "13.6 s")


def test_counts() -> None:
    assert GROWTH.text(1234) == "1,234" and GROWTH.text(-3) == "−3"
