"""Only the names of secrets are written."""

import pytest

from load.protocol.secrets import secrets_in, without_secrets


def test_values_are_named_however_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "a b/c")
    monkeypatch.setenv("LONGER", "a b/c and more")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("MISSING", raising=False)
    secrets = secrets_in(["http://x/?t=${TOKEN}&u=${MISSING}", "${LONGER}${EMPTY}"])
    assert secrets == {"TOKEN": "a b/c", "LONGER": "a b/c and more"}
    for written in ("a b/c", "a%20b/c", "a%20b%2Fc", "a+b%2Fc"):
        assert without_secrets(f"GET ?t={written}: 404", secrets) == "GET ?t=${TOKEN}: 404"
    assert without_secrets("a b/c and more", secrets) == "${LONGER}"
