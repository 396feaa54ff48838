"""The page on inputs names every format and every meaning."""

from report.importers.logs.meanings import MEANINGS
from report.importers.registry import FORMATS
from tests.house.test_docs import DOCS, names, table

PAGE = (DOCS / "inputs.md").read_text(encoding="utf-8")


def test_every_format_is_described() -> None:
    rows = table(PAGE, "Formats")
    assert [(row[0].strip("`"), row[1]) for row in rows] == [(form.name, form.title) for form in FORMATS]


def test_every_meaning_of_a_column_is_described() -> None:
    assert names(table(PAGE, "--columns")) == list(MEANINGS)
