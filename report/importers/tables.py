"""The tables of an import. A page carries so many names and causes; the rest is summed up, report.json has them all."""

from collections.abc import Callable, Iterator, Sequence

from report.document.table import Cell, Column, Table, numbers, table, words
from report.text import count_of, share, unit_of

from .imported import Cause, Imported, Named

MOST = 25
"""Names, and causes, that a table prints."""
FOLD_HINT = "--fold REGEX puts those together that differ only in what it matches, such as ids."


def percentile(p: float) -> str:
    """0.95 → "95 %"."""
    return f"{round(p * 100, 6):g} %"


def requests_table(test: Imported) -> Table:
    """How many requests of each name there were, how many failed, how long they took on average."""
    mean = unit_of([row.mean for row in test.names], "seconds")
    rates = unit_of([row.rate for row in [*test.names, test.total]], "rate")

    def build(rows: Sequence[Named]) -> Table:
        return table(
            "Requests over the whole test",
            (Column(title="Request", words=True), words(*(row.name for row in rows))),
            *_kinds("Type", [row.method for row in rows], any(row.method for row in test.names)),
            (Column(title="Requests"), [_count(row.requests) for row in rows]),
            (Column(title="Requests/s"), numbers([row.rate for row in rows], rates)),
            (Column(title="Failed"), [_share_failed(row) for row in rows]),
            (Column(title="Mean", unit=mean.symbol), numbers([row.mean for row in rows], mean)),
            note=test.words.results,
        )

    return _of_names(test, build)


def percentiles_table(test: Imported) -> Table:
    """Percentiles of the service time of each name."""
    every = [*test.names, test.total]
    unit = test.words.unit or unit_of([value for row in every for value in row.percentiles], "seconds")

    def build(rows: Sequence[Named]) -> Table:
        return table(
            "Percentiles over the whole test",
            (Column(title="Request", words=True), words(*(row.name for row in rows))),
            *(
                (Column(title=percentile(p), unit=unit.symbol), numbers([row.percentiles[i] for row in rows], unit))
                for i, p in enumerate(test.ps)
            ),
            note=test.words.latency,
        )

    return _of_names(test, build)


def causes_table(test: Imported) -> Table:
    """Why requests failed, and how often."""
    causes = sorted(test.causes or (), key=lambda cause: -cause.count)

    def build(rows: Sequence[Cause]) -> Table:
        return table(
            test.words.errors,
            *_kinds("Method", [row.method for row in rows], any(cause.method for cause in causes)),
            (Column(title="Request", words=True), words(*(row.name for row in rows))),
            (Column(title="Error", words=True), words(*(row.error for row in rows))),
            (Column(title="Count"), [_count(row.count) for row in rows]),
        )

    if len(causes) <= MOST:
        return build(list(test.causes or ()))
    others = causes[MOST:]
    rest = Cause("", "", f"{len(others):,} others", sum(cause.count for cause in others))
    return _capped(build(causes), build([rest]), f"causes, {count_of(len(causes), 'cause')}")


def steps_table(test: Imported) -> Table:
    """What each level of the load came to."""
    steps = test.steps
    rates = unit_of([value for step in steps for value in (step.rate, step.low, step.high)], "rate")
    times = unit_of([value for step in steps for value in (step.median, step.p95)], "seconds")
    spans = [rates.text(s.low) + " to " + rates.text(s.high) if s.low is not None else "–" for s in steps]
    return table(
        "Steps of the load",
        (Column(title=test.clients_word), [_count(step.clients) for step in steps]),
        (Column(title="From", unit="s"), [_count(round(step.start)) for step in steps]),
        (Column(title="Held", unit="s"), [_count(round(step.end - step.start)) for step in steps]),
        (Column(title="Requests"), [_count(step.requests) for step in steps]),
        (Column(title="Succeeded", unit="/s"), numbers([step.rate for step in steps], rates)),
        (Column(title="95 % interval"), [Cell(text=text) for text in spans]),
        (Column(title="Failed"), [Cell(text=share(step.failed), value=step.failed) for step in steps]),
        (Column(title="50 %", unit=times.symbol), numbers([step.median for step in steps], times)),
        (Column(title="95 %", unit=times.symbol), numbers([step.p95 for step in steps], times)),
        note=f"A step: the number of {test.clients_inside} stays the same. Rates and percentiles leave out its beginning, "
        "while queues settle.",
    )


def _kinds(title: str, texts: Sequence[str], known: bool) -> Iterator[tuple[Column, Sequence[Cell]]]:
    """The column of methods, where the files tell them apart from names."""
    if known:
        yield Column(title=title, words=True), words(*texts)


def _of_names(test: Imported, build: Callable[[Sequence[Named]], Table]) -> Table:
    if test.others is None:
        return build([*test.names, test.total])
    largest = sorted(test.names, key=lambda row: -row.requests)
    return _capped(build(largest), build([test.others, test.total]), f"names, {count_of(len(test.names), 'name')}")


def _capped(whole: Table, rest: Table, of: str) -> Table:
    what, _, all_of = of.partition(", ")
    note = f"{whole.note} The {MOST} most frequent {what} of {all_of}; report.json has every one. {FOLD_HINT}".strip()
    return whole.model_copy(update={"printed": MOST, "rest": rest.rows, "note": note})


def _count(value: int) -> Cell:
    return Cell(text=f"{value:,}", value=value)


def _share_failed(row: Named) -> Cell:
    value = row.failed / row.requests if row.failed is not None and row.requests else None
    return Cell(text=share(value), value=value)
