"""Where a value of x is drawn, and what the axes count in."""

import math

import pytest

from report.document.chart import Chart, Mark, Panel, Series
from report.render.figure.scale import ScaleX, scale_of
from report.render.svg import draw


def chart_of(points: int, panels: int = 1) -> Chart:
    line = Series(label="a", role="all", x=tuple(map(float, range(points))), y=tuple(map(float, range(points))))
    panel = Panel(title="requests/s", dimension="rate", series=(line,))
    return Chart(name="a", title="", caption="", x_title="", panels=(panel,) * panels, marks=(Mark(x=1.0, text="a"),))


def test_how_often_points_are_gone_through_does_not_grow_with_them() -> None:
    """A figure that asked its scale for each point anew took minutes for a day of them."""
    asked: list[int] = []

    class Counted(Series):
        """A line that notes each time somebody goes through all of its x."""

        def __getattribute__(self, name: str) -> object:
            if name == "x":
                asked.append(1)
            return super().__getattribute__(name)

    def drawn(points: int) -> int:
        chart = chart_of(points, panels=2)
        counted = tuple(
            panel.model_copy(update={"series": tuple(Counted(**line.model_dump()) for line in panel.series)})
            for panel in chart.panels
        )
        asked.clear()
        draw(chart.model_copy(update={"panels": counted}))
        return len(asked)

    few = drawn(10)
    assert few == drawn(1000) and 0 < few <= 12


def test_a_chart_is_asked_for_its_scale_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ScaleX] = []

    def counted(chart: Chart) -> ScaleX:
        made.append(scale_of(chart))
        return made[-1]

    monkeypatch.setattr("report.render.svg.scale_of", counted)
    draw(chart_of(500, panels=3))
    assert len(made) == 1


@pytest.mark.parametrize(("last", "in_minutes"), [(300.0, False), (300.5, True)])
def test_long_figures_count_in_minutes(last: float, in_minutes: bool) -> None:
    line = Series(label="a", role="all", x=(0.0, last), y=(1.0, 1.0))
    chart = chart_of(2).model_copy(update={"panels": (Panel(title="", dimension="rate", series=(line,)),)})
    assert scale_of(chart).in_minutes is in_minutes
    assert scale_of(chart).place(last) == pytest.approx(last / 60 if in_minutes else last)


def test_a_mark_may_lie_beyond_the_last_point() -> None:
    found = scale_of(chart_of(5).model_copy(update={"marks": (Mark(x=900.0, text=""),)}))
    assert found.last == 900 and not found.in_minutes


def test_nothing_drawn_has_no_last_value() -> None:
    empty = chart_of(0).model_copy(update={"marks": ()})
    assert scale_of(empty).last is None and scale_of(empty).last_or(1.0) == 1.0
    assert draw(empty).endswith("</svg>\n")


def test_percentiles_stand_by_the_share_beyond_them() -> None:
    x = ScaleX("percentile", 0.999, in_minutes=False)
    assert [x.place(p) for p in (0.0, 0.9, 0.99)] == pytest.approx([0.0, 1.0, 2.0])
    assert math.isfinite(x.place(0.9999))
