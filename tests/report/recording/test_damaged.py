"""A damaged file of a run folder is one sentence that says where."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from profiles import UserError
from report.recording.run import read_run
from report.rules.history import History
from report.rules.replay import fill

SAMPLE = Path(__file__).parents[3] / "results" / "sample"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SAMPLE, tmp_path / "run", ignore=shutil.ignore_patterns("report")))


def damage(file: Path, row: int, change) -> None:
    """Change one line (counted from 1)."""
    lines = file.read_text().splitlines()
    lines[row - 1] = change(lines[row - 1])
    file.write_text("\n".join(lines) + "\n")


def with_(word: str) -> Callable[[str], str]:
    """Put it in place of the second column."""

    def change(line: str) -> str:
        first, _, *rest = line.split(",")
        return ",".join([first, word, *rest])

    return change


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("requests.csv", with_("soon"), "row 6: column due: invalid value 'soon'"),
        ("requests.csv", with_("nan"), "row 6: column due: invalid value 'nan'"),
        ("requests.csv", with_(""), "row 6: column due: it is empty"),
        ("jobs.csv", lambda line: line.replace(",", ";"), "row 6: Expected "),
        ("samples.csv", lambda line: line + ",1", "row 6: Expected "),
        ("events.jsonl", lambda line: line[:-5], "line 6: not an event: {"),
        ("events.jsonl", lambda line: line[:0] + "[]", "line 6: not an event: []"),
        ("events.jsonl", lambda _: '{"t":1.5,"event":"mark"}', "line 6: mark: mark is missing"),
        (
            "events.jsonl",
            lambda _: '{"t":1.5,"event":"hold_end","step":9,"clients":3,"cut":true}',
            "line 6: hold_end: step is 9, of which there is no ramp_start before",
        ),
    ],
)
def test_a_damaged_row_is_named(folder, name, change, said):
    damage(folder / name, 6, change)
    with pytest.raises(UserError) as error:
        read_run(folder)
    assert str(error.value).startswith(f"{folder / name}: {said}")
    assert str(error.value).endswith("; the file is damaged: restore it as the run wrote it")
    if name.endswith(".csv"):
        with pytest.raises(UserError, match=": row 6: "):
            fill(History(), folder)


@pytest.mark.parametrize("name", ["requests.csv", "jobs.csv", "samples.csv"])
def test_a_file_without_its_first_line_is_refused(folder, name):
    rows = (folder / name).read_bytes().split(b"\n", 1)[1]
    (folder / name).write_bytes(rows)
    with pytest.raises(UserError, match=f"{name}: row 1: does not name the columns "):
        read_run(folder)


def test_a_last_line_that_was_cut_short_is_left_out(folder):
    whole = read_run(folder)
    for name in ("requests.csv", "events.jsonl"):
        with (folder / name).open("a") as file:
            file.write('{"t": 1')
    again = read_run(folder)
    assert (len(again.requests), again.events) == (len(whole.requests), whole.events)


def test_run_json_that_holds_something_else(folder):
    (folder / "run.json").write_text("{")
    with pytest.raises(UserError, match=r"run\.json: Invalid JSON"):
        read_run(folder)


@pytest.mark.parametrize("name", ["requests.csv", "jobs.csv", "samples.csv", "events.jsonl"])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["a folder", "a pipe"])
def test_what_is_no_file_is_named(folder, name, make):
    (folder / name).unlink()
    make(folder / name)
    with pytest.raises(UserError, match=f"{name}: not a file; restore it as the run wrote it"):
        read_run(folder)
