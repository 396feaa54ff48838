"""One number, one name: what a sentence says stands in its finding, in a table or in the settings, and reads the same everywhere."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from report.compose import compose
from report.document.block import Facts, Items, Text
from report.document.finding import Finding
from report.document.report import Report
from report.glossary import BREAKING_POINT, GROWTH, MAXIMUM, RECOMMENDED, STEADY, VARIATION, WITHIN_LIMITS
from report.recording.run import read_run
from report.text import MINUS, between
from tests.report.kinds import KINDS, batched, batched_at_once, overrun, searched_in_vain, throttled
from tests.report.reading import (
    UNITS,
    Told,
    blocks_of,
    column,
    findings_of,
    table,
    tables_of,
    told_in,
    unit_of_column,
    words_of,
)

METHOD = (
    r"95 % interval", r"\(95 %, approximate\)", r"± 3 % takes about [\d,]+ completed jobs \([^)]*\)", r"here it is ± \d+ % with [\d,]+",
    r"70 % of", r"60 % of", r"90 % of", r"within the 1 % that is allowed", r"where 4 % is allowed", r"requests/s, p95", r"by 5 %",
    r"more than 100 ms late", r"lagged by more than 5\.00 ms", r"Step \d+, held for", r"200 jobs each", r"which takes \d+",
    r"1\.10 times the load", r"up to 5 % off",
)  # fmt: skip
"""What the method itself says with a number: thresholds and confidence, and counts rounded to be told as about so many."""
ORDER = ("Min", "25 %", "50 %", "75 %", "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "Max")
"""Columns of a table of times, none of which may hold less than one before it."""

LOADS = {"optimal": RECOMMENDED, "within limits": WITHIN_LIMITS, "maximum": MAXIMUM, "breaking point": BREAKING_POINT}
"""What page 1 calls the loads of report.json."""
NAMES = r"\d{4}-\d\d-\d\d|https?://\S+|/\S*|\S+\(\S*\)[^,;]*|[0-9a-f]{64}|\(\w+ \d{4}\)"
"""Dates, addresses, conditions and hashes, which are written as others wrote them."""
WRONG = (
    r"(?<![\w.])[−-]0(?![\d.])",
    r"(?<![\d.])0\.0+(?!\d)",
    r"\b(nan|NaN|inf|null)\b|(?<=[\w,(] )None\b",
    r"(?<![\w-])-\d",
    r"\d ?… ?[−\d]",
    r"\d ?–\ ?\d",
    r"between [−\d][\d.,]* ?\w* and [−\d]",
    r"(?<![\w.:,/])\d{4,}(?![\w:-])",
    r"\bRPS\b",
)
"""Nothing with a sign, nothing with decimals, no number, a hyphen as a minus, three other ways to write a range, thousands without
a separator, another name for requests/s."""


@pytest.fixture(params=KINDS, ids=lambda make: make.__name__, scope="module")
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    make: Callable[[Path], Path] = request.param
    return compose(read_run(make(tmp_path_factory.mktemp("one") / make.__name__)))


def _settings(report: Report) -> Iterator[Told]:
    """Numbers that the report tells of the test itself, not of what came out."""
    for block in blocks_of(report.sections):
        match block:
            case Text():
                yield from told_in(block.text)
            case Items():
                yield from (told for item in block.items for told in told_in(item))
            case Facts():
                yield from (told for _, fact in block.facts for told in told_in(fact))


def _in_tables(report: Report) -> tuple[list[Told], list[tuple[str, float]]]:
    """Numbers as tables print them, and those behind them with what they measure."""
    printed: list[Told] = []
    behind: list[tuple[str, float]] = []
    for each in tables_of(report):
        for row in each.rows:
            for head, cell in zip(each.columns, row, strict=True):
                told = list(told_in(cell.text, unit_of_column(head)))
                printed += told
                if cell.value is not None:
                    behind.append((told[0].dimension if told else "number", cell.value))
    return printed, behind


def _known(told: Told, found: Finding, printed: list[Told], behind: list[tuple[str, float]], settings: list[Told]) -> bool:
    ends = [end for pair in found.intervals.values() for end in pair]
    own = [value for value in (*found.numbers.values(), *ends, *(rows.count for rows in found.source.rows)) if value is not None]
    if any(told.is_(value) for value in (*own, *(value for dimension, value in behind if dimension == told.dimension))):
        return True
    alike = (each for each in (*printed, *settings) if each.dimension == told.dimension)
    return any(abs(each.value - told.value) <= (each.slack + told.slack) * (1 + 1e-6) for each in alike)


def test_a_sentence_has_its_numbers_from_its_finding_or_a_table(report: Report) -> None:
    printed, behind = _in_tables(report)
    settings = list(_settings(report))
    unknown = []
    for found in findings_of(report):
        for text in (found.sentence, found.evidence):
            said = re.sub("|".join(METHOD), " ", text)
            unknown += [
                (found.subject, told.text) for told in told_in(said) if not _known(told, found, printed, behind, settings)
            ]
    assert unknown == []


def test_growth_is_told_with_one_number_and_one_allowance(report: Report) -> None:
    """That of the table; what a stop rule saw in a part of a step stands in the stop log alone, where it doesn't."""
    rows = {}
    if "Why each verdict" in {each.title for each in tables_of(report)}:
        why = table(report, "Why each verdict")
        places = ("Step", GROWTH.name, VARIATION.name)
        rows = {
            int(step.text): (grown, up_to) for step, grown, up_to in zip(*(column(why, name) for name in places), strict=True)
        }
    for found in findings_of(report):
        for grown, up_to in re.findall(
            r"grew by ([\d,.]+), (?:within|beyond) the ([\d,.]+) of", f"{found.sentence} {found.evidence}"
        ):
            shown = [rows[step] for step in found.source.steps if step in rows]
            assert any(_same(grown, a.text) and _same(up_to, b.text) for a, b in shown), (found.subject, grown, up_to)
    for found in report.answers:
        steps = [step for step in found.source.steps if step in rows and rows[step][0].value is not None]
        queue = re.findall(r"queue grew by", found.evidence)
        assert not queue or all((rows[step][0].value or 0) <= (rows[step][1].value or 0) for step in steps[-1:]), found.evidence


def _same(told: str, cell: str) -> bool:
    """Two jobs that differ in decimals alone are one growth."""
    return round(float(told.replace(",", ""))) == float(cell.replace(",", "").replace(MINUS, "-"))


def test_page_1_says_the_loads_of_the_json(report: Report) -> None:
    said = {found.subject: f"{found.sentence} {found.evidence}" for found in report.answers}
    everything = " ".join([*said.values(), *(block.text for block in blocks_of(report.sections) if isinstance(block, Text))])
    for load in report.loads:
        if load.value is None:
            continue
        quantity = LOADS[load.name]
        least = "at least " if load.at_least else ""
        assert f"{least}{quantity.text(load.value)}".lower() in everything.lower(), load
        if load.name != "maximum" or not load.at_least:
            assert f"at least {quantity.text(load.value)} with" not in everything.lower() or load.at_least
    found = report.capacity
    if found is not None:
        assert STEADY.text(found.value) in everything
        assert found.low is None or found.high is None or between(found.low, found.high, "rate") in everything
        assert found.at_least or found.method == "saturation"


def test_as_many_steps_are_sustained_as_the_table_marks(report: Report) -> None:
    if "What each step carried" not in {each.title for each in tables_of(report)}:
        return
    verdicts = column(table(report, "What each step carried"), "Verdict")
    reasons = column(table(report, "Why each verdict"), "Why")
    sustained = [
        v for v, why in zip(verdicts, reasons, strict=True) if v.text.startswith("SUSTAINED") and "backlog" not in why.text
    ]
    said = next(found.sentence for found in report.answers if found.subject == "Latency distribution")
    told = re.search(r"In the (\d+) steps that were sustained", said)
    assert not told or int(told[1]) == len(sustained)
    fits = [int(steps) for found in report.answers for steps in re.findall(r"lines fitted to (\d+) step", found.evidence)]
    assert all(steps >= 3 for steps in fits)
    assert not any(
        re.search(r"% of (it|that load).*", found.sentence) and "At least" in found.sentence for found in report.answers
    )


def test_nothing_broke_is_said_where_nothing_broke(report: Report) -> None:
    ended = dict(report.facts).get("Ended", "")
    if ended.startswith("stopped by"):
        assert not any("no step broke it" in text or "Not reached" in text for text in words_of(report))


def test_times_stand_in_order_in_every_table(report: Report) -> None:
    for each in tables_of(report):
        for row in each.rows:
            at = {head.title: cell for head, cell in zip(each.columns, row, strict=True)}
            cells = [at[title] for title in ORDER if title in at and " to " not in at[title].text]
            values = [cell.value for cell in cells if cell.value is not None]
            assert values == sorted(values), (each.title, row[0].text)


def test_one_unit_a_column(report: Report) -> None:
    for each in tables_of(report):
        if each.columns[0].title in ("Metric", "Limit") or each.title == "The batch":
            continue  # Each row is another quantity.
        for place, head in enumerate(each.columns):
            texts = [row[place].text for row in each.rows]
            units = {unit for text in texts for unit in re.findall(r"\d (ms|s|min|h|[KMG]?B|%)\b", text + " ")}
            assert head.words or len(units) <= 1, (each.title, head.title, units)
            assert head.words or not (units and head.unit in UNITS), (each.title, head.title)


def test_numbers_are_written_in_one_way(report: Report) -> None:
    for text in words_of(report):
        plain = re.sub(NAMES, " ", text)
        for wrong in WRONG:
            assert not re.search(wrong, plain), (wrong, text)


def test_a_leak_that_met_its_limit_is_said_to_have(tmp_path: Path) -> None:
    report = compose(read_run(overrun(tmp_path / "run")))
    (said,) = (found for found in report.answers if found.subject == "Leaks")
    assert re.search(r"to 39\d\. It met its limit of 250 about 4 min before the end of the step\.", said.sentence)
    left, ends = said.numbers["seconds_left"], said.intervals["seconds_left"]
    assert left is not None and left < 0 and ends[0] is not None and ends[0] <= left
    (cell,) = column(next(each for each in tables_of(report) if each.title.startswith("What became")), "Reached")[:1]
    assert cell.text == "4 min before its end"


def test_of_a_batch_waiting_is_told_as_measured(tmp_path: Path) -> None:
    at_once, polled = (compose(read_run(make(tmp_path / make.__name__))) for make in (batched_at_once, batched))
    assert any("0 % of a job's time was its place in the queue" in text for text in words_of(at_once))
    assert not any("place in the queue" in text for text in words_of(polled))


def test_what_seemed_to_break_a_service_is_named(tmp_path: Path) -> None:
    report = compose(read_run(throttled(tmp_path / "run")))
    said = {found.subject: found.sentence for found in report.answers}
    assert "It may carry more: step 3, which seemed to break it, can't be used." in said["Steady throughput"]
    assert "Step 3 (75 clients) seemed to break (rule backlog), but can't be judged (INVALID)." in said["Limits"]


def test_nothing_is_fitted_where_no_bend_shows(tmp_path: Path) -> None:
    report = compose(read_run(searched_in_vain(tmp_path / "run")))
    (said,) = (found for found in report.answers if found.subject == MAXIMUM.name)
    assert said.sentence.startswith("At least 12.3 jobs/s.") and said.evidence == "What the highest of 3 steps completed."


def test_a_comparison_keeps_the_same_rules() -> None:
    """The golden one, which its own test holds to what is composed."""
    report = Report.model_validate_json((Path(__file__).parents[1] / "golden" / "compare.json").read_text(encoding="utf-8"))
    test_a_sentence_has_its_numbers_from_its_finding_or_a_table(report)
    test_one_unit_a_column(report)
    test_numbers_are_written_in_one_way(report)
