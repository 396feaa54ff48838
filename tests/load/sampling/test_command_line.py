"""Programs that a profile names must be there before the first job."""

import os

import pytest

from load.master.action_runner import command_of
from load.sampling.watches import watched
from profiles import Action, UserError, Watch


def test_an_action_whose_program_is_missing() -> None:
    action = Action(name="restart", at="5s", run="no-such-program now")
    with pytest.raises(UserError) as error:
        command_of(action)
    said = "action restart: run = 'no-such-program now': there is no program 'no-such-program' on this machine"
    assert str(error.value) == said


def test_a_watch_whose_program_is_missing() -> None:
    watch = Watch(name="redis", command="no-such-program -x", metrics={"waiting": "@"})
    with pytest.raises(UserError, match="^watch redis: command = 'no-such-program -x': there is no program 'no-such-program'"):
        watched(watch, "http://127.0.0.1")


def test_a_secret_stays_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PASSPHRASE", "two words")
    watch = Watch(name="redis", command="echo ${PASSPHRASE}", metrics={"waiting": "@"})
    assert watched(watch, "http://127.0.0.1")["probe"]["where"] == "echo 'two words'"
