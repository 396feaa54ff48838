"""What page 1 has room for, and which tables are narrow."""

import pytest

from report.document.finding import Finding
from report.document.model import Level
from report.document.table import Column, table, words
from report.render.layout import FIRST, SHORT_CELL, columns, first_findings, first_reasons, is_narrow


def found(level: Level, letters: int = 10) -> Finding:
    return Finding(level=level, subject="a", sentence="a" * letters)


def test_page_1_has_the_gravest_reasons_and_notes_only_without_them() -> None:
    notes = [found("note")] * 5
    assert first_reasons(notes) == (found("note"),) * FIRST
    assert first_reasons([found("bad"), *notes, found("warning")]) == (found("bad"), found("warning"))


def test_page_1_has_no_findings_that_are_mere_notes() -> None:
    assert first_findings([found("note"), found("good")]) == ()
    assert first_findings([found("bad")] * 5) == (found("bad"),) * FIRST


@pytest.mark.parametrize(
    ("lengths", "left"), [([100] * 4, 2), ([1000, 100, 100, 100], 1), ([100, 100, 100, 1000], 3), ([100], 1)]
)
def test_answers_stand_in_two_columns_about_as_high(lengths: list[int], left: int) -> None:
    answers = [found("good", letters) for letters in lengths]
    split = columns(answers)
    assert [answer for column in split for answer in column] == answers
    assert len(split[0]) == left


def test_no_answers_have_no_columns() -> None:
    assert columns([]) == ()


@pytest.mark.parametrize(("letters", "narrow"), [(SHORT_CELL - 1, True), (SHORT_CELL, False)])
def test_a_table_of_short_cells_is_narrow(letters: int, narrow: bool) -> None:
    assert is_narrow(table("a", (Column(title="a", words=True), words("a", "a" * letters)))) is narrow
