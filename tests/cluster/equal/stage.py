"""Where the Python workflows run: a client and a worker on a server; what a scene does there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

QUEUE = "equal"
IDENTITY = "equal"


class Gate:
    """Where activities wait until a scene lets them go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()


gates: dict[str, Gate] = {}


def gate(name: str) -> Gate:
    return gates.setdefault(name, Gate())


@activity.defn
async def waits(name: str) -> str:
    gate(name).reached.set()
    await gate(name).open.wait()
    return "went through " + name


def next_run_id(event) -> str:
    """Of the run that begins with this one's end, if there is one."""
    return getattr(getattr(event, event.WhichOneof("attributes")), "new_execution_run_id", "")


@dataclass
class Stage:
    """One worker and one client for all scenes."""

    client: Client
    name: str = ""  # of the scene that plays
    runs: list[WorkflowHandle] = field(default_factory=list)  # that it began itself

    def options(self, **more) -> dict:
        """Of a start. What an earlier, broken attempt at the scene has left behind goes."""
        more.setdefault("id", self.name)
        return {
            "task_queue": QUEUE,
            "id_conflict_policy": WorkflowIDConflictPolicy.TERMINATE_EXISTING,
            **more,
        }

    def began(self, handle: WorkflowHandle) -> WorkflowHandle:
        """A handle of the run itself, and not of whichever is the current one."""
        run_id = handle.first_execution_run_id or handle.result_run_id
        handle = self.client.get_workflow_handle(handle.id, run_id=run_id)
        self.runs.append(handle)
        return handle

    async def start(self, workflow, *arguments, **options) -> WorkflowHandle:
        return self.began(
            await self.client.start_workflow(workflow, args=arguments, **self.options(**options))
        )

    async def until(self, handle: WorkflowHandle, holds: Callable):
        """The first event of the run of which that holds."""
        async for each in handle.fetch_history_events(wait_new_event=True):
            if holds(each):
                return each
        raise RuntimeError(f"{handle.id} has ended, and what was waited for has not happened")

    async def until_tasks(self, handle: WorkflowHandle, count: int) -> None:
        """Waits until so many workflow tasks of the run are done."""
        done = 0

        def is_last(event) -> bool:
            nonlocal done
            done += event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
            return done == count

        await self.until(handle, is_last)

    async def child_of(self, parent: WorkflowHandle, name: str) -> WorkflowHandle:
        """The child `<id of the parent>/<name>`, when it waits and its parent knows of it."""

        def starts_it(event) -> bool:
            started = event.child_workflow_execution_started_event_attributes
            return started.workflow_execution.workflow_id == f"{parent.id}/{name}"

        event = await self.until(parent, starts_it)
        await self.until(
            parent,
            lambda each: (
                each.event_id > event.event_id
                and each.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
            ),
        )
        started = event.child_workflow_execution_started_event_attributes.workflow_execution
        child = self.client.get_workflow_handle(started.workflow_id, run_id=started.run_id)
        await self.until_tasks(child, 1)
        return child

    async def next_of(self, handle: WorkflowHandle) -> WorkflowHandle:
        """The run that continues this one, when it is there and waits."""
        event = await self.until(handle, next_run_id)
        run_id = next_run_id(event)
        following = self.client.get_workflow_handle(handle.id, run_id=run_id)
        await self.until_tasks(following, 1)
        return following

    async def reached(self, name: str) -> None:
        """Waits until an activity has come to the gate."""
        await gate(name).reached.wait()

    def open(self, name: str) -> None:
        gate(name).open.set()

    async def finish(self, handle: WorkflowHandle) -> None:
        """Waits for the end, however it ends: that stands in its history."""
        try:
            await handle.result()
        except WorkflowFailureError:
            pass


@dataclass
class Scene:
    """A story whose histories are compared."""

    name: str
    play: Callable


def plays(workflow, *arguments, **options) -> Callable:
    """The scene of a workflow that needs nothing but to be run."""

    async def play(on: Stage) -> None:
        await on.finish(await on.start(workflow, *arguments, **options))

    return play


async def write_histories(on: Stage, folder: Path) -> int:
    """Writes the runs that the scene began, their children and those that continue them."""
    numbers: dict[str, int] = {}
    waiting = list(on.runs)
    count = 0
    while waiting:
        handle = waiting.pop(0)
        history = await handle.fetch_history()
        numbers[handle.id] = numbers.get(handle.id, 0) + 1
        name = f"{on.name}.{handle.id.replace('/', '+')}.{numbers[handle.id]}.json"
        (folder / name).write_text(history.to_json())
        count += 1
        for event in history.events:
            child = event.child_workflow_execution_started_event_attributes.workflow_execution
            if child.run_id:
                waiting.append(
                    on.client.get_workflow_handle(child.workflow_id, run_id=child.run_id)
                )
            if following := next_run_id(event):
                waiting.append(on.client.get_workflow_handle(handle.id, run_id=following))
    return count
