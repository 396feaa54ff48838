"""The stop rule plateau."""

from typing import Any

import pytest

from report.recording.steps import Step
from report.rules.evaluator import Evaluator
from tests.judging import again, completions, feed, held, job, judge, told


@pytest.mark.parametrize(
    ("clients", "rates", "flat_at"),
    [
        ((10, 20, 30), (10, 20, 30), None),
        ((10, 20, 30), (10, 20, 20.5), 180),
        ((10, 20, 30), (10, 20, 15), 180),
        ((10, 20, 30, 40), (10, 20, 19, 19), 180),
        ((10, 20, 30), (10, 20, 22), None),
        ((20, 21), (20, 20), None),
        ((10, 40, 20), (10, 20, 20), None),
        ((10,), (10,), None),
        ((10, 20), (2, 2), None),
        ((10, 20, 30), (10, 20, 0.1), 180),
    ],
)
def test_a_plateau_is_to_be_seen_once_more(with_stops: Any, clients: Any, rates: Any, flat_at: int | None) -> None:
    changes = judge(with_stops({"rule": "plateau"}), completions(*rates), held(*clients))
    assert told(changes)[:1] == ([("plateau", "confirming", flat_at)] if flat_at else [])
    assert told(changes)[1:] == ([("plateau", "fired", 240)] if len(rates) == 4 else []), (
        "the next step will do, where none is held again"
    )
    if changes:
        assert changes[0].values["best_rate"] == pytest.approx(20, rel=0.03)
        assert changes[0].values["best_clients"] == 20


@pytest.mark.parametrize(("rate", "state"), [(20, "fired"), (30, "cleared")])
def test_a_plateau_is_seen_again_in_the_time_that_is_added(with_stops: Any, rate: float, state: str) -> None:
    """At the end of the step it looks flat; the 40 s more decide, and they alone."""
    profile, steps = with_stops({"rule": "plateau"}), held(10, 20, 30)
    rows = [*completions(10, 20, 20), *(job(180 + (n + 0.5) / rate) for n in range(rate * 40))]
    evaluator = Evaluator(profile)
    feed(evaluator, rows)
    assert told(evaluator.advance(181, steps)) == [("plateau", "confirming", 180)]
    assert told(evaluator.advance(222, (*steps[:2], again(steps[2], 40)))) == [("plateau", state, 220)]


def test_a_step_that_was_cut_short_is_no_plateau(with_stops: Any) -> None:
    first, second = held(10, 20)
    cut = Step(second.number, second.clients, second.ramp_start, second.hold_start, second.hold_end, cut=True)
    assert judge(with_stops({"rule": "plateau"}), completions(10, 10), (first, cut)) == []
