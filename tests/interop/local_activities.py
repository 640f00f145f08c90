"""The workflows of local_activities.cpp."""

import asyncio

from equivalent import MINUTE, ONCE, SECOND, begun, chain_of, say
from temporalio import exceptions, workflow
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType as Cancelling


async def local(name: str, *arguments, **options):
    if "schedule_to_close_timeout" not in options:
        options.setdefault("start_to_close_timeout", MINUTE)
    return await workflow.execute_local_activity(name, args=arguments, **options)


def root_of(error: BaseException) -> str:
    """The innermost failure: what is around it is each SDK's own."""
    return root_of(error.__cause__) if error.__cause__ else chain_of(error)


@workflow.defn(name="local_results")
class LocalResults:
    @workflow.run
    async def run(self) -> str:
        await local("says_nothing")
        said = await local("say", "first")
        await asyncio.sleep(1)
        return said + ", " + await local("say", "second")


@workflow.defn(name="local_in_parallel")
class LocalInParallel:
    @workflow.run
    async def run(self) -> list[str]:
        said = await asyncio.gather(
            *(say(str(i)) if i % 3 == 2 else local("say", str(i)) for i in range(6))
        )
        return said + [await local("say", said[-1])]


@workflow.defn(name="local_retries")
class LocalRetries:
    @workflow.run
    async def run(self) -> int:
        first = await local("fails_until", 3)
        await asyncio.sleep(1)
        return 10 * first + await local("fails_until", 2)


@workflow.defn(name="local_retries_by_timer")
class LocalRetriesByTimer:
    @workflow.run
    async def run(self) -> int:
        attempts = await local(
            "fails_until",
            4,
            retry_policy=RetryPolicy(initial_interval=MINUTE),
            local_retry_threshold=30 * SECOND,
        )
        await asyncio.sleep(1)
        return attempts


@workflow.defn(name="local_failures")
class LocalFailures:
    @workflow.run
    async def run(self) -> str:
        text = ""
        for policy in (ONCE, RetryPolicy(non_retryable_error_types=["Broken"])):
            try:
                await local("fails", "Broken", retry_policy=policy)
            except exceptions.FailureError as error:
                text += root_of(error) + " "
            await asyncio.sleep(1)
        return text


@workflow.defn(name="local_timeouts")
class LocalTimeouts:
    @workflow.run
    async def run(self) -> list[str]:
        result = []
        for options in (
            {"start_to_close_timeout": 3 * SECOND},
            {"schedule_to_close_timeout": 20 * SECOND},
        ):
            try:
                await local("runs_on", "stops", retry_policy=ONCE, **options)
            except exceptions.FailureError as error:
                result.append(root_of(error))
            await asyncio.sleep(1)
        return result


class Stopped:
    def __init__(self) -> None:
        self.is_stopped = False

    @workflow.signal(name="stop")
    def stop(self) -> None:
        self.is_stopped = True

    async def cancels(self, how: Cancelling, then: str) -> str:
        running = await begun(
            local("runs_on", then, start_to_close_timeout=10 * MINUTE, cancellation_type=how)
        )
        await workflow.wait_condition(lambda: self.is_stopped)
        running.cancel()
        try:
            result = f"gave {await running}"
        except (exceptions.FailureError, asyncio.CancelledError):
            result = "cancelled"
        await asyncio.sleep(5)
        return result


@workflow.defn(name="local_wait_cancelled")
class LocalWaitCancelled(Stopped):
    @workflow.run
    async def run(self) -> str:
        return await self.cancels(Cancelling.WAIT_CANCELLATION_COMPLETED, "stops")


@workflow.defn(name="local_wait_completed")
class LocalWaitCompleted(Stopped):
    @workflow.run
    async def run(self) -> str:
        return await self.cancels(Cancelling.WAIT_CANCELLATION_COMPLETED, "completes")


@workflow.defn(name="local_try_cancel")
class LocalTryCancel(Stopped):
    @workflow.run
    async def run(self) -> str:
        return await self.cancels(Cancelling.TRY_CANCEL, "completes")


@workflow.defn(name="local_abandon")
class LocalAbandon(Stopped):
    @workflow.run
    async def run(self) -> str:
        return await self.cancels(Cancelling.ABANDON, "completes")


@workflow.defn(name="local_beside_signals")
class LocalBesideSignals:
    def __init__(self) -> None:
        self.lines: list[str] = []

    @workflow.signal(name="word")
    async def word(self, text: str) -> None:
        self.lines.append(text)
        await asyncio.sleep(1)
        self.lines.append(text + " later")

    @workflow.run
    async def run(self) -> list[str]:
        try:
            await local(
                "runs_on", "stops", start_to_close_timeout=25 * SECOND, retry_policy=ONCE
            )
        except exceptions.FailureError as error:
            self.lines.append(root_of(error))
        await asyncio.sleep(1)
        return self.lines


@workflow.defn(name="local_in_handler")
class LocalInHandler(Stopped):
    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    @workflow.update(name="add")
    async def add(self, more: int) -> int:
        self.total += more + await local("fails_until", 1)
        return self.total

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.is_stopped)
        await begun(local("runs_on", "stops"))
        await asyncio.sleep(1)
        return self.total
