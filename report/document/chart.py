"""The data of a figure, without how it is drawn."""

from __future__ import annotations

from typing import Literal

from .model import Level, Model


class Series(Model):
    """One line, area or set of points of a chart. y is None where nothing was measured."""

    label: str
    role: str
    style: Literal["line", "area", "points", "dots", "dashed"] = "line"
    x: tuple[float, ...]
    y: tuple[float | None, ...]


class Panel(Model):
    """One pair of axes; `dimension` of y is seconds, bytes, share, rate or number."""

    title: str
    dimension: str
    series: tuple[Series, ...]
    log: bool = False
    tall: bool = False


class Band(Model):
    """A stretch of x that is shaded and labelled: a step of the load."""

    start: float
    end: float
    text: str
    level: Level


class Mark(Model):
    """A moment or a value of x to be marked."""

    x: float
    text: str


class Chart(Model):
    """A figure: panels that share x. x is time (s since the start), a percentile (0…1), or a plain number.

    `x_names`: what the numbers 1, 2, … stand for, where x counts things.
    """

    kind: Literal["chart"] = "chart"
    name: str
    number: int = 0
    title: str
    caption: str
    x_title: str
    x_scale: Literal["time", "percentile", "number"] = "time"
    x_names: tuple[str, ...] = ()
    panels: tuple[Panel, ...]
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()
