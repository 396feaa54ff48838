"""No run is ever recorded over another."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from load.protocol.run_folder import TRACES, free_folder, new_folder
from profiles import UserError


@pytest.mark.parametrize("trace", TRACES)
def test_a_folder_that_holds_a_run(tmp_path: Path, trace: str) -> None:
    free_folder(tmp_path / "new" / "run")
    (tmp_path / "new" / "run" / trace).touch()
    with pytest.raises(UserError, match=r"run: already holds a run; choose another --run-folder$"):
        free_folder(tmp_path / "new" / "run")


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="can't be written: "):
        free_folder(tmp_path / "file" / "run")


def test_runs_that_begin_in_one_second_have_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_folder("mine"), range(40)))
    assert len(set(made)) == 40
    assert all(folder.parent == Path("results") and folder.name.startswith("mine-") and folder.is_dir() for folder in made)


def test_where_no_folder_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("results").touch()
    with pytest.raises(UserError, match="results/mine-[0-9-]*: can't be written: "):
        new_folder("mine")
