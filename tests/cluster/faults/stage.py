"""Where a scene of faults.py is played: a server, workers, a client, and the checks at the end."""

import argparse
import asyncio
import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

import dev_server

QUEUE = "faults"
BATCH = "batch"  # its id
MOMENT = 0.02
STOP_LIMIT = 30.0
READERS = 16  # histories that are read at a time
TAIL = 4_000


class scene_failed(Exception):
    """Says what is not as it must be."""


def value_of(child: int) -> int:
    """What the child's activity gives: known to fault_worker.cpp, too."""
    return child * 7919 + 13


class stage:
    """`with stage(...) as on:` has a server; all that runs is ended with it."""

    def __init__(self, name: str, folder: Path, said: argparse.Namespace, pace: int) -> None:
        self.name = name
        self.folder = folder
        self.said = said
        self.pace = pace  # activities that a worker begins a second; 0: as fast as it can
        self.server = dev_server.dev_server(folder / "server", db_filename=folder / "data")
        self.executions = folder / "executions"
        self.workers: list[subprocess.Popen] = []
        self.client: subprocess.Popen | None = None
        self.until = time.monotonic() + said.patience
        self.outcome = ""
        self.number = 0

    def __enter__(self) -> "stage":
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "data").unlink(missing_ok=True)
        self.executions.write_text("")
        self.server.start()
        return self

    def __exit__(self, *_) -> None:
        for each in [*self.workers, self.client]:
            if each is not None and each.poll() is None:
                each.kill()
                each.wait()
        self.server.stop()

    # ---------------------------------------------------------------------------- processes
    def start_worker(self, address: str, lines: int = 1) -> subprocess.Popen:
        words = ["work", address, QUEUE, str(self.executions), str(self.pace), str(lines)]
        self.workers.append(self.start(words))
        return self.workers[-1]

    def start_client(self, address: str) -> None:
        numbers = [str(self.said.children), str(self.said.limit)]
        self.client = self.start(["ask", address, QUEUE, BATCH, *numbers])

    def start(self, words: list[str]) -> subprocess.Popen:
        self.number += 1
        with open(self.folder / f"{words[0]}-{self.number}.log", "w") as log:
            return subprocess.Popen(
                [str(self.said.program), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def restart_server(self) -> None:
        """As after a crash: the same address and data."""
        address = self.server.address
        port = int(address.rpartition(":")[2])
        self.server.kill()
        # The first thread of a process may be gone before the others, which hold its sockets.
        while not dev_server.is_free(port):
            self.expect_time("the server's port")
            time.sleep(MOMENT)
        self.server.start()
        if self.server.address != address:
            self.fail(f"the server is at {self.server.address} now, and was at {address}")

    def kill(self, worker: subprocess.Popen) -> None:
        if worker.poll() is not None:
            self.fail(f"a worker has ended with {worker.returncode} by itself")
        worker.kill()
        worker.wait()
        self.workers.remove(worker)

    # ------------------------------------------------------------------------------- events
    def share(self, part: int, of: int) -> int:
        """So many executions are that part of the work."""
        return max(1, self.said.children * part // of)

    def await_executions(self, count: int) -> None:
        while self.executions.read_bytes().count(b"\n") < count:
            self.expect_unfinished()
            self.expect_time(f"{count} executions")
            time.sleep(MOMENT)

    def expect_unfinished(self) -> None:
        if self.client.poll() is not None:
            self.fail(f"the client has ended with {self.client.returncode} before the fault")

    def expect_time(self, what: str) -> None:
        for worker in self.workers:
            if worker.poll() is not None:
                self.fail(f"a worker has ended with {worker.returncode}")
        if time.monotonic() > self.until:
            self.fail(f"there was no end of waiting for {what}")

    def fail(self, why: str) -> None:
        logs = sorted(self.folder.glob("*.log"), key=lambda log: int(log.stem.split("-")[1]))
        for log in logs[-4:]:
            why += f"\n--- {log.name}\n{log.read_text(errors='replace')[-TAIL:]}"
        raise scene_failed(why)

    # ---------------------------------------------------------------------------- the end
    def finish(self, faults: str, report: Callable[[], str] = lambda: "") -> None:
        """Waits for the client, looks at all there is, and stops the workers."""
        while self.client.poll() is None:
            self.expect_time("the client")
            time.sleep(MOMENT)
        if self.client.returncode:
            self.fail(f"the client has ended with {self.client.returncode}")
        extra = self.check()
        self.stop_workers()
        parts = [faults, report(), f"{self.said.children} children", f"{extra} executions more"]
        self.outcome = ", ".join(part for part in parts if part)

    def stop_workers(self) -> None:
        """They are those that were started, and have not forgotten how to stop."""
        for worker in self.workers:
            if worker.poll() is not None:
                self.fail(f"a worker has ended with {worker.returncode} by itself")
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            try:
                code = worker.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.fail("a worker does not stop")
            if code:
                self.fail(f"a worker has stopped with {code}")

    def check(self) -> int:
        """Gives how many executions there were beside the necessary ones."""
        lines = self.executions.read_text().splitlines()
        ran = Counter(int(line.split()[0]) for line in lines)
        attempts = asyncio.run(self.read_histories())
        for child in range(self.said.children):
            if not 1 <= ran[child] <= attempts[child]:
                self.fail(f"child {child} ran {ran[child]} times in {attempts[child]} attempts")
        if unknown := set(ran) - set(range(self.said.children)):
            self.fail(f"nobody asked for {unknown}")
        return len(lines) - self.said.children

    async def read_histories(self) -> list[int]:
        """Gives how many attempts the activity of each child had."""
        client = await Client.connect(self.server.address)
        history = await client.get_workflow_handle(BATCH).fetch_history()
        self.check_parent(history.events)
        gate = asyncio.Semaphore(READERS)

        async def child(number: int) -> int:
            async with gate:
                handle = client.get_workflow_handle(f"{BATCH}/{number}")
                return self.check_child(number, (await handle.fetch_history()).events)

        return await asyncio.gather(*(child(each) for each in range(self.said.children)))

    def check_parent(self, events: list) -> None:
        asked: dict[int, int] = {}
        completed: list[int] = []
        for each in events:
            match each.event_type:
                case EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
                    initiated = each.start_child_workflow_execution_initiated_event_attributes
                    asked[each.event_id] = int(initiated.workflow_id.removeprefix(f"{BATCH}/"))
                case EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED:
                    ended = each.child_workflow_execution_completed_event_attributes
                    number = asked.get(ended.initiated_event_id, -1)
                    completed.append(number)
                    self.check_value(number, ended.result, "the parent's history")
        if sorted(completed) != [*range(self.said.children)] or len(asked) != len(completed):
            many = [each for each, times in Counter(completed).items() if times > 1]
            missing = set(range(self.said.children)) - set(completed)
            self.fail(f"the parent's history lacks {missing} and has {many} more than once")

    def check_child(self, number: int, events: list) -> int:
        types = [each.event_type for each in events]
        for wanted in (
            EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
            EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
        ):
            if types.count(wanted) != 1:
                name = EventType.Name(wanted)
                self.fail(f"child {number} has {types.count(wanted)} events {name}")
        ended = events[types.index(EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)]
        result = ended.activity_task_completed_event_attributes.result
        self.check_value(number, result, "its activity")
        begun = events[types.index(EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED)]
        return begun.activity_task_started_event_attributes.attempt

    def check_value(self, number: int, result, where: str) -> None:
        got = [json.loads(each.data) for each in result.payloads]
        if got != [value_of(number)]:
            self.fail(f"child {number} gave {got} in {where}, and not {value_of(number)}")
