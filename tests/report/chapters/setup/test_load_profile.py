"""The load profile names what may stop the load."""

from profiles.read import load_profile
from report.chapters.setup.load_profile import _stops


def test_the_rule_that_watches_unasked_is_named() -> None:
    profile, _ = load_profile("stepping", ["stop=[{ rule = 'errors', then = 'note' }]"])
    shown = str(_stops(profile, armed=True))
    assert "backlog: jobs in flight grow" in shown
    assert "fail (only noted)" in shown
