"""Where a worker can't find its master."""

import pytest

from load.cli.worker import worker
from profiles import UserError


def test_no_master_listens_at_port_0() -> None:
    with pytest.raises(UserError, match="--master 127.0.0.1:0: no master can listen at port 0"):
        worker("127.0.0.1:0")
