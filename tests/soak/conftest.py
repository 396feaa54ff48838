"""The fixtures of the live tests, for runs that take minutes."""

from tests.live.conftest import command, service, stepload, until_fixture

__all__ = ["command", "service", "stepload", "until_fixture"]
