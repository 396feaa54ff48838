"""Comparing recorded runs: what is found, what is refused, and the documents."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from scipy.stats import ttest_ind

from profiles import UserError
from report.compare.comparison import Comparison, compare_folders
from report.compare.document import compose_comparison
from report.render.documents import write_documents
from report.stats.comparison import compare, detectable, runs, same_share
from report.stats.ratios import Side, welch
from tests.altering import rewrite_info
from tests.simulate import Service, simulate

LOAD = ["load.hold=32s", "load.clients=10", "method.settle=5s"]
RUNS = 3


def made(folder: Path, slower: float, seed: int, *overrides: str, fail: float = 0.0) -> Path:
    service = Service(seconds={"http-fetch": 0.25 * slower, "factorial": 0.05 * slower}, fail_share=fail)
    return simulate(folder, [*LOAD, *overrides], service, profile="smoke", seed=seed, stops=False)


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Three runs as they are, three more like them, three that are slower by two fifths."""
    base = tmp_path_factory.mktemp("compared")
    slower = {"before": 1.0, "same": 1.0, "slow": 1.4}
    return {
        name: [made(base / f"{name}-{i}", factor, 10 * number + i) for i in range(RUNS)]
        for number, (name, factor) in enumerate(slower.items())
    }


@pytest.fixture(scope="module")
def worse(sides: dict[str, list[Path]]) -> Comparison:
    return compare_folders(sides["before"], sides["slow"], False)


def verdicts(comparison: Comparison) -> dict[str, str]:
    return {metric.name: metric.difference.verdict for metric in comparison.metrics if metric.difference}


def test_a_slowdown_is_a_regression(worse: Comparison) -> None:
    assert worse.result == "REGRESSION" and not worse.single and worse.sustained
    assert verdicts(worse)["p95(job)"] == "regression"
    assert verdicts(worse)["completed_rate(job)"] == "equivalent"


def test_a_percentile_that_a_run_doesnt_carry_is_not_compared(worse: Comparison) -> None:
    """About 270 jobs a run: enough for p95, too few for p99."""
    (p95,), (p99,) = ([metric for metric in worse.metrics if metric.name == name] for name in ("p95(job)", "p99(job)"))
    assert p95.difference and not p95.refused
    assert p99.difference is None and np.isnan(p99.a).all() and np.isnan(p99.b).all()
    said = {answer.subject: answer.sentence for answer in compose_comparison(worse).answers}
    assert said.pop("Not compared").startswith("Too few samples: p99(job) (p99 needs 1,000 of them, there were 2")
    assert "p99" not in " ".join(said.values())


def test_equals_are_no_regression(sides: dict[str, list[Path]]) -> None:
    assert compare_folders(sides["before"], sides["same"], False).result in ("EQUIVALENT", "INCONCLUSIVE")


def test_one_against_one_is_indicative_and_may_be_an_improvement(sides: dict[str, list[Path]]) -> None:
    comparison = compare_folders(sides["slow"][:1], sides["before"][:1], False)
    assert comparison.single and comparison.result == "IMPROVEMENT"
    assert verdicts(comparison)["p95(job)"] == "improvement"
    assert compose_comparison(comparison).reasons[0].sentence.startswith("Indicative, single run")


def test_without_timestamps_on_a_side_both_end_when_the_client_saw_it(sides: dict[str, list[Path]], tmp_path: Path) -> None:
    """The service's times of the same jobs, told or not: told, they are 0.25 s; polled every 0.25 s, more."""
    silent = Service(seconds={"http-fetch": 0.25, "factorial": 0.05}, tells_times=False)
    untold = simulate(tmp_path / "untold", LOAD, silent, profile="smoke", seed=0, stops=False)
    mixed, told = compare_folders(sides["before"], [untold], False), compare_folders(sides["before"], sides["same"], False)
    assert not mixed.by_timestamps and told.by_timestamps
    polled = [run.values["p50(job)"] for run in (*mixed.a, *mixed.b)]
    known = [run.values["p50(job)"] for run in told.a]
    assert min(polled) > 1.2 * max(known) and max(polled) < 1.1 * min(polled)
    assert known == pytest.approx([0.252] * RUNS, abs=0.005)
    assert np.median(told.a[0].times) == pytest.approx(known[0])
    assert "reply that first saw it done" in str(compose_comparison(mixed).sections[-1])


def test_the_capacity_of_one_run_against_that_of_another(tmp_path: Path) -> None:
    """Steps of 3 to 21 jobs/s; three services that do 12, 12 and 9.6."""
    steps = [
        "load.start=15",
        "load.step=15",
        "load.until=105",
        "load.hold=30s",
        "load.ramp=1s",
        "load.drain=60s",
        "method.settle=5s",
    ]
    a, same, b = (
        simulate(
            tmp_path / f"{seed}", steps, Service(seconds=dict.fromkeys(("http-fetch", "factorial"), took)), seed=seed, stops=False
        )
        for seed, took in enumerate((1 / 3, 1 / 3, 1 / 2.4))
    )
    (found,) = (metric for metric in compare_folders([a], [b], False).metrics if metric.name == "capacity")
    assert found.difference is not None and found.difference.verdict == "regression"
    assert found.difference.low < 0.8 < found.difference.high and found.difference.high - found.difference.low < 0.1
    (found,) = (metric for metric in compare_folders([a], [same], False).metrics if metric.name == "capacity")
    assert found.difference is not None and found.difference.low < 1 < found.difference.high < 1.1


def test_more_failures_are_a_regression(sides: dict[str, list[Path]], tmp_path: Path) -> None:
    failing = [made(tmp_path / f"failing-{i}", 1.0, 40 + i, fail=0.1) for i in range(2)]
    comparison = compare_folders(sides["before"], failing, False)
    assert comparison.failures.a.value == 0 and comparison.failures.b.value == pytest.approx(0.1, abs=0.05)
    assert comparison.result == "REGRESSION"
    assert compose_comparison(comparison).answers[0].subject == "Failures"


def test_different_profiles_are_refused(sides: dict[str, list[Path]], tmp_path: Path) -> None:
    other = made(tmp_path / "other", 1.0, 1, "clients.poll_every=500ms")
    with pytest.raises(UserError) as refused:
        compare_folders(sides["before"], [other], False)
    said = f'{other}/profile.toml: clients.poll_every = "500ms", where {sides["before"][0]} has "250ms": different tests '
    assert str(refused.value).startswith(said) and "--anyway" in str(refused.value)
    report = compose_comparison(compare_folders(sides["before"], [other], True))
    assert any("clients.poll_every is " in reason.sentence for reason in report.reasons)


def test_an_invalid_run_is_refused(sides: dict[str, list[Path]], tmp_path: Path) -> None:
    invalid = made(tmp_path / "invalid", 1.0, 1)
    facts = json.loads((invalid / "run.json").read_text())
    rewrite_info(invalid, workers=[worker | {"jobs_sent": 10**6} for worker in facts["workers"]])
    with pytest.raises(UserError, match="this run is INVALID"):
        compare_folders(sides["before"], [invalid], False)


def test_nothing_in_common_is_refused(sides: dict[str, list[Path]], tmp_path: Path) -> None:
    other = made(tmp_path / "other", 1.0, 1, "load.clients=12")
    with pytest.raises(UserError, match="no step in common"):
        compare_folders(sides["before"], [other], True)


def test_golden_and_pdf(worse: Comparison, tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    write_documents(compose_comparison(worse), tmp_path)
    golden("compare.md", (tmp_path / "report.md").read_text())
    golden("compare.json", (tmp_path / "report.json").read_text())
    pdf = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    text = "".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert 2 <= len(pdf) <= 4 and "REGRESSION" in text and "Comparison of load tests" in text


def test_welch_is_scipys() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.lognormal(0, 0.1, 5), rng.lognormal(0.1, 0.2, 7)
    expected = ttest_ind(np.log(b), np.log(a), equal_var=False)
    ratio, low, high, p = welch(runs(a), runs(b), 0.95)
    assert p == pytest.approx(expected.pvalue)
    assert (np.log(low), np.log(high)) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert low < ratio < high


def test_detectable_change() -> None:
    for n, factor in ((3, 3.07), (5, 2.02), (10, 1.33)):
        assert np.log1p(detectable(n, n, 0.01)) / 0.01 == pytest.approx(factor, abs=0.01)
    assert detectable(1, 5, 0.01) == np.inf


def test_an_interval_leaves_out_one_exactly_where_the_corrected_p_says_so() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        pairs = [(runs(rng.lognormal(0, 0.1, 5)), runs(rng.lognormal(0.1, 0.1, 5))) for _ in range(3)]
        for found in compare(pairs, [True] * 3):
            assert (found.p < 0.05) == (not found.low <= 1 <= found.high)


def test_what_never_varies() -> None:
    same = Side(1.0, np.ones(3))
    assert compare([(same, same)], [True])[0].verdict == "equivalent"
    assert compare([(same, Side(1.1, np.full(3, 1.1)))], [True])[0].verdict == "regression"


def test_shares() -> None:
    assert same_share((0, 50), (1000, 1000)) < 1e-6
    assert same_share((5, 6), (1000, 1000)) > 0.5
