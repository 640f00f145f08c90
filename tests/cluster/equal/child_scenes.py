"""Child workflows: results, failures, cancellation, ids, policies, many.

In C++: child_scenes.cpp.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from stage import Scene, Stage
from temporalio import activity, exceptions, workflow
from temporalio.common import Priority, RetryPolicy, SearchAttributeKey, SearchAttributePair
from temporalio.common import TypedSearchAttributes
from temporalio.workflow import ChildWorkflowCancellationType, ParentClosePolicy

HOUR = timedelta(hours=1)
KEYWORD = SearchAttributeKey.for_keyword("CustomKeywordField")


def own(name: str) -> str:
    """The id of a child."""
    return f"{workflow.info().workflow_id}/{name}"


@workflow.defn(name="waits_for_go")
class WaitsForGo:
    """Gives what it is told with `go`; when it is cancelled, it still waits for that."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.words = 0

    @workflow.signal
    def go(self, value: int) -> None:
        self.told.append(value)

    @workflow.signal
    def word(self, text: str) -> None:
        self.words += len(text)

    @workflow.run
    async def run(self) -> int:
        try:
            await workflow.wait_condition(lambda: len(self.told) > 0)
        except asyncio.CancelledError:
            await workflow.wait_condition(lambda: len(self.told) > 0)
            raise
        if self.told[0] < 0:
            raise exceptions.ApplicationError("below zero", self.told[0], type="Negative")
        return self.told[0] + self.words


@workflow.defn(name="parent")
class Parent:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_child_workflow(WaitsForGo.run, id=own("kid")) + 1


async def play_parent(on: Stage) -> None:
    handle = await on.start(Parent.run)
    child = await on.child_of(handle, "kid")
    await child.signal(WaitsForGo.go, 5)
    await on.finish(handle)


async def play_child_fails(on: Stage) -> None:
    handle = await on.start(Parent.run)
    child = await on.child_of(handle, "kid")
    await child.signal(WaitsForGo.go, -5)
    await on.finish(handle)


@workflow.defn(name="handles_failure")
class HandlesFailure:
    @workflow.run
    async def run(self) -> str:
        try:
            await workflow.execute_child_workflow(WaitsForGo.run, id=own("kid"))
        except exceptions.ChildWorkflowError as error:
            assert isinstance(error.cause, exceptions.ApplicationError)
            return f"{error.cause.type} {error.cause.details[0]}"
        return "no failure"


async def play_child_failure_handled(on: Stage) -> None:
    handle = await on.start(HandlesFailure.run)
    child = await on.child_of(handle, "kid")
    await child.signal(WaitsForGo.go, -5)
    await on.finish(handle)


@workflow.defn(name="cancels_child")
class CancelsChild:
    def __init__(self) -> None:
        self.stopped = False

    @workflow.signal
    def stop(self) -> None:
        self.stopped = True

    @workflow.run
    async def run(self) -> str:
        child = await workflow.start_child_workflow(
            WaitsForGo.run,
            id=own("kid"),
            cancellation_type=ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
        await workflow.wait_condition(lambda: self.stopped)
        child.cancel()
        try:
            return f"gave {await child}"
        except exceptions.ChildWorkflowError as error:
            assert isinstance(error.cause, exceptions.CancelledError)
            return "cancelled"


async def play_cancels_child(on: Stage) -> None:
    handle = await on.start(CancelsChild.run)
    child = await on.child_of(handle, "kid")
    await handle.signal(CancelsChild.stop)
    await on.until_tasks(handle, 4)  # the last one, when the child has been asked
    await on.until_tasks(child, 2)
    await child.signal(WaitsForGo.go, 5)
    await on.finish(handle)


async def play_parent_cancelled(on: Stage) -> None:
    handle = await on.start(Parent.run)
    child = await on.child_of(handle, "kid")
    await handle.cancel()
    await on.until_tasks(handle, 4)
    await on.until_tasks(child, 2)
    await child.signal(WaitsForGo.go, 5)
    await on.finish(handle)


@workflow.defn(name="child_id_taken")
class ChildIdTaken:
    @workflow.run
    async def run(self) -> str:
        first = await workflow.start_child_workflow(WaitsForGo.run, id=own("kid"))
        try:
            await workflow.start_child_workflow(WaitsForGo.run, id=own("kid"))
            second = "started"
        except exceptions.WorkflowAlreadyStartedError:
            second = "refused"
        return f"{await first} {second}"


async def play_child_id_taken(on: Stage) -> None:
    handle = await on.start(ChildIdTaken.run)
    child = await on.child_of(handle, "kid")
    await on.until_tasks(handle, 3)
    await child.signal(WaitsForGo.go, 5)
    await on.finish(handle)


@workflow.defn(name="signals_child")
class SignalsChild:
    def __init__(self) -> None:
        self.stopped = False

    @workflow.signal
    def stop(self) -> None:
        self.stopped = True

    @workflow.run
    async def run(self) -> int:
        child = await workflow.start_child_workflow(WaitsForGo.run, id=own("kid"))
        await workflow.wait_condition(lambda: self.stopped)
        await child.signal(WaitsForGo.word, "hello")
        return await child


async def play_signals_child(on: Stage) -> None:
    handle = await on.start(SignalsChild.run)
    child = await on.child_of(handle, "kid")
    await handle.signal(SignalsChild.stop)
    await on.until_tasks(handle, 4)
    await on.until_tasks(child, 2)
    await child.signal(WaitsForGo.go, 5)
    await on.finish(handle)


@workflow.defn(name="leaves_children")
class LeavesChildren:
    """Ends while its children run, each with another policy."""

    def __init__(self) -> None:
        self.stopped = False

    @workflow.signal
    def stop(self) -> None:
        self.stopped = True

    @workflow.run
    async def run(self) -> int:
        policies = {
            "terminated": ParentClosePolicy.TERMINATE,
            "cancelled": ParentClosePolicy.REQUEST_CANCEL,
            "abandoned": ParentClosePolicy.ABANDON,
        }
        for name, policy in policies.items():
            await workflow.start_child_workflow(
                WaitsForGo.run, id=own(name), parent_close_policy=policy
            )
        await workflow.wait_condition(lambda: self.stopped)
        return 3


async def play_leaves_children(on: Stage) -> None:
    handle = await on.start(LeavesChildren.run)
    names = ("terminated", "cancelled", "abandoned")
    children = [await on.child_of(handle, name) for name in names]
    await on.until_tasks(handle, 4)
    await handle.signal(LeavesChildren.stop)
    await on.until_tasks(children[1], 2)
    for each in children[1:]:
        await each.signal(WaitsForGo.go, 5)
    for each in (handle, *children):
        await on.finish(each)


@workflow.defn(name="counts_down")
class CountsDown:
    def __init__(self) -> None:
        self.told: list[int] = []

    @workflow.signal
    def go(self, value: int) -> None:
        self.told.append(value)

    @workflow.run
    async def run(self, left: int, total: int) -> int:
        await workflow.wait_condition(lambda: len(self.told) > 0)
        total += self.told[0]
        if left > 0:
            workflow.continue_as_new(args=[left - 1, total])
        return total


@workflow.defn(name="child_continues_as_new")
class ChildContinuesAsNew:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_child_workflow(
            CountsDown.run, args=[1, 0], id=own("kid"), run_timeout=HOUR
        )


async def play_child_continues_as_new(on: Stage) -> None:
    handle = await on.start(ChildContinuesAsNew.run)
    child = await on.child_of(handle, "kid")
    await child.signal(CountsDown.go, 5)
    child = await on.next_of(child)
    await child.signal(CountsDown.go, 7)
    await on.finish(handle)


@workflow.defn(name="child_with_options")
class ChildWithOptions:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_child_workflow(
            WaitsForGo.run,
            id=own("kid"),
            execution_timeout=3 * HOUR,
            run_timeout=2 * HOUR,
            task_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_attempts=3, non_retryable_error_types=["Broken"]),
            memo={"stage": "early"},
            search_attributes=TypedSearchAttributes([SearchAttributePair(KEYWORD, "acme")]),
            static_summary="waits",
            static_details="It *waits*.",
            priority=Priority(priority_key=4),
        )


async def play_child_with_options(on: Stage) -> None:
    handle = await on.start(ChildWithOptions.run)
    child = await on.child_of(handle, "kid")
    await child.signal(WaitsForGo.go, 5)
    await on.finish(handle)


# ---- the batch of the README


@dataclass
class MyGoodActivityArgs:
    arg1: str
    arg2: str


@dataclass
class MyGoodActivityResult:
    arg1: str
    arg2: str
    random_val: float


@activity.defn
async def my_good_activity(args: MyGoodActivityArgs) -> MyGoodActivityResult:
    return MyGoodActivityResult(args.arg1, args.arg2, 0.7307825)


@dataclass
class MyGoodWorkflowArgs:
    arg1: str
    arg2: str


@dataclass
class MyGoodWorkflowResult:
    result: MyGoodActivityResult


@workflow.defn(name="my_good_workflow")
class MyGoodWorkflow:
    @workflow.run
    async def run(self, args: MyGoodWorkflowArgs) -> MyGoodWorkflowResult:
        result = await workflow.execute_activity(
            my_good_activity,
            MyGoodActivityArgs("activity arg1: " + args.arg1, "activity arg2: " + args.arg2),
            schedule_to_close_timeout=timedelta(seconds=60),
        )
        return MyGoodWorkflowResult(result)


@dataclass
class BatchArgs:
    inputs: list[MyGoodWorkflowArgs]


@dataclass
class BatchResult:
    results: list[MyGoodWorkflowResult]


@workflow.defn(name="my_batch_workflow")
class MyBatchWorkflow:
    @workflow.run
    async def run(self, args: BatchArgs) -> BatchResult:
        results = await asyncio.gather(
            *(
                workflow.execute_child_workflow(
                    MyGoodWorkflow.run,
                    each,
                    id=own(f"my_good_workflow_{i}"),
                    retry_policy=RetryPolicy(maximum_attempts=3),
                )
                for i, each in enumerate(args.inputs)
            )
        )
        return BatchResult(list(results))


async def play_fan_out(on: Stage) -> None:
    inputs = [MyGoodWorkflowArgs(f"a{i}", f"b{i}") for i in range(8)]
    await on.finish(await on.start(MyBatchWorkflow.run, BatchArgs(inputs)))


SCENES = [
    Scene("child", play_parent),
    Scene("child_fails", play_child_fails),
    Scene("child_failure_handled", play_child_failure_handled),
    Scene("child_cancelled", play_cancels_child),
    Scene("parent_cancelled", play_parent_cancelled),
    Scene("child_id_taken", play_child_id_taken),
    Scene("child_signalled", play_signals_child),
    Scene("leaves_children", play_leaves_children),
    Scene("child_continues_as_new", play_child_continues_as_new),
    Scene("child_with_options", play_child_with_options),
    Scene("fan_out", play_fan_out),
]
