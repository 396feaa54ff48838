"""How limits were kept, in words."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from profiles.conditions import Names, parse_condition
from report.analysis.limits import Doubt, JudgedLimit, Judgement, TooFew
from report.analysis.run import Analysis
from report.compose import compose
from report.document.finding import Finding
from report.findings.capacity.breaking import limits as limits_of
from report.findings.capacity.limits import limit_text, with_kept_limits
from report.recording.run import read_run
from tests.simulate import Service, simulate

NAMES = Names(endpoints=("status",), kinds=(), tenants=("a" * 100,), hosts=(), processes=("service",))


def test_failed_limits_are_told_on_page_1(judged: Analysis) -> None:
    said = next(limits_of(judged)).sentence
    assert "13 of 16 limits were met (4 by a narrow margin); " in said
    assert "missed: p50(submit) < 1ms (measured 3.96 ms) and cpu(service) < 0.1 (150 %); " in said
    assert said.endswith("not measured for lack of samples: p99.99(status) < 1s.")


def limit(judgement: Judgement, text: str = "p95(job) < 1s", few: bool = False) -> JudgedLimit:
    measured = math.nan if judgement == "not measured" else 1.2
    doubt: Doubt | None = (TooFew(1, 200) if few else "no rows") if judgement == "not measured" else None
    return JudgedLimit(parse_condition(text, NAMES), measured, judgement, doubt)


def told(judged: Analysis, *limits: JudgedLimit) -> str:
    return with_kept_limits(Finding(level="good", subject="Limits", sentence=""), replace(judged, limits=limits)).sentence


def test_of_many_limits_page_1_names_the_first_and_counts_the_others(judged: Analysis) -> None:
    missed = [limit("fail", f"{p}(job) < 1s") for p in ("p50", "p75", "p90", "p95", "p99")]
    unknown = [limit("not measured", f"{p}(queue) < 1s", few=True) for p in ("p50", "p75", "p90", "p95")]
    said = told(judged, *[limit("pass")] * 11, *missed, *unknown)
    assert said == (
        "Over all sustained steps, 11 of 20 limits were met; missed: p50(job) < 1s (measured 1.20 s), p75(job) < 1s (1.20 s), "
        "p90(job) < 1s (1.20 s) and 2 more; not measured for lack of samples: p50(queue) < 1s, p75(queue) < 1s, "
        "p90(queue) < 1s and 1 more. See Limits for all."
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
        ([limit("not measured")], "The limit set in the profile could not be measured: there was no p95 of job to judge."),
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


def test_a_duration_is_written_in_the_unit_of_what_was_measured() -> None:
    written = ("p95(job) < 3m", "max(job) <= 0.5s", "p95(job) < 2s", "p50(job) < 1500 ms", "mean(job) < 2h")
    shown = [limit_text(limit("pass", text)) for text in written]
    assert shown == ["p95(job) < 180 s", "max(job) <= 500 ms", "p95(job) < 2s", "p50(job) < 1.5 s", "mean(job) < 7,200 s"]
    assert limit_text(limit("pass", "rss(service) < 500 MB")) == "rss(service) < 500 MB"


def test_that_no_step_was_sustained_is_said_once(tmp_path: Path) -> None:
    load = "load={shape='step', start=20, step=20, until=40, hold='60s'}"
    limits = "limit=[{that='error_rate(job) < 1%'}, {that='p95(submit) < 1m'}]"
    run = read_run(simulate(tmp_path / "failing", [load, limits], Service(fail_share=1.0), stops=False))
    (found,) = (answer for answer in compose(run).answers if answer.subject == "Limits")
    assert found.sentence.endswith(
        "Within the limits: not known, no step was sustained; step 1 (20 clients) missed error_rate(job) < 1%."
    )
    assert found.numbers["limits_not_measured"] == 2
