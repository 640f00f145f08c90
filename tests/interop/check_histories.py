"""What replay.py runs in the environment that has the SDK: check_histories.py FOLDER FEWEST_SCENES"""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

import activities
import changed
import children
import control
import handlers
import life
import local_activities
import messages
import operators
from equivalent import MINUTE, chain_of
from temporalio import exceptions, worker, workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.runtime import Runtime, TelemetryConfig

CONVERTER = DataConverter.default
QUIET = Runtime(telemetry=TelemetryConfig(logging=None))


def workflows_of(module) -> list[type]:
    return [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and each.__module__ == module.__name__
        and workflow._Definition.from_class(each) is not None
    ]


ends: list = []


class Recorder(worker.Interceptor):
    """Notes how the workflow's code ended: the Replayer compares commands, and no payloads."""

    def workflow_interceptor_class(self, input):
        class Inbound(worker.WorkflowInboundInterceptor):
            async def execute_workflow(self, input):
                try:
                    result = await super().execute_workflow(input)
                    ends.append(("gave", result))
                    return result
                except BaseException as error:
                    ends.append(("threw", error))
                    raise

        return Inbound


class OneMoreActivity(worker.Interceptor):
    """A change that no history with a command can stand: every run begins with an activity."""

    def workflow_interceptor_class(self, input):
        class Inbound(worker.WorkflowInboundInterceptor):
            async def execute_workflow(self, input):
                await workflow.execute_activity("not_there", start_to_close_timeout=MINUTE)
                return await super().execute_workflow(input)

        return Inbound


def facts_of(error: BaseException):
    """What must be the same of two failures: of those of the user's own, also the words."""
    own = isinstance(error, exceptions.ApplicationError)
    words = (error.message, error.details, error.non_retryable) if own else ()
    return chain_of(error), *words


def has_commands(history: WorkflowHistory) -> bool:
    def of(event) -> int:
        attributes = getattr(event, event.WhichOneof("attributes"))
        return getattr(attributes, "workflow_task_completed_event_id", 0)

    return any(of(event) for event in history.events)


def same_end(history: WorkflowHistory) -> str:
    """What differs between the end in the history and that of the Python workflow; empty: nothing."""
    last = history.events[-1]
    how, what = ends[-1] if ends else ("nothing", None)
    if last.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
        payloads = last.workflow_execution_completed_event_attributes.result.payloads
        expected = CONVERTER.payload_converter.from_payloads(payloads)
        found = CONVERTER.payload_converter.from_payloads(
            CONVERTER.payload_converter.to_payloads([what])
        )
        return "" if (how, found) == ("gave", expected) else f"{how} {found}, not {expected}"
    if last.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
        failure = last.workflow_execution_failed_event_attributes.failure
        expected = CONVERTER.failure_converter.from_failure(failure, CONVERTER.payload_converter)
        same = how == "threw" and facts_of(what) == facts_of(expected)
        return "" if same else f"{how} {what!r}, not {expected!r}"
    return ""


async def replay(history: WorkflowHistory, workflows, *interceptors) -> str:
    """What the Replayer says against it; empty: nothing."""
    ends.clear()
    try:
        await worker.Replayer(
            workflows=workflows,
            interceptors=interceptors,
            workflow_runner=worker.UnsandboxedWorkflowRunner(),
            runtime=QUIET,
        ).replay_workflow(history)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return same_end(history) if interceptors and isinstance(interceptors[0], Recorder) else ""


def load(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.name.split(".")[1], path.read_text())


async def main(folder: Path, fewest: int) -> int:
    problems = []
    workflows = [
        each
        for module in (
            activities,
            children,
            control,
            handlers,
            life,
            local_activities,
            messages,
            operators,
        )
        for each in workflows_of(module)
    ]
    seen = Counter()
    scenes = Counter()
    controls = 0
    for path in sorted(folder.glob("*/*.json")):
        history = load(path)
        events = {each.event_type for each in history.events}
        if EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED not in events:
            continue  # ended before its code ran: there is nothing to replay
        where = f"{path.parent.name}/{path.name}"
        seen[history.events[0].workflow_execution_started_event_attributes.workflow_type.name] += 1
        scenes[path.name.split(".")[0]] += 1
        if problem := await replay(history, workflows, Recorder()):
            problems.append(f"{where}: {problem}")
        if not has_commands(history):
            continue  # nothing that a change could contradict
        controls += 1
        if not await replay(history, workflows, OneMoreActivity()):
            problems.append(f"{where}: replays although its workflow has an activity more")
    for scene, changes in changed.CHANGES.items():
        history = load(folder / "memory" / f"{scene}.w.1.json")
        for each in changes:
            controls += 1
            if not await replay(history, [each]):
                problems.append(f"{scene}: replays although {each.__doc__}")
    for each in workflows:
        name = workflow._Definition.from_class(each).name
        if seen[name] == 0:
            problems.append(f"no history is of the workflow {name}")
    if len(scenes) < fewest:
        problems.append(f"only {len(scenes)} scenes")
    for each in problems:
        print(each)
    print(
        f"{sum(seen.values())} histories of {len(seen)} workflow types in {len(scenes)} scenes; "
        f"{controls} changed workflows; {len(problems)} problems"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]))))
