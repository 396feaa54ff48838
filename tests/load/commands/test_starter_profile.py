"""A starter profile is never written over a file."""

from pathlib import Path

import pytest

from load.commands.starter_profile import write_starter
from profiles import UserError, load_profile


def test_a_starter_profile_is_commented_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = write_starter("mine")
    assert "\n#" in file.read_text()
    with pytest.raises(UserError, match=r"mine\.toml: is there already; choose another name"):
        write_starter("mine")
    assert load_profile(str(file), ["limit=[{that='p95(job) < 10s'}]"])[0].name == "mine"


def test_where_it_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "removed").mkdir()
    monkeypatch.chdir(tmp_path / "removed")
    (tmp_path / "removed").rmdir()
    with pytest.raises(UserError, match=r"mine\.toml: can't be written: No such file or directory"):
        write_starter("mine")
