"""A suite's file: what it is planned into, and what is said of a mistake."""

from collections.abc import Callable
from pathlib import Path

import pytest

from profiles import UserError, load_profile
from profiles.suites import chosen, in_order, load_suite
from profiles.suites.texts import inline

SUITE = """
name = "tried"
profile = "batch"
repeats = 3
timeout = "2m"
[service]
run = "serve --workers {workers} --kind {kind} --port {port}"
[parameters]
workers = 2
kind = "it's"
jobs = 20
[set]
"load.jobs" = "{jobs}"
"values.content_url" = "{{ host }}/{kind}"
[[phase]]
name = "scaling"
scenario = "workers_{workers}"
matrix = { workers = [1, 2, 4] }
scale = "workers"
jobs = 50
[[phase.exception]]
where = { workers = [4] }
timeout = "5m"
repeats = 1
[[phase]]
name = "special cases"
repeats = 2
[[phase.scenario]]
name = "factorial only"
only = "factorial"
[[phase.scenario]]
name = "burst"
profile = "spike"
merge = { load = { shape = "spike", levels = [10, "{jobs}", 10], hold = "4m", ramp = "1s" } }
"""


@pytest.fixture
def suite(tmp_path: Path) -> Callable[..., Path]:
    def write(*replaced: tuple[str, str], more: str = "") -> Path:
        text = SUITE
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "suite.toml"
        file.write_text(text + more)
        return file

    return write


def test_a_matrix_and_listed_scenarios_are_planned(suite: Callable[..., Path], tmp_path: Path) -> None:
    read, document, scenarios = load_suite(suite())
    assert [each.name for each in scenarios] == ["workers_1", "workers_2", "workers_4", "factorial only", "burst"]
    first, _, last, only, burst = scenarios
    assert first.parameters == {"workers": 1, "kind": "it's", "jobs": 50}
    assert first.overrides == ("load.jobs=50", 'values.content_url="{{ host }}/it\'s"')
    assert (first.timeout, first.repeats, last.timeout, last.repeats) == (120, 3, 300, 1)
    assert (only.only, only.repeats, only.folder) == ("factorial", 2, "factorial-only")
    assert document["service"]["folder"] == tmp_path.as_posix()
    assert read.service is not None and read.service.folder == tmp_path.as_posix()
    profile, _ = load_profile(burst.profile, burst.overrides)
    assert [stage.clients for stage in profile.load.stages() if stage.hold] == [10, 20, 10]
    assert "load.jobs=20" not in burst.overrides  # The table that it belonged to was replaced.


def test_the_overrides_of_a_scenario_do_by_hand_what_they_do_here(suite: Callable[..., Path]) -> None:
    _, _, (first, *_) = load_suite(suite())
    profile, _ = load_profile(first.profile, first.overrides)
    assert profile.batch == 50
    assert profile.values["content_url"] == "{{ host }}/it's"


@pytest.mark.parametrize("value", ["a", 'q"\\\n\x7f', 1, 1.5, True, [1, "b"], {"k y": {"z": [1.0]}}])
def test_inline_values_are_toml(value: object) -> None:
    import tomllib

    assert tomllib.loads(f"value = {inline(value)}")["value"] == value


def test_the_order_of_runs(suite: Callable[..., Path]) -> None:
    read, _, scenarios = load_suite(suite())
    runs = [(run.scenario.name, run.repeat) for run in in_order(read, scenarios[1:3])]
    assert runs == [("workers_2", 1), ("workers_4", 1), ("workers_2", 2), ("workers_2", 3)]
    listed, _, scenarios = load_suite(suite(("repeats = 3\n", 'repeats = 3\norder = "listed"\n')))
    runs = [(run.scenario.name, run.repeat) for run in in_order(listed, scenarios[:2], repeats=2)]
    assert runs == [("workers_1", 1), ("workers_1", 2), ("workers_2", 1), ("workers_2", 2)]


def test_a_choice(suite: Callable[..., Path]) -> None:
    _, _, scenarios = load_suite(suite())
    assert [each.name for each in chosen(scenarios, ["scaling"], [], 2, "f")] == ["workers_1", "workers_2"]
    assert [each.name for each in chosen(scenarios, [], ["*_4", "burst"], None, "f")] == ["workers_4", "burst"]
    with pytest.raises(UserError, match="f: --phase x: no such phase; there are: scaling, special cases"):
        chosen(scenarios, ["x"], [], None, "f")
    with pytest.raises(UserError, match=r"--scenario load_\*: no scenario is called so"):
        chosen(scenarios, [], ["load_*"], None, "f")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("repeats = 3", "repaets = 3", "suite.toml: repaets is not a key here; allowed: name, goal, profile,"),
        ("repeats = 3", "repeats = 0", "suite.toml: repeats = 0: must be at least 1"),
        ("jobs = 50", "jbos = 50", "suite.toml: phase 1: 'jbos' is not a key here; allowed: profile, only, timeout,"),
        ("jobs = 50", "jobs = [50]", "suite.toml: phase 1.jobs = [50]: "),
        ('only = "factorial"', 'olny = "factorial"', "phase 2.scenario 1: 'olny' is not a key here; allowed: "),
        ('only = "factorial"', 'only = "sum"', "scenario 'factorial only': "),
        (
            '"load.jobs" = "{jobs}"',
            '"load.jobs" = "{jbos}"',
            "set.load.jobs: 'jbos' is no parameter; allowed: workers, kind, jobs",
        ),
        (
            "--workers {workers}",
            "--workers {wrokers}",
            "service.run: 'wrokers' is no parameter; allowed: workers, kind, jobs, port",
        ),
        ("workers = 2\n", "timeout = 2\n", "parameters: a parameter can't be called 'timeout'"),
        ("workers = [1, 2, 4]", "workers = [1, 1]", "workers needs values, each of them once"),
        ("workers = [1, 2, 4]", "worker = [1, 2]", "must name each parameter of the matrix; not there: worker"),
        (
            "where = { workers = [4] }",
            "where = { jobs = [4] }",
            "phase 1: exception: 'jobs' is not in its matrix; allowed: workers",
        ),
        ('scale = "workers"', 'scale = "worker"', "phase 1: 'worker' is no parameter; allowed: workers, kind, jobs"),
        ('scenario = "workers_{workers}"', 'scenario = "w/{workers}"', "phase 'scaling': scenario 'w/1': not a name"),
        ('name = "burst"', 'name = "factorial only"', "two scenarios are called 'factorial-only'; each needs a name of its own"),
        ('name = "burst"', 'name = ".."', "phase 2.scenario 2.name = '..': not a name"),
        ('name = "special cases"', 'name = "scaling"', "two phases are called 'scaling'"),
        ('profile = "batch"\n', "", "scenario 'workers_1' has no profile; say profile at the top"),
        ('profile = "batch"\n', 'profile = "bacth"\n', "scenario 'workers_1': bacth: no such profile"),
        ("jobs = 50", "jobs = 0", "scenario 'workers_1': --set load.jobs=0: load.jobs = 0: "),
        ('timeout = "2m"', "timeout = 120", "timeout = 120: "),
    ],
)
def test_a_mistake_is_one_sentence(suite: Callable[..., Path], old: str, new: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        load_suite(suite((old, new)))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't be read: No such file"):
        load_suite(tmp_path / "none.toml")
    (tmp_path / "no.toml").write_text("a = ")
    with pytest.raises(UserError, match="not TOML"):
        load_suite(tmp_path / "no.toml")
