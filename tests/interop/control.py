"""The workflows of control.cpp."""

import asyncio
from datetime import timedelta

from equivalent import MINUTE, ONCE, begun, join_cancelled, say
from temporalio import exceptions, workflow
from temporalio.common import SearchAttributeKey

KEYWORD = SearchAttributeKey.for_keyword("CustomKeywordField")


def milliseconds_since_start() -> int:
    return round((workflow.now() - workflow.info().start_time).total_seconds() * 1000)


@workflow.defn(name="timers")
class Timers:
    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(1)
        await asyncio.gather(asyncio.sleep(3), asyncio.sleep(2), asyncio.sleep(0.001))
        await asyncio.sleep(5)
        return str(milliseconds_since_start() // 1000)


@workflow.defn(name="timer_cancelled")
class TimerCancelled:
    @workflow.run
    async def run(self) -> str:
        result = []
        for wait in (1, 0):
            timer = await begun(asyncio.sleep(3600))
            if wait > 0:
                await asyncio.sleep(wait)
            timer.cancel()
            try:
                await timer
                result.append("fired")
            except asyncio.CancelledError:
                result.append("cancelled")
        await asyncio.sleep(1)
        return " ".join(result)


@workflow.defn(name="first_of_timers")
class FirstOfTimers:
    @workflow.run
    async def run(self) -> str:
        both = [asyncio.ensure_future(asyncio.sleep(each)) for each in (9, 2)]
        done, _ = await workflow.wait(both, return_when=asyncio.FIRST_COMPLETED)
        await say("between")
        await both[0]
        return str(both.index(done[0]))


@workflow.defn(name="cancelled_with_cleanup")
class CancelledWithCleanup:
    @workflow.run
    async def run(self) -> str:
        text = "not cancelled"
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            text = "cancelled"
        await say("cleaned")
        await asyncio.sleep(5)
        return text


@workflow.defn(name="cancelled_run")
class CancelledRun:
    @workflow.run
    async def run(self) -> int:
        await asyncio.sleep(3600)
        return 1


@workflow.defn(name="shielded_part")
class ShieldedPart:
    @workflow.run
    async def run(self) -> str:
        inside = asyncio.ensure_future(say("shielded", task_queue="elsewhere"))
        try:
            text = await asyncio.shield(inside)
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            text = await inside + ", then cancelled"
        return text


async def sleeps_for(seconds: int, name: str) -> str:
    await asyncio.sleep(seconds)
    return name


@workflow.defn(name="group_cancelled")
class GroupCancelled:
    @workflow.run
    async def run(self) -> str:
        async def fails_after_two() -> str:
            await asyncio.sleep(2)
            raise exceptions.ApplicationError("planned", type="Planned")

        tasks = [sleeps_for(10, "a"), fails_after_two(), sleeps_for(20, "b")]
        tasks = [asyncio.ensure_future(each) for each in tasks]
        done, pending = await workflow.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        await join_cancelled(pending)
        await asyncio.sleep(1)
        return done[0].exception().type


@workflow.defn(name="race_of_coroutines")
class RaceOfCoroutines:
    @workflow.run
    async def run(self) -> str:
        tasks = [asyncio.ensure_future(sleeps_for(*each)) for each in ((3, "slow"), (1, "fast"))]
        done, pending = await workflow.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await join_cancelled(pending)
        await asyncio.sleep(1)
        return done[0].result()


@workflow.defn(name="failed_run")
class FailedRun:
    @workflow.run
    async def run(self) -> int:
        await asyncio.sleep(1)
        deep = exceptions.ApplicationError("deep", type="Deep")
        raise exceptions.ApplicationError("top", 1, "two", type="Top", non_retryable=True) from deep


@workflow.defn(name="retried_run")
class RetriedRun:
    @workflow.run
    async def run(self) -> int:
        await asyncio.sleep(1)
        if workflow.info().attempt < 3:
            raise exceptions.ApplicationError("not yet", type="NotYet")
        return workflow.info().attempt


@workflow.defn(name="continued_run")
class ContinuedRun:
    @workflow.run
    async def run(self, left: int, total: int) -> int:
        total += left
        if left > 0:
            await asyncio.sleep(1)
            workflow.continue_as_new(args=[left - 1, total])
        return total


@workflow.defn(name="patched_run")
class PatchedRun:
    @workflow.run
    async def run(self) -> str:
        text = ""
        if workflow.patched("first"):
            text = await say("new")
        else:
            await asyncio.sleep(1)
        await asyncio.sleep(1)
        if workflow.patched("second"):
            text += "!"
        if workflow.patched("first"):
            text += "!"
        workflow.deprecate_patch("third")
        await asyncio.sleep(1)
        return text


async def from_outside() -> str:
    return await workflow.execute_local_activity(
        "side_effect", start_to_close_timeout=MINUTE, retry_policy=ONCE
    )


@workflow.defn(name="side_effects")
class SideEffects:
    @workflow.run
    async def run(self) -> list[str]:
        result = [await from_outside()]
        await asyncio.sleep(1)
        for _ in range(3):
            result.append(await from_outside())
        try:
            await from_outside()
            result.append("read")
        except exceptions.ApplicationError:
            result.append("failed")
        result.append(await say(result[-1]))
        return result


@workflow.defn(name="upserts")
class Upserts:
    @workflow.run
    async def run(self) -> str:
        workflow.upsert_memo({"stage": "paid"})
        workflow.upsert_search_attributes([KEYWORD.value_set("customer")])
        await asyncio.sleep(1)
        workflow.upsert_memo({"stage": "sent"})
        return "done"


@workflow.defn(name="facts")
class Facts:
    @workflow.run
    async def run(self) -> str:
        me = workflow.info()
        text = f"{me.workflow_id} {me.workflow_type} {me.attempt}"
        text += f" {me.run_timeout // timedelta(seconds=1)}"
        await asyncio.sleep(1.5)
        text += f" {milliseconds_since_start()} {me.get_current_history_length()}"
        return f"{text} {me.run_id} {me.first_execution_run_id}"
