"""The workflows of children.cpp."""

import asyncio
from datetime import timedelta

from equivalent import HOUR, Words, chain_of
from temporalio import exceptions, workflow
from temporalio.common import RetryPolicy
from temporalio.workflow import ChildWorkflowCancellationType as Cancelling
from temporalio.workflow import ParentClosePolicy as Closing


@workflow.defn(name="doubles")
class Doubles:
    @workflow.run
    async def run(self, a: int) -> int:
        return 2 * a


class Poked(Words):
    @workflow.signal(name="poke")
    def poke(self, value: int) -> None:
        self.words.append(value)


@workflow.defn(name="waits_for_poke")
class WaitsForPoke(Poked):
    @workflow.run
    async def run(self) -> int:
        return await self.receive()


@workflow.defn(name="fails_as")
class FailsAs:
    @workflow.run
    async def run(self, kind: str) -> int:
        await asyncio.sleep(1)
        raise exceptions.ApplicationError("no luck", type=kind, non_retryable=kind == "Final")


@workflow.defn(name="fails_twice")
class FailsTwice:
    @workflow.run
    async def run(self) -> int:
        attempt = workflow.info().attempt
        if attempt < 3:
            raise exceptions.ApplicationError("not yet", type="NotYet")
        return attempt


@workflow.defn(name="tidies_up")
class TidiesUp(Poked):
    @workflow.run
    async def run(self) -> int:
        try:
            return await self.receive()
        except asyncio.CancelledError:
            await asyncio.sleep(10)
            raise


@workflow.defn(name="sleeps_long")
class SleepsLong:
    @workflow.run
    async def run(self) -> int:
        await asyncio.sleep(3600)
        return 1


@workflow.defn(name="child_result")
class ChildResult:
    @workflow.run
    async def run(self, a: int) -> int:
        return await workflow.execute_child_workflow("doubles", a, id="kid") + 1


@workflow.defn(name="children_in_parallel")
class ChildrenInParallel:
    @workflow.run
    async def run(self) -> str:
        all_of_them = await asyncio.gather(
            *(workflow.execute_child_workflow("doubles", i, id=f"kid-{i}") for i in range(5))
        )
        return "".join(str(each) for each in all_of_them)


@workflow.defn(name="grandparent")
class Grandparent:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_child_workflow("child_result", 20, id="parent")


async def reports(name: str, *arguments, **options) -> str:
    try:
        await workflow.execute_child_workflow(name, args=arguments, id="kid", **options)
    except exceptions.ChildWorkflowError as error:
        return chain_of(error)
    return "no failure"


@workflow.defn(name="child_failure")
class ChildFailure:
    @workflow.run
    async def run(self) -> str:
        return await reports("fails_as", "Unlucky")


@workflow.defn(name="unhandled_child_failure")
class UnhandledChildFailure:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_child_workflow("fails_as", "Final", id="kid")


@workflow.defn(name="child_retried")
class ChildRetried:
    @workflow.run
    async def run(self) -> int:
        policy = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=5)
        return await workflow.execute_child_workflow("fails_twice", id="kid", retry_policy=policy)


@workflow.defn(name="child_times_out")
class ChildTimesOut:
    @workflow.run
    async def run(self) -> str:
        return await reports("sleeps_long", run_timeout=timedelta(seconds=30))


@workflow.defn(name="child_terminated")
class ChildTerminated:
    @workflow.run
    async def run(self) -> str:
        return await reports("sleeps_long")


@workflow.defn(name="child_id_taken")
class ChildIdTaken:
    @workflow.run
    async def run(self) -> str:
        first = await workflow.start_child_workflow("waits_for_poke", id="kid")
        try:
            await workflow.start_child_workflow("waits_for_poke", id="kid")
            second = "twice"
        except exceptions.WorkflowAlreadyStartedError:
            second = "refused"
        await first.signal("poke", 1)
        return f"{await first} {second}"


@workflow.defn(name="child_signalled")
class ChildSignalled:
    @workflow.run
    async def run(self) -> int:
        child = await workflow.start_child_workflow("waits_for_poke", id="kid")
        await child.signal("poke", 5)
        return await child


async def cancels(how: Cancelling) -> str:
    child = await workflow.start_child_workflow(
        "tidies_up", id="kid", parent_close_policy=Closing.ABANDON, cancellation_type=how
    )
    child.cancel()
    result = "done"
    try:
        await child
    except exceptions.ChildWorkflowError:
        result = "cancelled"
    await asyncio.sleep(1)
    return result


@workflow.defn(name="child_try_cancel")
class ChildTryCancel:
    @workflow.run
    async def run(self) -> str:
        return await cancels(Cancelling.TRY_CANCEL)


@workflow.defn(name="child_wait_cancelled")
class ChildWaitCancelled:
    @workflow.run
    async def run(self) -> str:
        return await cancels(Cancelling.WAIT_CANCELLATION_COMPLETED)


@workflow.defn(name="child_abandon")
class ChildAbandon:
    @workflow.run
    async def run(self) -> str:
        return await cancels(Cancelling.ABANDON)


@workflow.defn(name="child_cancelled_unsent")
class ChildCancelledUnsent:
    @workflow.run
    async def run(self) -> str:
        child = asyncio.ensure_future(workflow.execute_child_workflow("doubles", 1, id="kid"))
        await asyncio.sleep(0)
        child.cancel()
        result = "done"
        try:
            await child
        except (exceptions.ChildWorkflowError, asyncio.CancelledError):
            result = "cancelled"
        await asyncio.sleep(1)
        return result


@workflow.defn(name="leaves_children")
class LeavesChildren:
    @workflow.run
    async def run(self) -> int:
        policies = {
            "terminated": Closing.TERMINATE,
            "cancelled": Closing.REQUEST_CANCEL,
            "abandoned": Closing.ABANDON,
        }
        await asyncio.gather(
            *(
                workflow.start_child_workflow("sleeps_long", id=name, parent_close_policy=policy)
                for name, policy in policies.items()
            )
        )
        return 3


@workflow.defn(name="counts_down")
class CountsDown:
    @workflow.run
    async def run(self, left: int, total: int) -> int:
        if left > 0:
            await asyncio.sleep(1)
            workflow.continue_as_new(args=[left - 1, total + left])
        return total


@workflow.defn(name="child_continues_as_new")
class ChildContinuesAsNew:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_child_workflow("counts_down", args=[3, 0], id="kid")
