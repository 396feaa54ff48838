"""The list of chapters: each module is listed once, and says nothing where it has nothing to say."""

from importlib import import_module
from pathlib import Path

from report.analysis.run import Analysis
from report.chapters.registry import CHAPTERS, sections_of
from report.document.block import Section

ROOT = Path(__file__).resolve().parents[3]


def test_every_chapter_that_is_written_is_listed() -> None:
    files = sorted((ROOT / "report" / "chapters").rglob("*.py"))
    modules = [import_module(".".join(file.relative_to(ROOT).with_suffix("").parts)) for file in files]
    written = {module.chapter for module in modules if hasattr(module, "chapter")}
    assert len(written) > 20
    assert written == set(CHAPTERS) and len(CHAPTERS) == len(set(CHAPTERS))


def test_chapters_come_in_order_with_ids_of_their_own(breaks: Analysis) -> None:
    sections = list(sections_of(breaks))
    ids = [section.id for section in sections]
    assert len(set(ids)) == len(ids)
    assert ids[0] == "trust" and ids[-3:] == ["next", "method", "disclosure"]
    assert ids.index("goal") < ids.index("results") < ids.index("latency") < ids.index("outcomes")
    assert all(section.blocks for section in sections)


def test_a_chapter_with_nothing_to_say_is_left_out(breaks: Analysis) -> None:
    absent = [chapter.__module__.rpartition(".")[2] for chapter in CHAPTERS if chapter(breaks) is None]
    assert {"tenants", "actions", "recovery"} <= set(absent)
    assert all(isinstance(chapter(breaks), Section | None) for chapter in CHAPTERS)
