"""How jobs ended, and what stands in place of special cases where there are none."""

from dataclasses import replace

from report.analysis.run import Analysis
from report.chapters.evidence import outcomes, special_cases
from report.document.block import Text
from report.document.table import Table


def test_every_outcome_of_the_run_has_its_row(breaks: Analysis) -> None:
    (table,) = (b for b in outcomes.chapter(breaks).blocks if isinstance(b, Table) and b.title.startswith("Jobs by outcome"))
    counted = {row[0].text: row[2].value for row in table.rows}
    told = {name.replace("_", " "): count for name, count in breaks.run.jobs["outcome"].value_counts().items()}
    assert {name: count for name, count in counted.items() if count} == told
    assert sum(row[3].value or 0 for row in table.rows) == 1.0


def test_that_nothing_was_special_is_said_where_there_is_no_such_chapter(breaks: Analysis) -> None:
    calm = replace(breaks, steps=breaks.steps[:1], checks=(), run=replace(breaks.run, events=[]))
    nothing = Text(text=outcomes.NOTHING_SPECIAL)
    for analysis in (calm, breaks):
        special = special_cases.chapter(analysis)
        assert (nothing in outcomes.chapter(analysis).blocks) is (special is None)
    assert special_cases.chapter(calm) is None
