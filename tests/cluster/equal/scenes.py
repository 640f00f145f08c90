"""The scenes in Python.

scenes.py ADDRESS NAMESPACE FOLDER [SCENE]   plays all, or that one, and writes
                                             FOLDER/<scene>.<workflow id>.<n>.json
scenes.py --replay FOLDER                    replays the histories in it
"""

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import activity_scenes
import child_scenes
import control_scenes
import message_scenes
from stage import IDENTITY, QUEUE, Stage, write_histories
from temporalio import worker, workflow
from temporalio.client import Client, WorkflowHistory

MODULES = [activity_scenes, child_scenes, control_scenes, message_scenes]
SCENE_LIMIT = 30.0
MOST_SILENCE = timedelta(milliseconds=100)  # of an attempt, between two heartbeats that are sent


def workflows() -> list[type]:
    return [
        each
        for module in MODULES
        for each in vars(module).values()
        if isinstance(each, type)
        and each.__module__ == module.__name__
        and workflow._Definition.from_class(each) is not None
    ]


async def play_all(address: str, namespace: str, folder: Path, only: str) -> int:
    client = await Client.connect(address, namespace=namespace, identity=IDENTITY)
    count = 0
    async with worker.Worker(
        client,
        task_queue=QUEUE,
        identity=IDENTITY,
        workflows=workflows(),
        activities=[*activity_scenes.ACTIVITIES, child_scenes.my_good_activity],
        workflow_runner=worker.UnsandboxedWorkflowRunner(),
        max_heartbeat_throttle_interval=MOST_SILENCE,
    ):
        for module in MODULES:
            for scene in module.SCENES:
                if only not in ("", scene.name):
                    continue
                on = Stage(client, scene.name)
                try:
                    await asyncio.wait_for(scene.play(on), SCENE_LIMIT)
                except Exception as error:
                    raise RuntimeError(f"{scene.name}: {error!r}") from error
                count += await write_histories(on, folder)
    return count


async def replay_all(folder: Path) -> list[str]:
    problems = []
    replayer = worker.Replayer(
        workflows=workflows(), workflow_runner=worker.UnsandboxedWorkflowRunner()
    )
    for path in sorted(folder.glob("*.json")):
        events = json.loads(path.read_text())["events"]
        workflow_id = events[0]["workflowExecutionStartedEventAttributes"]["workflowId"]
        history = WorkflowHistory.from_json(workflow_id, path.read_text())
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        if result.replay_failure:
            problems.append(f"{path.name}: {result.replay_failure!r}")
    return problems


def main(arguments: list[str]) -> int:
    if len(arguments) in (3, 4):
        address, namespace, folder, *only = arguments
        count = asyncio.run(play_all(address, namespace, Path(folder), "".join(only)))
        print(f"{count} histories in Python")
        return 0
    if len(arguments) == 2 and arguments[0] == "--replay":
        problems = asyncio.run(replay_all(Path(arguments[1])))
        for each in problems:
            print(each)
        print(f"{len(problems)} problems when Python replays")
        return 1 if problems else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # Threads of the SDK still run, and may crash an interpreter that is being taken down.
    os._exit(code)
