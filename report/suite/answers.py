"""What a suite found, in words: whether its runs can be believed, and what each phase answers."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from profiles.suites.texts import plain
from report.document.finding import Finding
from report.document.model import Number
from report.document.report import Trust
from report.stats.intervals import Interval
from report.stats.repeats import LEAST, MATTERS, Best
from report.text import count_of, listed, number, rate, share

from .phases import Grouped, Interaction, Key, Knee, PhaseResult, SpeedUp
from .results import RATE, Cell, Results

MOST_NAMED = 4


def suite_trust(results: Results) -> tuple[Trust, str]:
    """What the suite as a whole comes to: it is as good as its scenarios."""
    cells = results.made
    unusable, reserved = [cell for cell in cells if not cell.usable], [cell for cell in cells if cell.trust != "VALID"]
    if 2 * len(unusable) > len(cells):
        return "INVALID", f"{len(unusable):,} of {count_of(len(cells), 'scenario')} have no run whose numbers can be used."
    if unusable or reserved or any(not run.usable for run in results.runs):
        whole = len(cells) - len(reserved)
        return "QUALIFIED", f"{whole:,} of {count_of(len(cells), 'scenario')} are VALID in all their runs; of the others:"
    return "VALID", "Every run of every scenario passed every check."


def reasons(results: Results) -> list[Finding]:
    """Why runs are less than valid: what was found, in how many of them, and in which scenarios."""
    total = len(results.runs)
    found = []
    for name in dict.fromkeys(name for run in results.runs for name, _ in run.concerns):
        hit = [(cell, run) for cell in results.made for run in cell.runs if name in dict(run.concerns)]
        bad = any(run.trust == "INVALID" for _, run in hit)
        cell, first = hit[0]
        said = f"In {len(hit):,} of {count_of(total, 'run')}, as in {cell.scenario.name}: {dict(first.concerns)[name]}"
        found.append(Finding(level="bad" if bad else "warning", subject=name, sentence=said))
    few = [cell for cell in results.made if 0 < len(cell.usable) < LEAST]
    if few:
        said = (
            f"{count_of(len(few), 'scenario')} of {len(results.made):,} {'has' if len(few) == 1 else 'have'} fewer than {LEAST} "
            "usable runs, so how much they vary is not known: no interval is given, and nothing of them is told apart."
        )
        found.append(Finding(level="warning", subject="Repeats", sentence=said, remedy=f"Make {LEAST} repeats or more."))
    return found


def failures_answer(results: Results) -> tuple[Finding, ...]:
    """What did not end as planned."""
    ended = Counter(run.outcome for run in results.runs if run.outcome != "done")
    short = sum(run.jobs - run.succeeded for run in results.runs if run.outcome == "done")
    jobs = sum(run.jobs for run in results.runs if run.outcome == "done")
    if not ended and not short:
        said = f"Every one of {count_of(len(results.runs), 'run')} was carried through, and each of its jobs succeeded."
        return (Finding(level="good", subject="Failures and timeouts", sentence=f"{said[:-1]} ({jobs:,})."),)
    told = [f"{count_of(count, 'run')} {'was ' if outcome == 'interrupted' else ''}{outcome}" for outcome, count in ended.items()]
    told += [f"{short:,} of {count_of(jobs, 'job')} in the other runs did not succeed"] if short else []
    sentence = f"{listed(told)}."
    return (Finding(level="bad" if ended else "warning", subject="Failures and timeouts", sentence=sentence),)


def phase_answers(result: PhaseResult) -> list[Finding]:
    """What a phase answers, the first of it for page 1."""
    subject = result.phase.question or result.phase.name
    found = [*_scaled(result.speed_ups, subject, result.axis), *_knees(result.knees, subject, result.axis)]
    found += _bests(result, subject if not found else f"Best {result.compared}")
    found += [_interaction(one, result.compared) for one in result.interactions]
    return found or list(_plain(result, subject))


def _plain(result: PhaseResult, subject: str) -> Iterator[Finding]:
    known = [cell for cell in result.cells if len(cell.values(RATE))]
    if not known:
        yield Finding(level="bad", subject=subject, sentence="None of its scenarios has a run whose numbers can be used.")
        return
    told = [f"{cell.scenario.name}: {rate(_mean(cell))}" for cell in known]
    more = f" and {len(told) - MOST_NAMED} more" if told[MOST_NAMED:] else ""
    yield Finding(level="note", subject=subject, sentence="; ".join(told[:MOST_NAMED]) + more + ".")


def _mean(cell: Cell) -> float:
    return float(cell.values(RATE).mean())


def _bests(result: PhaseResult, subject: str) -> Iterator[Finding]:
    if not result.groups:
        return
    told = [_best_text(group, result.compared or "") for group in result.groups]
    apart = sum(not group.best.alike for group in result.groups)
    said = " ".join(told[:MOST_NAMED])
    if told[MOST_NAMED:]:
        won = Counter(group.best.name for group in result.groups if not group.best.alike)
        most = listed(f"{name} in {count}" for name, count in won.most_common())
        said = f"Of {len(told)} groups {apart or 'none'} {'has' if apart == 1 else 'have'} a clear best"
        said += f" ({most})." if apart else "."
        said += f" {' '.join(told[:2])}"
    yield Finding(level="good" if apart == len(told) else "note", subject=subject, sentence=said,
                  numbers={"groups": len(told), "with_a_clear_best": apart})  # fmt: skip


def _best_text(group: Grouped, compared: str) -> str:
    best, where = group.best, key_text(group.key)
    head = f"With {where}: " if where else ""
    if best.pairs < LEAST:
        return f"{head}{best.name} was highest, but {count_of(best.pairs, 'repeat')} can't tell {compared} apart."
    if best.alike:
        names = listed([best.name, *best.alike])
        return f"{head}{names} can't be told apart."
    second = best.others[0]
    return f"{head}{best.name}, {_times(best, second.ratio)} {second.name}."


def _times(best: Best, ratio: Interval) -> str:
    """The best against another, from the other's ratio to the best."""
    assert best.others
    return f"{number(1 / ratio.value)} × ({number(1 / ratio.high)} to {number(1 / ratio.low)})"


def _knees(knees: Sequence[Knee], subject: str, axis: str | None) -> Iterator[Finding]:
    if not knees:
        return
    yield Finding(
        level="note",
        subject=subject,
        sentence=" ".join(_knee_text(knee, axis or "") for knee in knees),
        numbers={f"knee{_suffix(knee.line.key)}": knee.at.value for knee in knees if knee.seen == "found"},
    )


def _knee_text(knee: Knee, axis: str) -> str:
    where = key_text(knee.line.key)
    head = f"{where}: " if where else ""
    match knee.seen:
        case "found":
            return (
                f"{head}throughput grows up to {axis} = {number(knee.at.value)}{_between(knee.at)}, and stays at "
                f"{rate(knee.top.value)}{_between(knee.top)} beyond."
            )
        case "beyond":
            return f"{head}throughput still grows at {axis} = {number(knee.line.x[-1])}; the knee lies beyond."
        case "below":
            return f"{head}throughput does not grow with {axis}: {rate(knee.top.value)} from {number(knee.line.x[0])} on."
    return f"{head}no repeat has every value, so no knee was fitted."


def _between(interval: Interval) -> str:
    known = math.isfinite(interval.low) and math.isfinite(interval.high)
    return f" ({number(interval.low)} to {number(interval.high)})" if known else ""


def _scaled(speed_ups: Sequence[SpeedUp], subject: str, axis: str | None) -> Iterator[Finding]:
    if not speed_ups:
        return
    told = []
    for one in speed_ups:
        where = key_text(one.line.key)
        last = one.ratios[-1]
        told.append(
            f"{f'{where}: ' if where else ''}{axis} {number(one.line.x[0])} → {number(one.line.x[-1])} gives "
            f"{number(last.value)} × the jobs/s{_between(last)}, an efficiency of {share(one.efficiency[-1])}."
        )
    numbers: dict[str, Number] = {f"speed_up{_suffix(one.line.key)}": one.ratios[-1].value for one in speed_ups}
    yield Finding(level="note", subject=subject, sentence=" ".join(told), numbers=numbers)


def _interaction(one: Interaction, compared: str | None) -> Finding:
    first, second = one.compared
    low, high = (plain(level) for level in one.levels)
    gain = f"{second} against {first} is {number(one.ratio.value)} × as good with {one.parameter} = {high} as with {low}"
    changed = one.told and abs(one.ratio.value - 1) >= MATTERS
    said = f"{gain}{_between(one.ratio)}: " + (
        f"which {compared} is better depends on {one.parameter}." if changed else "no interaction that these repeats can tell."
    )
    return Finding(level="note", subject=f"Interaction of {compared} and {one.parameter}", sentence=said)


def key_text(key: Key) -> str:
    """What scenarios have in common: "strategy = async, workload = cpu"."""
    return ", ".join(f"{name} = {plain(value)}" for name, value in key)


def _suffix(key: Key) -> str:
    return "".join(f"_{plain(value)}" for _, value in key)
