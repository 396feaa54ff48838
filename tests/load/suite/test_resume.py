"""What counts as done when a suite goes on: a sealed run of this very test, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from load.suite.resume import done, identity_of, move_aside, profile_hash, settled
from load.suite.runner import worst
from profiles import UserError
from profiles.suites import Run, Suite, in_order, load_suite
from report.suite.folder import STATE, Line, State, append, read_states, run_folder
from tests.batches import write_batch

SUITE = """
name = "tried"
profile = "batch"
[service]
run = "serve --workers {workers} --port {port}"
[parameters]
workers = 1
[set]
"load.jobs" = 20
[[phase]]
name = "all"
scenario = "workers_{workers}"
matrix = { workers = [1, 2] }
"""


@pytest.fixture
def suite(tmp_path: Path) -> Callable[..., tuple[Suite, Run]]:
    def load(*replaced: tuple[str, str]) -> tuple[Suite, Run]:
        text = SUITE
        for old, new in replaced:
            text = text.replace(old, new)
        (tmp_path / "suite.toml").write_text(text)
        read, _, scenarios = load_suite(tmp_path / "suite.toml")
        return read, in_order(read, scenarios)[0]

    return load


def line(event: str, run: Run, identity: str, **more: object) -> Line:
    told = {"event": event, "at": "2025-06-15T15:06:40Z", "phase": "all", "scenario": run.scenario.name, "repeat": run.repeat}
    return Line.model_validate({**told, "identity": identity, **more})


def test_done(suite: Callable[..., tuple[Suite, Run]], tmp_path: Path) -> None:
    read, run = suite()
    profile, folder = settled(run), run_folder(tmp_path, run)
    identity = identity_of(read, run, profile)
    begun = line("begun", run, identity)

    def is_done(outcome: str | None) -> bool:
        ended = line("ended", run, identity, outcome=outcome) if outcome else None
        return done(folder, State(begun, ended), identity, profile)

    assert not is_done("done")  # There is no run.
    write_batch(folder, run.scenario, 5.0)
    assert json.loads((folder / "run.json").read_text())["sha256"]["profile.toml"] == profile_hash(profile)
    assert is_done("done") and is_done("timed out") and not is_done("failed") and not is_done("interrupted")
    assert is_done(None), "killed between the seal and the line that says so"
    assert not done(folder, None, identity, profile)
    write_batch(folder, run.scenario, 5.0, reason="interrupted")
    assert is_done("timed out") and not is_done(None)


@pytest.mark.parametrize(
    "change",
    [('"load.jobs" = 20', '"load.jobs" = 21'), ("serve --workers", "serve --fast --workers"), ("= 20", "= 20\nseed = 2")],
)
def test_another_test_is_not_done(suite: Callable[..., tuple[Suite, Run]], tmp_path: Path, change: tuple[str, str]) -> None:
    read, run = suite()
    write_batch(run_folder(tmp_path, run), run.scenario, 5.0)
    begun = line("begun", run, identity_of(read, run, settled(run)))
    other, same = suite(change)
    profile = settled(same)
    ended = line("ended", run, begun.identity, outcome="done")
    assert not done(run_folder(tmp_path, run), State(begun, ended), identity_of(other, same, profile), profile)


def test_what_is_done_again_is_kept(suite: Callable[..., tuple[Suite, Run]], tmp_path: Path) -> None:
    _, run = suite()
    assert move_aside(tmp_path, run) is None
    for number in (1, 2):
        run_folder(tmp_path, run).mkdir(parents=True)
        (run_folder(tmp_path, run) / "jobs.csv").write_text(str(number))
        assert move_aside(tmp_path, run) == tmp_path / "runs" / "workers_1" / f"1.old-{number}"
    assert (tmp_path / "runs" / "workers_1" / "1.old-1" / "jobs.csv").read_text() == "1"


def test_the_last_line_counts_and_a_torn_one_is_left_out(suite: Callable[..., tuple[Suite, Run]], tmp_path: Path) -> None:
    _, run = suite()
    assert read_states(tmp_path) == {}
    append(tmp_path, line("begun", run, "a"))
    append(tmp_path, line("ended", run, "a", outcome="failed", code=1, seconds=2.5))
    append(tmp_path, line("begun", run, "b"))
    with (tmp_path / STATE).open("a") as file:
        file.write('{"event": "ended", "at": ')
    (state,) = read_states(tmp_path).values()
    assert (state.begun.identity, state.ended) == ("b", None)
    append(tmp_path, line("ended", run, "b", outcome="done"))
    (state,) = read_states(tmp_path).values()
    assert state.ended is not None and state.ended.outcome == "done"
    with (tmp_path / STATE).open("a") as file:
        file.write('{"event": "eaten"}\n')
    with pytest.raises(UserError, match=r"state.jsonl: line 6: not a state of a run; the file is damaged"):
        read_states(tmp_path)


def test_the_exit_code_is_that_of_the_gravest() -> None:
    assert [worst(codes) for codes in ([], [0, 0], [0, 3], [3, 4, 0], [4, 1, 3])] == [0, 0, 3, 4, 1]
