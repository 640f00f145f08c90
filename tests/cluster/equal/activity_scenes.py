"""Activities: results, retries, failures, limits in time, cancellation.

In C++: activity_scenes.cpp.
"""

import asyncio
from datetime import timedelta

from stage import Scene, Stage, gate, plays, waits
from temporalio import activity, exceptions, workflow
from temporalio.client import Client
from temporalio.common import Priority, RetryPolicy

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(milliseconds=10)
ONCE = RetryPolicy(maximum_attempts=1)


@activity.defn
async def say(text: str) -> str:
    return "said " + text


@activity.defn
async def fails_until(attempt: int) -> int:
    if activity.info().attempt < attempt:
        raise exceptions.ApplicationError("not yet", type="NotYet")
    return activity.info().attempt


@activity.defn
async def fails(kind: str) -> int:
    raise exceptions.ApplicationError("as asked", 7, "seven", type=kind)


@activity.defn
async def falls_silent(name: str) -> int:
    """The first attempt beats once, and then no more; the next one goes on where that was."""
    if activity.info().attempt == 1:
        activity.heartbeat(7)
        return len(await waits(name))
    return activity.info().heartbeat_details[0] + 1


@activity.defn
async def works_until_cancelled(name: str) -> None:
    gate(name).reached.set()
    while True:
        activity.heartbeat("at work")
        await asyncio.sleep(0.02)


@activity.defn
async def is_completed_elsewhere(name: str) -> int:
    gate(name).reached.set()
    activity.raise_complete_async()


ACTIVITIES = [
    say,
    fails_until,
    fails,
    falls_silent,
    works_until_cancelled,
    is_completed_elsewhere,
    waits,
]


@workflow.defn(name="one_activity")
class OneActivity:
    @workflow.run
    async def run(self, name: str) -> str:
        return await workflow.execute_activity(say, name, start_to_close_timeout=MINUTE) + "!"


@workflow.defn(name="sequence")
class Sequence:
    @workflow.run
    async def run(self, steps: int) -> str:
        text = "it"
        for _ in range(steps):
            text = await workflow.execute_activity(say, text, schedule_to_close_timeout=MINUTE)
        return text


@workflow.defn(name="activity_retried")
class ActivityRetried:
    @workflow.run
    async def run(self) -> int:
        patient = RetryPolicy(initial_interval=MOMENT, maximum_attempts=5)
        return await workflow.execute_activity(
            fails_until, 3, start_to_close_timeout=MINUTE, retry_policy=patient
        )


@workflow.defn(name="activity_fails")
class ActivityFails:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity(
            fails, "Broken", start_to_close_timeout=MINUTE, retry_policy=ONCE
        )


@workflow.defn(name="activity_failure_handled")
class ActivityFailureHandled:
    @workflow.run
    async def run(self) -> str:
        picky = RetryPolicy(non_retryable_error_types=["Broken"])
        try:
            await workflow.execute_activity(
                fails, "Broken", start_to_close_timeout=MINUTE, retry_policy=picky
            )
        except exceptions.ActivityError as error:
            cause = error.cause
        assert isinstance(cause, exceptions.ApplicationError)
        text = f"{cause.type} {cause.details[0]}"
        return await workflow.execute_activity(say, text, start_to_close_timeout=MINUTE)


@workflow.defn(name="activity_times_out")
class ActivityTimesOut:
    @workflow.run
    async def run(self) -> int:
        try:
            await workflow.execute_activity(
                say,
                "nothing",
                task_queue="nobody",
                schedule_to_start_timeout=MOMENT,
                start_to_close_timeout=MINUTE,
            )
        except exceptions.ActivityError as error:
            assert isinstance(error.cause, exceptions.TimeoutError)
        await workflow.execute_activity(
            waits, "late", start_to_close_timeout=timedelta(milliseconds=200), retry_policy=ONCE
        )
        return 0


async def play_times_out(on: Stage) -> None:
    await on.finish(await on.start(ActivityTimesOut.run))
    on.open("late")


@workflow.defn(name="activity_falls_silent")
class ActivityFallsSilent:
    @workflow.run
    async def run(self) -> int:
        first = await workflow.execute_activity(
            falls_silent,
            "silent",
            start_to_close_timeout=MINUTE,
            heartbeat_timeout=timedelta(seconds=1),
            retry_policy=RetryPolicy(initial_interval=MOMENT),
        )
        return first + await workflow.execute_activity(
            falls_silent,
            "silent for good",
            start_to_close_timeout=MINUTE,
            heartbeat_timeout=timedelta(seconds=1),
            retry_policy=ONCE,
        )


async def play_falls_silent(on: Stage) -> None:
    await on.finish(await on.start(ActivityFallsSilent.run))
    on.open("silent")
    on.open("silent for good")


@workflow.defn(name="activity_cancelled")
class ActivityCancelled:
    def __init__(self) -> None:
        self.stopped = False

    @workflow.signal
    def stop(self) -> None:
        self.stopped = True

    @workflow.run
    async def run(self) -> str:
        running = workflow.start_activity(
            works_until_cancelled,
            "cancelled",
            start_to_close_timeout=MINUTE,
            heartbeat_timeout=MINUTE,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
        await workflow.wait_condition(lambda: self.stopped)
        running.cancel()
        try:
            await running
        except exceptions.ActivityError as error:
            assert isinstance(error.cause, exceptions.CancelledError)
            return "cancelled"
        return "done"


async def play_activity_cancelled(on: Stage) -> None:
    handle = await on.start(ActivityCancelled.run)
    await on.reached("cancelled")
    await on.until_tasks(handle, 1)
    await handle.signal(ActivityCancelled.stop)
    await on.finish(handle)


@workflow.defn(name="activity_beside_timer")
class ActivityBesideTimer:
    @workflow.run
    async def run(self) -> str:
        result = ""
        for what, text, limit in ((waits, "race", 0.5), (say, "quick", 3600)):
            both = [
                workflow.start_activity(what, text, start_to_close_timeout=HOUR),
                asyncio.create_task(workflow.sleep(limit)),
            ]
            done, pending = await workflow.wait(both, return_when=asyncio.FIRST_COMPLETED)
            result += str(both.index(done[0]))
            for each in pending:
                each.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
        return result


async def play_beside_timer(on: Stage) -> None:
    await on.finish(await on.start(ActivityBesideTimer.run))
    on.open("race")


@workflow.defn(name="side_by_side")
class SideBySide:
    @workflow.run
    async def run(self) -> list[str]:
        names = ("left", "middle", "right")
        return list(
            await asyncio.gather(
                *(workflow.execute_activity(waits, n, start_to_close_timeout=MINUTE) for n in names)
            )
        )


async def play_side_by_side(on: Stage) -> None:
    handle = await on.start(SideBySide.run)
    for name in ("left", "middle", "right"):
        await on.reached(name)
    for tasks, name in ((1, "right"), (2, "left"), (3, "middle")):
        await on.until_tasks(handle, tasks)
        on.open(name)
    await on.finish(handle)


@workflow.defn(name="local_activities")
class LocalActivities:
    @workflow.run
    async def run(self) -> str:
        text = await workflow.execute_local_activity(say, "first", start_to_close_timeout=MINUTE)
        attempts = await workflow.execute_local_activity(
            fails_until,
            2,
            start_to_close_timeout=MINUTE,
            retry_policy=RetryPolicy(initial_interval=MOMENT),
        )
        await workflow.sleep(MOMENT)
        try:
            await workflow.execute_local_activity(
                fails, "Broken", start_to_close_timeout=MINUTE, retry_policy=ONCE
            )
        except exceptions.ApplicationError as error:  # without an ActivityError around it
            text += f" {error.type} {attempts}"
        return text


@workflow.defn(name="completed_elsewhere")
class CompletedElsewhere:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity(
            is_completed_elsewhere, "elsewhere", activity_id="mine", start_to_close_timeout=MINUTE
        )


async def play_completed_elsewhere(on: Stage) -> None:
    handle = await on.start(CompletedElsewhere.run)
    await on.reached("elsewhere")
    client: Client = on.client
    await client.get_async_activity_handle(
        workflow_id=handle.id, run_id=handle.run_id, activity_id="mine"
    ).complete(7)
    await on.finish(handle)


@workflow.defn(name="activity_with_options")
class ActivityWithOptions:
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            say,
            "all of it",
            activity_id="mine",
            schedule_to_close_timeout=2 * HOUR,
            schedule_to_start_timeout=HOUR,
            start_to_close_timeout=MINUTE,
            heartbeat_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(seconds=2),
                backoff_coefficient=1.5,
                maximum_interval=timedelta(seconds=20),
                maximum_attempts=7,
                non_retryable_error_types=["Broken", "Lost"],
            ),
            priority=Priority(priority_key=2, fairness_key="acme", fairness_weight=0.5),
            summary="says all of it",
        )


SCENES = [
    Scene("one_activity", plays(OneActivity.run, "hello")),
    Scene("sequence", plays(Sequence.run, 3)),
    Scene("activity_retried", plays(ActivityRetried.run)),
    Scene("activity_fails", plays(ActivityFails.run)),
    Scene("activity_failure_handled", plays(ActivityFailureHandled.run)),
    Scene("activity_times_out", play_times_out),
    Scene("activity_falls_silent", play_falls_silent),
    Scene("activity_cancelled", play_activity_cancelled),
    Scene("activity_beside_timer", play_beside_timer),
    Scene("side_by_side", play_side_by_side),
    Scene("local_activities", plays(LocalActivities.run)),
    Scene("completed_elsewhere", play_completed_elsewhere),
    Scene("activity_with_options", plays(ActivityWithOptions.run)),
]
