"""A report makes the claims of what it judged, and names every constant that was overridden."""

from dataclasses import replace

from report.analysis.run import Analysis
from report.chapters.trust import method
from report.document.block import Facts
from report.document.table import Table


def told(analysis: Analysis) -> set[str]:
    (claims,) = (block for block in method.chapter(analysis).blocks if isinstance(block, Facts))
    return {title for title, _ in claims.facts}


def test_claims_follow_what_was_judged(breaks: Analysis) -> None:
    assert {"Steps", "Bottleneck", "Stop rules", "The unloaded service", "Percentiles"} <= told(breaks)
    assert not {"Recovery", "Leaks", "Batches and tenants"} & told(breaks)
    assert "The unloaded service" not in told(replace(breaks, baseline=None))


def test_an_overridden_constant_is_marked(breaks: Analysis) -> None:
    changed = breaks.run.profile.method.model_copy(update={"leak_min": 1234.0})
    run = replace(breaks.run, profile=breaks.run.profile.model_copy(update={"method": changed}))
    (table,) = (block for block in method.chapter(replace(breaks, run=run)).blocks if isinstance(block, Table))
    marked = [row[0].text for row, mark in zip(table.rows, table.marks, strict=True) if mark]
    assert "method.leak_min" in marked
    (before,) = (block for block in method.chapter(breaks).blocks if isinstance(block, Table))
    assert "method.leak_min" not in [row[0].text for row in before.rows]
