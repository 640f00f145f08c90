"""The course of a run: timers, cancellation, ends, chains, patches, attributes.

In C++: control_scenes.cpp.
"""

import asyncio
from datetime import timedelta

from activity_scenes import say
from stage import Scene, Stage, plays
from temporalio import exceptions, workflow
from temporalio.common import Priority, RetryPolicy, SearchAttributeKey, SearchAttributePair
from temporalio.common import TypedSearchAttributes

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(milliseconds=10)
KEYWORD = SearchAttributeKey.for_keyword("CustomKeywordField")


@workflow.defn(name="timers")
class Timers:
    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(MOMENT)
        quick = asyncio.create_task(workflow.sleep(MOMENT))
        slow = asyncio.create_task(workflow.sleep(HOUR))
        await quick
        slow.cancel()
        try:
            await slow
        except asyncio.CancelledError:
            await workflow.sleep(0.0015)
            return "cancelled"
        return "fired"


@workflow.defn(name="cancelled_with_cleanup")
class CancelledWithCleanup:
    @workflow.run
    async def run(self) -> int:
        try:
            await workflow.sleep(HOUR)
        except asyncio.CancelledError:
            await workflow.execute_activity(say, "cleaned", start_to_close_timeout=MINUTE)
            raise
        return 1


async def play_cancelled(on: Stage) -> None:
    handle = await on.start(CancelledWithCleanup.run)
    await on.until_tasks(handle, 1)
    await handle.cancel()
    await on.finish(handle)


async def play_terminated(on: Stage) -> None:
    handle = await on.start(CancelledWithCleanup.run)
    await on.until_tasks(handle, 1)
    await handle.terminate(reason="enough")
    await on.finish(handle)


@workflow.defn(name="fails_with_details")
class FailsWithDetails:
    @workflow.run
    async def run(self) -> int:
        deep = exceptions.ApplicationError("deep", type="Deep")
        raise exceptions.ApplicationError("top", 1, "two", type="Top", non_retryable=True) from deep


@workflow.defn(name="continued_run")
class ContinuedRun:
    @workflow.run
    async def run(self, left: int, total: int) -> int:
        total += left
        if left == 2:
            workflow.upsert_search_attributes([KEYWORD.value_set("again")])
            await workflow.sleep(MOMENT)
        if left > 0:
            workflow.continue_as_new(args=[left - 1, total])
        return total


@workflow.defn(name="one_kind")
class OneKind:
    @workflow.run
    async def run(self, total: int) -> int:
        workflow.continue_as_new(
            args=[total + 1, "carried"],
            workflow=OtherKind.run,
            run_timeout=HOUR,
            task_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_attempts=2),
            memo={"stage": "other"},
        )


@workflow.defn(name="other_kind")
class OtherKind:
    @workflow.run
    async def run(self, total: int, text: str) -> str:
        return f"{text} {total}"


@workflow.defn(name="patched_run")
class PatchedRun:
    @workflow.run
    async def run(self) -> str:
        text = ""
        if workflow.patched("first"):
            text = await workflow.execute_activity(say, "new", start_to_close_timeout=MINUTE)
        await workflow.sleep(MOMENT)
        if workflow.patched("second"):
            text += "!"
        if workflow.patched("first"):
            text += "!"
        workflow.deprecate_patch("third")
        await workflow.sleep(MOMENT)
        return text


@workflow.defn(name="upserts")
class Upserts:
    @workflow.run
    async def run(self) -> str:
        workflow.upsert_memo({"stage": "paid", "count": 3})
        workflow.upsert_search_attributes([KEYWORD.value_set("customer")])
        await workflow.sleep(MOMENT)
        workflow.upsert_search_attributes([KEYWORD.value_unset()])
        workflow.upsert_memo({"stage": None})
        await workflow.sleep(MOMENT)
        return str(workflow.memo_value("count", type_hint=int))


@workflow.defn(name="described_run")
class DescribedRun:
    @workflow.run
    async def run(self) -> str:
        workflow.set_current_details("in no history")
        await workflow.sleep(MOMENT, summary="a moment")
        return await workflow.execute_activity(
            say, "described", start_to_close_timeout=MINUTE, summary="says it"
        )


DESCRIBED = {
    "execution_timeout": 2 * HOUR,
    "run_timeout": HOUR,
    "task_timeout": timedelta(seconds=5),
    "memo": {"stage": "early"},
    "search_attributes": TypedSearchAttributes([SearchAttributePair(KEYWORD, "acme")]),
    "static_summary": "tells of itself",
    "static_details": "With *details*.",
    "priority": Priority(priority_key=2, fairness_key="acme", fairness_weight=0.5),
}


@workflow.defn(name="fails_twice")
class FailsTwice:
    @workflow.run
    async def run(self) -> int:
        attempt = workflow.info().attempt
        if attempt < 3:
            raise exceptions.ApplicationError("not yet", attempt, type="NotYet")
        return attempt


@workflow.defn(name="too_late_at_first")
class TooLateAtFirst:
    @workflow.run
    async def run(self) -> int:
        if workflow.info().attempt == 1:
            await workflow.sleep(HOUR)
        return workflow.info().attempt


@workflow.defn(name="nightly")
class Nightly:
    @workflow.run
    async def run(self) -> int:
        before = workflow.get_last_completion_result(int) or 0
        if before == 1:
            await workflow.sleep(HOUR)
        return before + 1


async def play_cron(on: Stage) -> None:
    handle = await on.start(Nightly.run, cron_schedule="@every 1s")
    await (await on.next_of(handle)).cancel()
    await on.finish(handle)


mistakes_left = 0


@workflow.defn(name="mends_itself")
class MendsItself:
    @workflow.run
    async def run(self) -> str:
        global mistakes_left
        await workflow.sleep(MOMENT)
        if mistakes_left > 0:
            mistakes_left -= 1
            raise RuntimeError("a mistake in the code, which a later deployment has mended")
        return await workflow.execute_activity(say, "mended", start_to_close_timeout=MINUTE)


async def play_task_fails(on: Stage) -> None:
    global mistakes_left
    mistakes_left = 1
    await on.finish(await on.start(MendsItself.run))


def retries(attempts: int) -> RetryPolicy:
    return RetryPolicy(initial_interval=MOMENT, maximum_attempts=attempts)


STARTED_WITH = {
    "run_timeout": HOUR,
    "task_timeout": timedelta(seconds=5),
    "retry_policy": RetryPolicy(maximum_attempts=3),
    "memo": {"stage": "early"},
    "search_attributes": TypedSearchAttributes([SearchAttributePair(KEYWORD, "first")]),
}

SCENES = [
    Scene("timers", plays(Timers.run)),
    Scene("cancelled_with_cleanup", play_cancelled),
    Scene("terminated", play_terminated),
    Scene("fails_with_details", plays(FailsWithDetails.run)),
    Scene("continued_run", plays(ContinuedRun.run, 3, 0, **STARTED_WITH)),
    Scene("continues_as_another", plays(OneKind.run, 1)),
    Scene("patched_run", plays(PatchedRun.run)),
    Scene("upserts", plays(Upserts.run)),
    Scene("described_run", plays(DescribedRun.run, **DESCRIBED)),
    Scene("run_retried", plays(FailsTwice.run, retry_policy=retries(5))),
    Scene(
        "run_times_out",
        plays(
            TooLateAtFirst.run,
            run_timeout=timedelta(milliseconds=1500),
            retry_policy=retries(2),
        ),
    ),
    Scene("start_eager", plays(Timers.run, request_eager_start=True)),
    Scene("start_delayed", plays(Timers.run, start_delay=timedelta(milliseconds=200))),
    Scene("cron", play_cron),
    Scene("task_fails", play_task_fails),
]
