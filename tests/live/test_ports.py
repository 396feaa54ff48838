"""A generator whose machine has no port left for another connection says so by name."""

import subprocess
import sys

from tests.live.networks import network
from tests.serving import PATIENCE, ROOT

SCRIPT = """
from pathlib import Path
import gevent
from gevent.server import StreamServer
from load.http.transport import HttpClient, Limits
Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40001")
server = StreamServer(("127.0.0.1", 8000), lambda stream, address: gevent.sleep(1))
server.start()
client = HttpClient("http://127.0.0.1:8000", Limits(0.5), {})
asked = [gevent.spawn(client.request, "GET", "/") for _ in range(4)]
gevent.joinall(asked)
print(sorted({each.value.error for each in asked}))
"""


def test_out_of_ports() -> None:
    with network() as net:
        machine = net.machine("10.79.0.1")
        command = machine.command(sys.executable, "-c", SCRIPT)
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert said.stdout == "['generator: out of ports', 'timed out']\n", said.stderr
