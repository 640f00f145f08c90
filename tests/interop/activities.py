"""The workflows of activities.cpp."""

import asyncio
from datetime import timedelta

from equivalent import HOUR, MINUTE, ONCE, begun, chain_of, join_cancelled, say
from temporalio import exceptions, workflow
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType as Cancelling


@workflow.defn(name="one_activity")
class OneActivity:
    @workflow.run
    async def run(self, name: str) -> str:
        return await say(name) + "!"


@workflow.defn(name="retried_activity")
class RetriedActivity:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity(
            "fails_until", 4, start_to_close_timeout=MINUTE, retry_policy=RetryPolicy(maximum_attempts=5)
        )


async def fails(policy: RetryPolicy) -> int:
    return await workflow.execute_activity(
        "fails", "Broken", start_to_close_timeout=MINUTE, retry_policy=policy
    )


@workflow.defn(name="unhandled_activity_failure")
class UnhandledActivityFailure:
    @workflow.run
    async def run(self) -> int:
        return await fails(ONCE)


@workflow.defn(name="handled_activity_failure")
class HandledActivityFailure:
    @workflow.run
    async def run(self) -> str:
        try:
            await fails(RetryPolicy(non_retryable_error_types=["Broken"]))
        except exceptions.ActivityError as error:
            failed = error
        await say("sorry")
        return f"{chain_of(failed)} {failed.cause.details[0]}"


@workflow.defn(name="activity_timeouts")
class ActivityTimeouts:
    @workflow.run
    async def run(self) -> list[str]:
        result = []
        for which in range(4):
            options = {"start_to_close_timeout": HOUR}
            if which == 0:
                options["schedule_to_start_timeout"] = timedelta(seconds=5)
            if which == 1:
                options["schedule_to_close_timeout"] = timedelta(seconds=6)
            if which == 2:
                options["start_to_close_timeout"] = timedelta(seconds=7)
            if which == 3:
                options["heartbeat_timeout"] = timedelta(seconds=8)
            queue = "nobody" if which < 2 else "elsewhere"
            try:
                await workflow.execute_activity(
                    "answers_elsewhere", task_queue=queue, retry_policy=ONCE, **options
                )
            except exceptions.ActivityError as error:
                result.append(chain_of(error))
        return result


@workflow.defn(name="loop_of_activities")
class LoopOfActivities:
    @workflow.run
    async def run(self) -> int:
        total = 0
        for i in range(20):
            total += await workflow.execute_activity(
                "fails_until", i % 3, start_to_close_timeout=MINUTE
            )
        return total


@workflow.defn(name="activities_in_parallel")
class ActivitiesInParallel:
    @workflow.run
    async def run(self) -> list[str]:
        return list(await asyncio.gather(*(say(str(i)) for i in range(10))))


@workflow.defn(name="mixed_group")
class MixedGroup:
    @workflow.run
    async def run(self) -> str:
        async def sleeps_and_says(text: str) -> str:
            await asyncio.sleep(3)
            return await say(text)

        first, _, second, third = await asyncio.gather(
            say("first"), asyncio.sleep(2), sleeps_and_says("second"), sleeps_and_says("third")
        )
        return f"{first}, {second}, {third}"


@workflow.defn(name="first_failure_of_a_group")
class FirstFailureOfAGroup:
    @workflow.run
    async def run(self) -> str:
        slow = await begun(asyncio.sleep(10))
        try:
            await fails(ONCE)
        except exceptions.ActivityError as error:
            said = await say(chain_of(error))
        await slow
        return said


@workflow.defn(name="activity_with_an_id")
class ActivityWithAnId:
    @workflow.run
    async def run(self) -> str:
        first, second = await asyncio.gather(say("named", activity_id="mine"), say("numbered"))
        return f"{first} {second} 2"


async def cancels(how: Cancelling) -> str:
    running = workflow.start_activity(
        "answers_elsewhere", task_queue="elsewhere", start_to_close_timeout=HOUR, cancellation_type=how
    )
    await asyncio.sleep(1)
    running.cancel()
    try:
        result = f"gave {await running}"
    except exceptions.ActivityError:
        result = "cancelled"
    await asyncio.sleep(5)
    return result


@workflow.defn(name="activity_try_cancel")
class ActivityTryCancel:
    @workflow.run
    async def run(self) -> str:
        return await cancels(Cancelling.TRY_CANCEL)


@workflow.defn(name="activity_wait_cancelled")
class ActivityWaitCancelled:
    @workflow.run
    async def run(self) -> str:
        return await cancels(Cancelling.WAIT_CANCELLATION_COMPLETED)


@workflow.defn(name="activity_wait_completed")
class ActivityWaitCompleted:
    @workflow.run
    async def run(self) -> str:
        return await cancels(Cancelling.WAIT_CANCELLATION_COMPLETED)


@workflow.defn(name="activity_abandon")
class ActivityAbandon:
    @workflow.run
    async def run(self) -> str:
        return await cancels(Cancelling.ABANDON)


@workflow.defn(name="activity_cancelled_unsent")
class ActivityCancelledUnsent:
    @workflow.run
    async def run(self) -> str:
        never = workflow.start_activity("say", "never", start_to_close_timeout=MINUTE)
        never.cancel()
        try:
            await never
        except (exceptions.ActivityError, asyncio.CancelledError):
            return "cancelled " + await say("now")
        return "not cancelled"


@workflow.defn(name="race_of_activity_and_timer")
class RaceOfActivityAndTimer:
    @workflow.run
    async def run(self) -> str:
        result = ""
        for name, queue in (("answers_elsewhere", "elsewhere"), ("say", None)):
            arguments = ["quick"] if name == "say" else []
            both = [
                asyncio.ensure_future(
                    workflow.execute_activity(
                        name, args=arguments, task_queue=queue, start_to_close_timeout=HOUR
                    )
                ),
                asyncio.ensure_future(asyncio.sleep(5)),
            ]
            done, pending = await workflow.wait(both, return_when=asyncio.FIRST_COMPLETED)
            result += str(both.index(done[0]))
            await join_cancelled(pending)
        return result
