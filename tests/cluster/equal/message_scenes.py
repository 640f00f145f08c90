"""Signals, updates, queries, conditions, other runs. In C++: message_scenes.cpp."""

import asyncio
from datetime import timedelta

from activity_scenes import say
from stage import QUEUE, Scene, Stage
from temporalio import exceptions, workflow
from temporalio.client import WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.client import WorkflowUpdateStage
from temporalio.common import WorkflowIDConflictPolicy

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@workflow.defn(name="receives_words")
class ReceivesWords:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.is_done = False

    @workflow.signal
    def word(self, text: str) -> None:
        self.words.append(text)

    @workflow.signal
    async def word_later(self, text: str) -> None:
        await workflow.sleep(0.005)
        self.words.append(text)

    @workflow.signal
    def done(self) -> None:
        self.is_done = True

    @workflow.query
    def count(self) -> int:
        return len(self.words)

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: self.is_done)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return " ".join(self.words)


async def play_signals(on: Stage) -> None:
    handle = await on.start(ReceivesWords.run)
    await on.until_tasks(handle, 1)
    await handle.signal(ReceivesWords.word, "first")
    await on.until_tasks(handle, 2)
    await handle.signal(ReceivesWords.word_later, "second")
    await on.until_tasks(handle, 4)
    await handle.signal(ReceivesWords.done)
    await on.finish(handle)


async def play_signal_with_start(on: Stage) -> None:
    options = on.options(start_signal="word", start_signal_args=["with the start"])
    handle = on.began(await on.client.start_workflow(ReceivesWords.run, **options))
    await on.until_tasks(handle, 1)
    options["id_conflict_policy"] = WorkflowIDConflictPolicy.USE_EXISTING
    options["start_signal_args"] = ["to the run that is there"]
    await on.client.start_workflow(ReceivesWords.run, **options)
    await on.until_tasks(handle, 2)
    await handle.signal(ReceivesWords.done)
    await on.finish(handle)


async def play_queries(on: Stage) -> None:
    handle = await on.start(ReceivesWords.run)
    await on.until_tasks(handle, 1)
    assert await handle.query(ReceivesWords.count) == 0
    await handle.signal(ReceivesWords.word, "one")
    assert await handle.query(ReceivesWords.count) == 1
    await handle.signal(ReceivesWords.done)
    await on.finish(handle)
    assert await handle.query(ReceivesWords.count) == 1


@workflow.defn(name="ledger")
class Ledger:
    def __init__(self) -> None:
        self.is_done = False
        self.total = 0

    @workflow.update
    def add(self, more: int) -> int:
        self.total += more
        return self.total

    @add.validator
    def check_add(self, more: int) -> None:
        if more > 100:
            raise exceptions.ApplicationError("too much", type="TooMuch")

    @workflow.update
    async def add_later(self, more: int) -> int:
        await workflow.execute_activity(say, str(more), start_to_close_timeout=MINUTE)
        self.total += more
        return self.total

    @workflow.update
    def refuse(self) -> None:
        raise exceptions.ApplicationError("never", type="Never")

    @workflow.signal
    def done(self) -> None:
        self.is_done = True

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.is_done)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.total


async def play_updates(on: Stage) -> None:
    handle = await on.start(Ledger.run)
    await on.until_tasks(handle, 1)
    assert await handle.execute_update(Ledger.add, 1, id="first") == 1
    later = await handle.start_update(
        Ledger.add_later, 10, id="second", wait_for_stage=WorkflowUpdateStage.ACCEPTED
    )
    assert await later.result() == 11
    await handle.signal(Ledger.done)
    await on.finish(handle)


async def play_updates_that_fail(on: Stage) -> None:
    handle = await on.start(Ledger.run)
    await on.until_tasks(handle, 1)
    for update, arguments in ((Ledger.add, [500]), (Ledger.refuse, [])):
        try:
            await handle.execute_update(update, args=arguments, id=update.__name__)
            raise RuntimeError("an update has not failed")
        except WorkflowUpdateFailedError:
            pass
    assert await handle.execute_update(Ledger.add, 5, id="good") == 5
    await handle.signal(Ledger.done)
    await on.finish(handle)


async def play_update_with_start(on: Stage) -> None:
    start = WithStartWorkflowOperation(
        Ledger.run,
        id=on.name,
        task_queue=QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
    )
    assert (
        await on.client.execute_update_with_start_workflow(
            Ledger.add, 5, start_workflow_operation=start
        )
        == 5
    )
    handle = on.began(await start.workflow_handle())
    await handle.signal(Ledger.done)
    await on.finish(handle)


@workflow.defn(name="approval")
class Approval:
    def __init__(self) -> None:
        self.answer = ""

    @workflow.signal
    def answers(self, text: str) -> None:
        self.answer = text

    @workflow.run
    async def run(self, milliseconds: int) -> str:
        try:
            await workflow.wait_condition(
                lambda: self.answer != "", timeout=timedelta(milliseconds=milliseconds)
            )
        except asyncio.TimeoutError:
            self.answer = "nobody"
        return await workflow.execute_activity(say, self.answer, start_to_close_timeout=MINUTE)


async def play_in_time(on: Stage) -> None:
    handle = await on.start(Approval.run, 3_600_000)
    await on.until_tasks(handle, 1)
    await handle.signal(Approval.answers, "yes")
    await on.finish(handle)


async def play_too_late(on: Stage) -> None:
    await on.finish(await on.start(Approval.run, 30))


# ---- to other runs


@workflow.defn(name="talks_to_others")
class TalksToOthers:
    def __init__(self) -> None:
        self.is_done = False

    @workflow.signal
    def done(self) -> None:
        self.is_done = True

    @workflow.run
    async def run(self) -> str:
        other = workflow.get_external_workflow_handle(f"{workflow.info().workflow_id}/other")
        nobody = workflow.get_external_workflow_handle("nobody")
        await other.signal("word", "hello")
        result = []
        for attempt in (lambda: nobody.signal("word", "hello?"), nobody.cancel):
            try:
                await attempt()
                result.append("reached")
            except exceptions.ApplicationError:
                result.append("lost")
        await workflow.wait_condition(lambda: self.is_done)
        await other.cancel()
        return " ".join(result)


async def play_talk(on: Stage) -> None:
    other = await on.start(ReceivesWords.run, id=f"{on.name}/other")
    await on.until_tasks(other, 1)
    handle = await on.start(TalksToOthers.run)
    await on.until_tasks(handle, 4)
    await on.until_tasks(other, 2)
    await handle.signal(TalksToOthers.done)
    await on.finish(handle)
    await on.finish(other)


SCENES = [
    Scene("signals", play_signals),
    Scene("signal_with_start", play_signal_with_start),
    Scene("queries", play_queries),
    Scene("updates", play_updates),
    Scene("updates_that_fail", play_updates_that_fail),
    Scene("update_with_start", play_update_with_start),
    Scene("answered_in_time", play_in_time),
    Scene("answered_too_late", play_too_late),
    Scene("talks_to_others", play_talk),
]
