#!/usr/bin/env python3
"""Temporal's development server, for tests: a process of its own, on a free port of this machine.

dev_server.py start FOLDER [--namespace NAME]... [--namespaces NAME=COUNT]
                           [--search-attribute NAME=TYPE]... [--db-filename FILE] [--port PORT]
                           [--dynamic-config-value KEY=VALUE]...
dev_server.py stop FOLDER     asks it to end, and waits
dev_server.py kill FOLDER     ends it as a crash would

`start` writes FOLDER/address, FOLDER/pid, FOLDER/port and FOLDER/log and returns when the server
answers and has the namespaces, with the search attributes in each; it lives on. `--namespaces a=3`
makes a-1, a-2 and a-3, of which the last alone is asked for. One that runs for that FOLDER is
stopped first. The port is that of the last start, where it is still free: after `kill` the same
command brings the same server back, with all that is in FILE; without FILE its data are gone with
it. Ends with 77 where there is no server to be had.
"""

import argparse
import contextlib
import fcntl
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import sdk_environment

HOST = "127.0.0.1"
START_LIMIT = 180.0
STOP_LIMIT = 90.0
MOMENT = 0.02
TAIL_BYTES = 8_000

# What server 1.32 does not do by itself. Eager workflow start, worker heartbeats, updates,
# update-with-start and worker deployments are on without a word.
DYNAMIC_CONFIG = {
    # Unset, each of its queues reads the store at most 20 times a second, and every step of a run
    # may wait for that.
    "history.transferProcessorMaxPollRPS": 500,
    "history.timerProcessorMaxPollRPS": 500,
    "history.visibilityProcessorMaxPollRPS": 500,
    # Unset, a timer, a retry and a timeout may come a second late, and short ones always do.
    "history.timerProcessorMaxTimeShift": "1ms",
    # A worker that says that it stops gets its open polls answered: else a task may be handed to
    # one that has left, and waits there for its timeout.
    "frontend.enableCancelWorkerPollsOnShutdown": True,
}


class server_failed(Exception):
    """It did not start, or did not end; says why."""


class dev_server:
    """`with dev_server(folder, namespaces=["a"]) as server:` starts it, and stops it at the end."""

    def __init__(self, folder: Path | str, **options) -> None:
        self.folder = Path(folder)
        self.options = options
        self.address = ""

    def __enter__(self) -> "dev_server":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self) -> None:
        self.address = start(self.folder, **self.options)

    def stop(self) -> None:
        stop(self.folder)

    def kill(self) -> None:
        kill(self.folder)


def start(
    folder: Path | str,
    namespaces: Iterable[str] = (),
    search_attributes: Iterable[str] = (),
    db_filename: Path | str | None = None,
    port: int | None = None,
    dynamic_config: Iterable[str] = (),
    numbered_namespaces: str = "",
) -> str:
    """Gives the address, host:port. \\raises server_failed, sdk_environment.no_environment"""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    temporal = sdk_environment.temporal_command()
    with only_one(folder):
        end(folder, signal.SIGTERM)
        if port and not is_free(port):
            raise server_failed(f"port {port} is taken")
        port = port or free_port(folder)
        command = [temporal, "server", "start-dev", "--headless", "--ip", HOST, "--port", str(port)]
        prefix, _, count = numbered_namespaces.partition("=")
        numbered = [f"{prefix}-{number}" for number in range(1, int(count or 0) + 1)]
        for each in [*numbered, *namespaces]:
            command += ["--namespace", each]
        for each in search_attributes:
            command += ["--search-attribute", each]
        if db_filename:
            command += ["--db-filename", str(Path(db_filename).absolute())]
        configured = [f"{key}={json.dumps(value)}" for key, value in DYNAMIC_CONFIG.items()]
        for each in [*configured, *dynamic_config]:
            command += ["--dynamic-config-value", each]
        log = folder / "log"
        begin = log.stat().st_size if log.exists() else 0
        with open(log, "ab") as output:
            # In a session of its own, it gets no signal that is meant for who starts it.
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=plain_environment(),
                start_new_session=True,
            )
        write(folder / "port", str(port))
        write(folder / "pid", str(process.pid))
        try:
            await_ready(process.pid, port, [*numbered[-1:], *namespaces], [*search_attributes])
        except BaseException as error:
            end(folder, signal.SIGKILL)
            if isinstance(error, server_failed):
                raise server_failed(f"{error}\nthe end of {log}:\n{tail(log, begin)}") from error
            raise
        write(folder / "address", f"{HOST}:{port}")
    return f"{HOST}:{port}"


def stop(folder: Path | str) -> None:
    """Does nothing where none runs. \\raises server_failed if it had to be killed"""
    folder = Path(folder)
    with only_one(folder):
        end(folder, signal.SIGTERM)
        (folder / "address").unlink(missing_ok=True)


def kill(folder: Path | str) -> None:
    """The address stays as it is: who has it finds the server there when it is started again."""
    folder = Path(folder)
    with only_one(folder):
        end(folder, signal.SIGKILL)


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """One command at a time works on a folder."""
    if not folder.is_dir():
        yield
        return
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        yield


def end(folder: Path, how: signal.Signals) -> None:
    pid = read_number(folder / "pid")
    if pid is not None and is_server(pid, read_number(folder / "port")):
        os.kill(pid, how)
        if not has_ended(pid, STOP_LIMIT):
            os.kill(pid, signal.SIGKILL)
            has_ended(pid, STOP_LIMIT)
            (folder / "pid").unlink(missing_ok=True)
            raise server_failed(f"process {pid} had to be killed: {how.name} was no use")
    (folder / "pid").unlink(missing_ok=True)


def is_server(pid: int, port: int | None) -> bool:
    """Whether it is the process that was started: numbers of processes are used again."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"start-dev" in words and str(port).encode() in words


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # if this process started it, it stays until it is asked for
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        # When its first thread has ended others may still hold its sockets.
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return False
    return state not in "ZX" or threads > 1


def has_ended(pid: int, limit: float) -> bool:
    until = time.monotonic() + limit
    while is_alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(MOMENT)
    return True


def await_ready(pid: int, port: int, namespaces: list[str], attributes: list[str]) -> None:
    until = time.monotonic() + START_LIMIT
    address = f"{HOST}:{port}"
    await_true(lambda: listens(pid, port), pid, until, "it does not listen")
    cluster = ["operator", "cluster", "health"]
    await_true(lambda: "SERVING" in call(address, cluster), pid, until, "it does not serve")
    names = [each.partition("=")[0] for each in attributes]
    for namespace in ["default", *namespaces]:
        add_missing(address, namespace, attributes)
        # Answered only when the namespace and its attributes are known to all parts of the server.
        query = " AND ".join(f"{each} IS NULL" for each in names) or 'WorkflowId = "none"'
        count = ["workflow", "count", "--namespace", namespace, "--query", query]
        await_true(lambda: "Total: " in call(address, count), pid, until, f"no {namespace}")
    # And the part that keeps the runs has an answer, too: there is no such run.
    describe = ["workflow", "describe", "--workflow-id", "none"]
    await_true(lambda: "not found" in call(address, describe), pid, until, "no run is read")


def add_missing(address: str, namespace: str, attributes: list[str]) -> None:
    """A server makes attributes with a namespace; one that was in the file may lack them."""
    if not attributes:
        return
    known = call(address, ["operator", "search-attribute", "list", "--namespace", namespace])
    for each in attributes:
        name, _, kind = each.partition("=")
        if name not in known.split():
            add = ["operator", "search-attribute", "create", "--namespace", namespace]
            call(address, [*add, "--name", name, "--type", kind])


def await_true(holds, pid: int, until: float, otherwise: str) -> None:
    while not holds():
        if not is_alive(pid):
            raise server_failed(f"it has ended: {otherwise}")
        if time.monotonic() > until:
            raise server_failed(f"{otherwise} after {START_LIMIT:.0f} s")
        time.sleep(MOMENT)


def listens(pid: int, port: int) -> bool:
    """Whether it is this process that does, and not one that was faster to take the port."""
    sockets = set()
    with contextlib.suppress(OSError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                sockets.add(os.readlink(each))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        is_listening = words[3] == "0A" and int(words[1].rpartition(":")[2], 16) == port
        if is_listening and f"socket:[{words[9]}]" in sockets:
            return True
    return False


def call(address: str, arguments: list[str]) -> str:
    """What the `temporal` command says."""
    command = [sdk_environment.temporal_command(), *arguments, "--address", address]
    return subprocess.run(
        [*command, "--disable-config-file", "--command-timeout", "10s"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=plain_environment(),
        text=True,
    ).stdout


def plain_environment() -> dict[str, str]:
    """Without what would tell the command of another server."""
    return {key: value for key, value in os.environ.items() if not key.startswith("TEMPORAL_")}


def free_port(folder: Path) -> int:
    last = read_number(folder / "port")
    if last is not None and is_free(last):
        return last
    # Not one of those that connections are made from: while the server is down, a client that tries
    # to reach it could be given its port, and be connected to itself.
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(100):
        port = random.randrange(lowest // 2, lowest)
        if is_free(port):
            return port
    raise server_failed("no port is free")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections do not matter
        try:
            probe.bind((HOST, port))
            return True
        except OSError:
            return False


def read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def write(path: Path, text: str) -> None:
    """Whoever reads it finds all of it, or nothing."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text)
    partial.rename(path)


def tail(log: Path, begin: int) -> str:
    with open(log, "rb") as file:
        file.seek(max(begin, log.stat().st_size - TAIL_BYTES))
        return file.read().decode(errors="replace")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    to_start = commands.add_parser("start")
    to_start.add_argument("--namespace", action="append", default=[], dest="namespaces")
    to_start.add_argument("--namespaces", default="", dest="numbered")
    to_start.add_argument("--search-attribute", action="append", default=[])
    to_start.add_argument("--db-filename")
    to_start.add_argument("--port", type=int)
    to_start.add_argument("--dynamic-config-value", action="append", default=[])
    for each in (to_start, commands.add_parser("stop"), commands.add_parser("kill")):
        each.add_argument("folder", type=Path)
    said = parser.parse_args()
    try:
        if said.command == "stop":
            stop(said.folder)
        elif said.command == "kill":
            kill(said.folder)
        else:
            address = start(
                said.folder,
                said.namespaces,
                said.search_attribute,
                said.db_filename,
                said.port,
                said.dynamic_config_value,
                said.numbered,
            )
            print(address)
    except sdk_environment.no_environment as error:
        print(f"skipped: {error}", file=sys.stderr)
        return sdk_environment.SKIPPED
    except server_failed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
