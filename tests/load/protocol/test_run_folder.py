"""No run is ever recorded over another."""

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


def test_a_new_folder_is_none_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = []
    for _ in range(3):
        made.append(new_folder("mine"))
        made[-1].mkdir(parents=True)
    assert len(set(made)) == 3
    assert all(folder.parent == Path("results") and folder.name.startswith("mine-") for folder in made)
