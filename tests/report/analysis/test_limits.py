"""The profile's own limits: pass, warn, fail, or not measured and why."""

from pathlib import Path

import numpy as np
import pytest

from profiles.conditions import Names, parse_condition
from profiles.read import FOLDER
from report.analysis.holds import completions
from report.analysis.limits import TooFew, too_few
from report.analysis.run import Analysis, analyse
from report.findings.limits import doubt_text, few_text
from report.measure import Window
from report.recording.run import read_run
from tests.report.conftest import LIMITS, STEPS
from tests.simulate import Service, simulate


@pytest.mark.parametrize("text", LIMITS)
def test_judgement(judged: Analysis, text: str) -> None:
    limit = next(limit for limit in judged.limits if limit.text == text)
    assert limit.judgement == LIMITS[text], f"measured {limit.measured}"
    assert (limit.doubt is not None) == (limit.judgement == "not measured")


def test_what_the_sample_cant_carry_is_refused_in_words(judged: Analysis) -> None:
    limit = next(limit for limit in judged.limits if limit.text == "p99.99(status) < 1s")
    assert doubt_text(limit).startswith("p99.99 needs 100,000 of them, there were ")


def test_an_increase_over_too_short_a_time_says_how_many_samples_it_takes() -> None:
    names = Names(endpoints=(), kinds=(), tenants=(), hosts=(), processes=("service",))
    increase = parse_condition("increase(rss(service)) < 500 MB", names)
    windows = [Window(0.0, 9.0, {}, {}, {("service", "rss"): np.arange(samples)}) for samples in (0, 8, 10)]
    assert [too_few(increase, window) for window in windows] == [None, TooFew(8, 10), None]
    assert few_text(increase, TooFew(8, 10)) == "an increase takes 10 samples, there were 8"


def test_no_step_kept_up(tmp_path: Path) -> None:
    profile = tmp_path / "limits.toml"
    profile.write_text((FOLDER / "stepping.toml").read_text() + '\n[[limit]]\nthat = "p95(status) < 1s"\n')
    run = read_run(simulate(tmp_path / "run", ["load.hold=30s", *STEPS], Service(servers=1), profile=profile))
    (limit,) = analyse(run).limits
    assert (limit.judgement, limit.doubt) == ("not measured", "no step was sustained")


def test_rates_and_flow_count_what_ended_in_the_hold(tmp_path: Path) -> None:
    """A service that does 12 jobs/s is offered 20 and does the rest in a long drain: that must save no limit."""
    profile = tmp_path / "limits.toml"
    limits = ("completed_rate > 15/s", "rate(job) > 15/s", "growth(job) < 50", "in_flight(job) < 100")
    text = "".join(f'\n[[limit]]\nthat = "{limit}"\n' for limit in limits)
    profile.write_text((FOLDER / "spike.toml").read_text() + text)
    overrides = ["load.levels=[10, 100]", "load.hold=60s", "load.ramp=5s", "load.drain=120s", "clients.submit_every=5s"]
    run = read_run(simulate(tmp_path / "run", overrides, Service(), profile=profile, stops=False))
    analysis = analyse(run)
    by_text = {limit.text: limit for limit in analysis.limits}
    rate, _, growth, in_flight = (by_text[limit] for limit in limits)
    calm, busy = analysis.steps
    assert {limit.judgement for limit in (rate, growth, in_flight)} == {"fail"}
    seconds = [step.seconds for step in (calm, busy)]
    ended = completions(run.jobs)
    done = sum(
        np.count_nonzero((start <= ended) & (ended < end)) for step in (calm, busy) for start, end in [step.hold or (0, 0)]
    )
    assert rate.measured == pytest.approx(done / sum(seconds))
    assert growth.measured == busy.in_flight_end - busy.in_flight_start
    assert in_flight.measured == busy.in_flight_end
