"""A worker's link that is cut for longer than TCP takes to notice."""

import pytest

from tests.live.test_machines import Scene, check_cut_off, scene

__all__ = ["scene"]
pytestmark = pytest.mark.soak
LONG = [{"clients": 20, "hold": "20s"}, {"clients": 20, "ramp": "1s", "hold": "20s"}]


def test_twenty_seconds(scene: Scene) -> None:
    check_cut_off(scene, LONG, 20.0)
