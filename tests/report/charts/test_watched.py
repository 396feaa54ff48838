"""The figure of what others told: queue depths and the like, over time and aligned with the load."""

import shutil
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from report.analysis.run import Analysis, analyse
from report.charts.watched import ABSURD, MOST, watched
from report.compose import compose
from report.document.block import Section
from report.document.chart import Chart
from report.recording.run import read_run
from report.render.html import render_html
from report.render.pdf import render_pdf
from report.render.svg import draw
from tests.altering import tell
from tests.report.conftest import squeeze

Told = dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]
T = np.arange(0.3, 245.0, 1.0)
UP = np.where(T > 180, T - 180, 2.0)
LONG = "a_metric_with_a_name_longer_than_any_panel_has_room_for_above_or_beside_it"


@pytest.fixture
def drawn(breaks_folder: Path, tmp_path: Path):
    """What is drawn of a run in which so much was told."""

    def draw_of(told: Told) -> Chart | None:
        run = read_run(tell(Path(shutil.copytree(breaks_folder, tmp_path / "told")), told))
        return watched(analyse(run))

    return draw_of


def test_a_queue_is_drawn_under_the_load_and_in_its_steps(drawn, breaks_folder: Path) -> None:
    chart = drawn({("broker", "queue_depth"): (T, UP)})
    assert [panel.title for panel in chart.panels] == ["clients", "queue depth of broker"]
    assert len(chart.bands) == len(compose(read_run(breaks_folder)).hero.bands) > 2
    (line,) = chart.panels[1].series
    assert None not in line.y and max(line.y) == pytest.approx(UP.max(), abs=2)
    at_180 = [y for x, y in zip(line.x, line.y, strict=True) if x < 179]
    assert set(at_180) == {2.0}
    assert "means of 2 s." in chart.caption and "tables alone" not in chart.caption and "Not drawn" not in chart.caption


def test_nothing_told_or_nothing_changed_is_no_figure(drawn, breaks: Analysis) -> None:
    assert watched(breaks) is None
    assert drawn({("broker", "flat"): (T, np.full_like(T, 7)), ("broker", "none"): (T, np.full_like(T, np.nan))}) is None


def test_the_first_are_drawn_and_the_others_named(drawn) -> None:
    told: Told = {("broker", f"metric_{i}"): (T, UP + i) for i in range(MOST + 2)}
    told |= {("db", "flat"): (T, np.full_like(T, 7)), ("db", "hardly"): (T, 1000 + UP / 10), ("db", "once"): (T[:1], UP[:1])}
    chart = drawn(told)
    assert [panel.title for panel in chart.panels[1:]] == [f"metric {i} of broker" for i in range(MOST)]
    assert (
        f"first {MOST} in the order of the profile; in the tables alone: metric 6 of broker and metric 7 of broker."
        in chart.caption
    )
    assert "less than 1 %: flat of db, hardly of db and once of db." in chart.caption


def test_many_that_are_not_drawn_are_counted(drawn) -> None:
    chart = drawn({("broker", f"metric_{i}"): (T, UP + i) for i in range(40)})
    assert chart.caption.endswith(f"metric {2 * MOST - 1} of broker and {40 - 2 * MOST} more.")


def test_what_comes_seldom_is_a_line_and_a_gap_is_a_gap(drawn) -> None:
    silent = (T < 60) | (T > 120)
    chart = drawn({("db", "slow"): (T[::7], UP[::7]), ("db", "silent"): (T[silent], UP[silent])})
    slow, silent_line = (panel.series[0] for panel in chart.panels[1:])
    assert None not in slow.y and len(slow.y) > 10
    gap = [x for x, y in zip(silent_line.x, silent_line.y, strict=True) if y is None]
    assert min(gap) > 60 and max(gap) < 120 and len(gap) > 25


def test_what_is_no_number_leaves_a_gap(drawn) -> None:
    values = UP.copy()
    values[20:30], values[40:50], values[60:70] = np.nan, np.inf, ABSURD
    chart = drawn({("db", "holes"): (T, values)})
    line = chart.panels[1].series[0]
    assert max(y for y in line.y if y is not None) < 100
    assert sum(y is None for y in line.y) >= 12


def test_long_names_and_numbers_stay_on_the_page(breaks_folder: Path, tmp_path: Path) -> None:
    source = "W" * 64
    told: Told = {
        (source, LONG): (T, UP * 1e9), ("m", "w" * 200): (T, UP), ("m", "below"): (T, 20 - UP), ("m", "tiny"): (T, UP / 1e7),
    }  # fmt: skip
    run = read_run(tell(Path(shutil.copytree(breaks_folder, tmp_path / "told")), told))
    report = compose(run)
    (section,) = (section for section in report.sections if section.id == "resources")
    chart = section.blocks[0]
    assert isinstance(chart, Chart) and chart.name == "watched" and chart.number
    svg = draw(chart)
    assert "×10⁹" in svg and f"{source[:35]}…" in svg and source[:36] not in svg
    short = report.model_copy(update={"sections": (Section(id="resources", title="Resources", blocks=section.blocks),)})
    with pypdfium2.PdfDocument(render_pdf(render_html(short, {each.name: draw(each) for each in report.charts}))) as pdf:
        text = squeeze("".join(page.get_textpage().get_text_bounded() for page in pdf))
        assert squeeze(chart.caption) in text and source in text
        for page in pdf:
            for found in page.get_objects():
                left, _, right, _ = found.get_bounds() if hasattr(found, "get_bounds") else found.get_pos()
                assert left > -1 and right < page.get_width() + 1


def test_what_is_below_zero_is_seen(drawn) -> None:
    chart = drawn({("db", "credit"): (T, 20 - UP)})
    assert min(chart.panels[1].series[0].y) < -20
    assert ">-25<" in draw(chart)


def test_names_are_text(drawn) -> None:
    """Watches have plain names; but a run folder may come from anywhere."""
    chart = drawn({("broker", "depth"): (T, UP)})
    panel = chart.panels[1].model_copy(update={"title": "<script>a</script> & $x^2$ of <b>"})
    svg = draw(chart.model_copy(update={"panels": (chart.panels[0], panel)}))
    assert "<script" not in svg and "&lt;script&gt;a&lt;/script&gt; &amp; $x^2$ of &lt;b&gt;" in svg
