"""Network namespaces with addresses of their own: machines of a test, and the cables between them."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

HOW = (
    "run the tests as root (in a container: with --cap-add SYS_ADMIN), or allow unprivileged user namespaces: "
    "sysctl -w kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0"
)


class Machine:
    """A namespace, which lives as long as the process that holds it."""

    def __init__(self, make: list[str], enter: list[str]) -> None:
        self._enter = enter
        self.holder = subprocess.Popen([*make, "sh", "-c", "echo ready; exec sleep 600"], stdout=subprocess.PIPE)
        assert self.holder.stdout is not None
        self.made = self.holder.stdout.readline() == b"ready\n"

    def command(self, *words: object) -> list[str]:
        """The command line that runs a command there, in a process of the same id."""
        return [*self._enter, "nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--", *map(str, words)]

    def ip(self, *words: object) -> None:
        """Run iproute2's ip there."""
        subprocess.run(self.command("ip", *words), check=True, capture_output=True)

    def end(self) -> None:
        self.holder.kill()
        self.holder.wait()
        assert self.holder.stdout is not None
        self.holder.stdout.close()


class Network:
    """Machines and cables; `connect` gives both ends of a cable their addresses."""

    def __init__(self, make: list[str], enter: list[str], stack: contextlib.ExitStack) -> None:
        self._make, self._enter, self._stack = make, enter, stack
        self._cables = 0

    def machine(self, address: str) -> Machine:
        """A new machine that is reached at `address`."""
        machine = Machine(self._make, self._enter)
        self._stack.callback(machine.end)
        assert machine.made
        machine.ip("link", "set", "lo", "up")
        machine.ip("address", "add", f"{address}/32", "dev", "lo")
        return machine

    def connect(self, one: Machine, its: str, other: Machine, others: str) -> str:
        """A cable of its own between two machines: each reaches the other's address by it. Returns the name that both
        ends have."""
        self._cables += 1
        name, near, far = f"cable{self._cables}", f"10.77.{self._cables}.1", f"10.77.{self._cables}.2"
        one.ip("link", "add", name, "type", "veth", "peer", "name", name, "netns", other.holder.pid)
        for machine, ours, theirs, there in ((one, near, far, others), (other, far, near, its)):
            machine.ip("address", "add", f"{ours}/30", "dev", name)
            machine.ip("link", "set", name, "up")
            machine.ip("route", "add", there, "via", theirs)
        return name


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """A network that ends with everything in it. Skips, saying how to do better, where none can be made."""
    os.environ["PATH"] += ":/usr/sbin"
    if shutil.which("ip") is None or shutil.which("nsenter") is None:
        pytest.fail("needs the commands ip and nsenter: install iproute2 and util-linux (tools/setup dev does)")
    with contextlib.ExitStack() as stack:
        make, enter = ["unshare", "--net"], []
        if os.geteuid() != 0:
            user = Machine(["unshare", "--user", "--map-root-user", "--net"], [])
            stack.callback(user.end)
            if not user.made:
                pytest.skip(f"no network namespaces here: {HOW}")
            enter = ["nsenter", f"--user=/proc/{user.holder.pid}/ns/user", "--preserve-credentials", "--"]
            make = [*enter, *make]
        trial = Machine(make, enter)
        stack.callback(trial.end)
        if not trial.made:
            pytest.skip(f"no network namespaces here: {HOW}")
        yield Network(make, enter, stack)


def started(stack: contextlib.ExitStack, machine: Machine, log: Path, *words: object) -> subprocess.Popen[bytes]:
    """A process on a machine, its output in a file; killed at the end if it still runs."""
    with log.open("wb") as out:
        process = subprocess.Popen(machine.command(*words), stdout=out, stderr=subprocess.STDOUT, start_new_session=True)

    def end() -> None:
        process.kill()
        process.wait()

    stack.callback(end)
    return process
