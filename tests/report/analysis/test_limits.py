"""The profile's own limits: pass, warn, fail, or not measured and why."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from profiles.conditions import Names, parse_condition
from profiles.read import FOLDER
from report.analysis.holds import completions
from report.analysis.limits import JudgedLimit, Judgement, too_few
from report.analysis.run import Analysis, analyse
from report.compose import compose
from report.document.finding import Finding
from report.findings.answers import answers
from report.findings.operating_points import with_kept_limits
from report.measure import Window
from report.recording.run import read_run
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate

LIMITS = {
    "p95(status) < 200ms": "pass",
    "p50(submit) < 1ms": "fail",
    "max(processing) < 410ms": "warn",
    "completed_rate > 1/s": "pass",
    "completed_rate > 7/s": "pass",
    "completed_rate > 9.5/s": "warn",
    "completed_rate < 7.6/s": "warn",
    "error_rate(job) <= 0%": "pass",
    "p99.99(status) < 1s": "not measured",
    "cpu(target) < 90%": "pass",
    "cpu(service) < 0.1": "fail",
    "lag(generator) < 100ms": "pass",
    "growth(job) < 50": "pass",
    "threads(service) < 12.5": "warn",
    "p95(job{kind=factorial}) < 60s": "pass",
    "max(lag(generator)) < 100ms": "pass",
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = tmp_path_factory.mktemp("limits")
    profile = folder / "limits.toml"
    limits = "".join(f'\n[[limit]]\nthat = "{text}"\n' for text in LIMITS)
    profile.write_text((FOLDER / "stepping.toml").read_text() + limits)
    overrides = ["load.hold=120s", *STEPS, "load.until=50"]
    return analyse(read_run(simulate(folder / "run", overrides, Service(), profile=profile)))


@pytest.mark.parametrize("text", LIMITS)
def test_judgement(judged: Analysis, text: str) -> None:
    limit = next(limit for limit in judged.limits if limit.text == text)
    assert limit.judgement == LIMITS[text], f"measured {limit.measured}"
    assert bool(limit.reason) == (limit.judgement == "not measured")


def test_what_the_sample_cant_carry_is_refused_in_words(judged: Analysis) -> None:
    reason = next(limit.reason for limit in judged.limits if limit.text == "p99.99(status) < 1s")
    assert reason.startswith("p99.99 needs 100,000 of them, there were ")


def test_an_increase_over_too_short_a_time_says_how_many_samples_it_takes() -> None:
    names = Names(endpoints=(), kinds=(), tenants=(), hosts=(), processes=("service",))
    increase = parse_condition("increase(rss(service)) < 500 MB", names)
    reasons = [too_few(increase, Window(0.0, 9.0, {}, {}, {("service", "rss"): np.arange(samples)})) for samples in (0, 8, 10)]
    assert reasons == ["", "an increase takes 10 samples, there were 8", ""]


def test_failed_limits_are_told_on_page_1(judged: Analysis) -> None:
    said = answers(judged)[3].sentence
    assert "13 of 16 limits were met (4 by a narrow margin); " in said
    assert "missed: p50(submit) < 1ms (measured 3.96 ms) and cpu(service) < 0.1 (150 %); " in said
    assert said.endswith("not measured for lack of samples: p99.99(status) < 1s.")


def limit(judgement: Judgement, text: str = "p95(job) < 1s", few: bool = False) -> JudgedLimit:
    measured = math.nan if judgement == "not measured" else 1.2
    return JudgedLimit(text, "p95", "seconds", 1.0, measured, judgement, "there was none" * (judgement == "not measured"), few)


def told(judged: Analysis, *limits: JudgedLimit) -> str:
    return with_kept_limits(Finding(level="good", subject="Limits", sentence=""), replace(judged, limits=limits)).sentence


def test_of_many_limits_page_1_names_the_first_and_counts_the_others(judged: Analysis) -> None:
    missed = [limit("fail", f"p{i}(job) < 1s") for i in range(50, 55)]
    unknown = [limit("not measured", f"p{i}(queue) < 1s", few=True) for i in range(50, 54)]
    said = told(judged, *[limit("pass")] * 11, *missed, *unknown)
    assert said == (
        "Over all sustained steps, 11 of 20 limits were met; missed: p50(job) < 1s (measured 1.20 s), p51(job) < 1s (1.20 s), "
        "p52(job) < 1s (1.20 s) and 2 more; not measured for lack of samples: p50(queue) < 1s, p51(queue) < 1s, "
        "p52(queue) < 1s and 1 more. See Limits for all."
    )


def test_a_long_limit_is_clipped_on_page_1(judged: Analysis) -> None:
    text = f"p95(job{{tenant={'a' * 100}}}) < 1s"
    said = told(judged, limit("fail", text), limit("pass"))
    assert f"{text[:60]}" in said and text[:64] not in said and "…" in said


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ([limit("pass")], "The limit set in the profile was met."),
        ([limit("warn")], "The limit set in the profile was met by a narrow margin."),
        ([limit("fail")], "The limit set in the profile was missed: p95(job) < 1s (measured 1.20 s)."),
        ([limit("undecided")], "The limit set in the profile was undecided: p95(job) < 1s."),
        ([limit("not measured")], "The limit set in the profile could not be measured: there was none."),
        ([limit("pass"), limit("pass")], "All 2 limits set in the profile were met."),
        ([limit("pass"), limit("warn")], "All 2 limits set in the profile were met (1 by a narrow margin)."),
        (
            [limit("fail"), limit("undecided")],
            "Over all sustained steps, none of 2 limits was met; missed: p95(job) < 1s (measured 1.20 s); undecided: p95(job) < 1s.",
        ),
        ([limit("pass"), limit("undecided")], "Over all sustained steps, 1 of 2 limits was met; undecided: p95(job) < 1s."),
    ],
)
def test_how_limits_were_kept_in_words(judged: Analysis, limits: list[JudgedLimit], said: str) -> None:
    assert told(judged, *limits) == said


def test_no_step_kept_up(tmp_path: Path) -> None:
    profile = tmp_path / "limits.toml"
    profile.write_text((FOLDER / "stepping.toml").read_text() + '\n[[limit]]\nthat = "p95(status) < 1s"\n')
    run = read_run(simulate(tmp_path / "run", ["load.hold=30s", *STEPS], Service(servers=1), profile=profile))
    (limit,) = analyse(run).limits
    assert (limit.judgement, limit.reason) == ("not measured", "no step was sustained")


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


def test_a_duration_is_written_in_the_unit_of_what_was_measured() -> None:
    written = {
        "p95(job) < 3m": 180,
        "max(job) <= 0.5s": 0.5,
        "p95(job) < 2s": 2,
        "p50(job) < 1500 ms": 1.5,
        "mean(job) < 2h": 7200,
    }
    shown = [JudgedLimit(text, text[:3], "seconds", value, 1.0, "pass").shown for text, value in written.items()]
    assert shown == ["p95(job) < 180 s", "max(job) <= 500 ms", "p95(job) < 2s", "p50(job) < 1.5 s", "mean(job) < 7,200 s"]
    assert JudgedLimit("rss(service) < 500 MB", "rss", "bytes", 5e8, 1.0, "pass").shown == "rss(service) < 500 MB"


def test_that_no_step_was_sustained_is_said_once(tmp_path: Path) -> None:
    load = "load={shape='step', start=20, step=20, until=40, hold='60s'}"
    limits = "limit=[{that='error_rate(job) < 1%'}, {that='p95(submit) < 1m'}]"
    run = read_run(simulate(tmp_path / "failing", [load, limits], Service(fail_share=1.0), stops=False))
    (found,) = (answer for answer in compose(run).answers if answer.subject == "Limits")
    assert found.sentence.endswith(
        "Capacity under the limits: not known, no step was sustained; step 1 (20 clients) missed error_rate(job) < 1%."
    )
    assert found.numbers["limits_not_measured"] == 2
