"""Draws a chart as SVG: vector, selectable text, the same bytes each time."""

import html
import io
import re

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from report.document.chart import Chart

from .figure.lines import draw_panel
from .figure.marks import draw_bands, draw_marks
from .figure.names import name_lines
from .figure.scale import scale_of, set_x, unit_of_panel
from .figure.style import LOW, PANEL, SHORT, STYLE, TALL, WIDTH


def draw(chart: Chart) -> str:
    """The chart as the text of an SVG file."""
    with mpl.rc_context(STYLE):
        figure, axes = _empty(chart)
        scale = scale_of(chart)
        set_x(axes, chart, scale)
        for i, (axis, panel) in enumerate(zip(axes, chart.panels, strict=True)):
            unit = unit_of_panel(panel)
            draw_panel(axis, panel, scale, unit)
            draw_bands(axis, chart, scale, labelled=i == 0)
            draw_marks(axis, chart, scale, labelled=i == 0)
            name_lines(axis, panel, chart, unit)
        return _text_of(figure, chart)


def _empty(chart: Chart) -> tuple[Figure, list[Axes]]:
    """A figure with one pair of axes a panel, and room above them for the labels of bands and marks."""
    low, tall = (PANEL, TALL) if len(chart.panels) < 3 else (LOW, SHORT)
    heights = [tall if panel.tall else low for panel in chart.panels]
    above = 0.26 + (0.12 if chart.bands else 0) + (0.13 if chart.marks else 0)
    height = sum(heights) + 0.28 * (len(heights) - 1) + 0.36 + above
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasSVG(figure)
    rows = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)
    figure.subplots_adjust(0.075, 0.36 / height, 0.87, 1 - above / height, hspace=0.28 * len(heights) / sum(heights))
    return figure, [row[0] for row in rows]


def _text_of(figure: Figure, chart: Chart) -> str:
    """The figure's SVG, fit to stand in a page among others.

    It has no XML header and no style sheet of its own; styles are attributes, so that a page's own styles stay whole;
    ids are made unique by the chart's name.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*|<defs>\s*<style.*?</defs>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r' style="([^"]*)"', _attributes, text)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{chart.name}-", text)
    label = html.escape(f"{chart.title}. {chart.caption}")
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" stroke-linejoin="round" ', 1)


def _attributes(style: re.Match[str]) -> str:
    pairs = [part.partition(":") for part in style[1].split(";") if part.strip()]
    return "".join(f' {name.strip()}="{_family(value.strip())}"' for name, _, value in pairs)


def _family(value: str) -> str:
    return "DejaVu Sans, Verdana, sans-serif" if value.startswith("'DejaVu Sans'") else value
