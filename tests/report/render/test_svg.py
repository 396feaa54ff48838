"""What a figure shows, read back from its SVG."""

import re

from report.document.chart import Chart, Mark, Panel, Series
from report.render.svg import draw


def test_a_mark_beyond_the_last_point_is_within_the_figure() -> None:
    """A step that was broken off before it was held has no point, but its load is marked."""
    line = Series(label="completed", role="completed", x=(2.0, 4.0), y=(2.0, 4.0), style="points")
    panel = Panel(title="jobs completed/s", dimension="rate", series=(line,))
    mark = Mark(x=6.0, text="breaking point")
    svg = draw(Chart(name="load", title="", caption="", x_title="", x_scale="number", panels=(panel,), marks=(mark,)))
    width, place = re.search(r'viewBox="0 0 ([\d.]+) ', svg), re.search(r' x="([\d.]+)"[^>]*>breaking point<', svg)
    assert width and place
    assert 0 < float(place[1]) < float(width[1])
