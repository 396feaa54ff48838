"""Leaks in a report: found, with their rate and what is left; none where there are none; refused where they can't show."""

from pathlib import Path

import numpy as np
import pytest

from report.analysis import Analysis, analyse
from report.compose import compose
from report.leaks import Crept
from report.runfolder import read_run
from report.stats_leaks import count_falls, holm, theil_sen, trend_p
from tests.simulate import Service, simulate

ENDURANCE = ["load.clients=6", "load.hold=10m", "load.ramp=5s"]
MINUTES = ["method.leak_min=8m"]


def endured(folder: Path, *overrides: str, leak: float = 0.0) -> Path:
    return simulate(folder, [*ENDURANCE, *overrides], Service(leaked_fds=leak), profile="smoke", stops=False)


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return endured(tmp_path_factory.mktemp("leaks") / "leaking", *MINUTES, leak=0.1)


def files_of(analysis: Analysis) -> Crept:
    assert analysis.leaks
    return next(crept for crept in analysis.leaks.all if crept.watched.metric == "fds")


def test_a_leak_its_rate_and_what_is_left(leaking: Path) -> None:
    run = read_run(leaking)
    crept = files_of(analyse(run))
    assert crept.trend.verdict == "leak" and crept.exhaustion
    assert crept.per_job == pytest.approx(0.1, rel=0.05)
    rate = 0.1 * 6
    assert crept.exhaustion.limit == 1024
    assert crept.exhaustion.expected == pytest.approx((1024 - 30 - rate * 605) / rate, rel=0.05)
    assert crept.exhaustion.soonest <= crept.exhaustion.expected <= crept.exhaustion.latest
    report = compose(run)
    (found,) = (answer for answer in report.answers if answer.subject == "Leaks")
    assert found.level == "bad" and "meets its limit of 1,024" in found.sentence
    assert [chart.name for chart in report.charts if chart.name == "leaks"]


def test_no_leak_no_finding(tmp_path: Path) -> None:
    report = compose(read_run(endured(tmp_path / "sound", *MINUTES)))
    (found,) = (answer for answer in report.answers if answer.subject == "Leaks")
    assert found.level == "good" and found.sentence.startswith("None found: in 10 min under constant load none of ")


def test_too_short_a_hold_is_refused(tmp_path: Path) -> None:
    report = compose(read_run(endured(tmp_path / "short", leak=1.0)))
    assert not [answer for answer in report.answers if answer.subject == "Leaks"]
    (chapter,) = (section for section in report.sections if section.id == "leaks")
    assert "the longest step was held for 10 min" in chapter.blocks[0].text and "2 h" in chapter.blocks[0].text


def test_trend_against_scipy() -> None:
    from scipy.stats import kendalltau, theilslopes

    rng = np.random.default_rng(1)
    x = np.arange(30.0)
    noise = rng.normal(size=30)
    exact = kendalltau(x, noise, method="asymptotic").pvalue
    assert trend_p(noise) == pytest.approx(exact, abs=0.03)
    slope, low, high = theil_sen(x, x + noise, 0.95)
    expected = theilslopes(x + noise, x)
    assert slope == pytest.approx(expected.slope)
    assert (low, high) == pytest.approx((expected.low_slope, expected.high_slope), abs=0.01)


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03, float("nan")])[:3] == pytest.approx([0.03, 0.06, 0.06])


def test_waves_are_counted_and_noise_is_none() -> None:
    saw = np.tile(np.linspace(0, 1, 9), 5)
    assert count_falls(saw, 0.1) == 4
    assert count_falls(saw, 2.0) == 0
    assert count_falls(np.random.default_rng(2).normal(size=45), 0.1) == 0
    assert count_falls(np.arange(45.0), 0.1) == 0
    assert count_falls(np.zeros(45), 0.1) == 0
