"""Changed workflows, which must not replay: by scene."""

import asyncio

from equivalent import MINUTE, say
from temporalio import workflow

CHANGES: dict[str, list[type]] = {}


def of(scene: str):
    """Says that the workflow that follows is a change of the one in that scene."""

    def add(change: type) -> type:
        CHANGES.setdefault(scene, []).append(change)
        return change

    return add


@of("one_activity")
@workflow.defn(name="one_activity")
class OtherActivity:
    """the activity has another type"""

    @workflow.run
    async def run(self, name: str) -> str:
        return await workflow.execute_activity("shout", name, start_to_close_timeout=MINUTE)


@of("one_activity")
@workflow.defn(name="one_activity")
class OtherActivityId:
    """the activity has another id"""

    @workflow.run
    async def run(self, name: str) -> str:
        return await say(name, activity_id="other")


@of("one_activity")
@workflow.defn(name="one_activity")
class NoActivity:
    """the activity is gone"""

    @workflow.run
    async def run(self, name: str) -> str:
        return name


@of("one_activity")
@workflow.defn(name="one_activity")
class LocalActivity:
    """the activity is a local one"""

    @workflow.run
    async def run(self, name: str) -> str:
        return await workflow.execute_local_activity("say", name, start_to_close_timeout=MINUTE)


@of("mixed_group")
@workflow.defn(name="mixed_group")
class OtherOrder:
    """the timer comes before the activity"""

    @workflow.run
    async def run(self) -> str:
        await asyncio.gather(asyncio.sleep(2), say("first"))
        return ""


@of("child_result")
@workflow.defn(name="child_result")
class OtherChildId:
    """the child has another id"""

    @workflow.run
    async def run(self, a: int) -> int:
        return await workflow.execute_child_workflow("doubles", a, id="other")


@of("child_result")
@workflow.defn(name="child_result")
class OtherChildType:
    """the child has another type"""

    @workflow.run
    async def run(self, a: int) -> int:
        return await workflow.execute_child_workflow("trebles", a, id="kid")


@of("patched_run")
@workflow.defn(name="patched_run")
class NoPatch:
    """the code of a live patch is gone"""

    @workflow.run
    async def run(self) -> str:
        text = await say("new")
        await asyncio.sleep(1)
        await asyncio.sleep(1)
        return text


@of("side_effects")
@workflow.defn(name="side_effects")
class NoSideEffect:
    """the side effects are gone"""

    @workflow.run
    async def run(self) -> list[str]:
        await asyncio.sleep(1)
        await say("")
        return []


@of("timer_cancelled")
@workflow.defn(name="timer_cancelled")
class NotCancelled:
    """the timer is not cancelled"""

    @workflow.run
    async def run(self) -> str:
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(1))
        return ""


@of("continued_run")
@workflow.defn(name="continued_run")
class Completes:
    """the run completes instead of continuing as new"""

    @workflow.run
    async def run(self, left: int, total: int) -> int:
        await asyncio.sleep(1)
        return total


@of("upserts")
@workflow.defn(name="upserts")
class OneUpsertLess:
    """a memo is not set"""

    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(1)
        workflow.upsert_memo({"stage": "sent"})
        return ""


@of("talks_to_others")
@workflow.defn(name="talks_to_others")
class CancelsFirst:
    """the other run is cancelled before it is signalled"""

    @workflow.run
    async def run(self) -> str:
        other = workflow.get_external_workflow_handle("other")
        await other.cancel()
        await other.signal("word", "hello")
        return ""


class LedgerWithout:
    """A ledger without the rest of it."""

    def __init__(self) -> None:
        self.is_done = False
        self.total = 0

    @workflow.signal(name="done")
    def done(self) -> None:
        self.is_done = True

    @workflow.update(name="add")
    def add(self, more: int) -> int:
        self.total += more
        return self.total


@of("updates")
@workflow.defn(name="ledger")
class NoTimerInHandler(LedgerWithout):
    """the handler of an update has no timer any more"""

    @workflow.update(name="add_later")
    async def add_later(self, more: int) -> int:
        self.total += more
        await say(str(self.total))
        return self.total

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.is_done)
        return self.total


@of("updates")
@workflow.defn(name="ledger")
class NoHandler(LedgerWithout):
    """the handler of an update that was accepted is gone"""

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.is_done)
        return self.total


@of("approval_in_time")
@workflow.defn(name="approval")
class NoDeadline:
    """the condition has no deadline any more"""

    def __init__(self) -> None:
        self.answer = ""

    @workflow.signal(name="word")
    def word(self, text: str) -> None:
        self.answer = text

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: self.answer != "")
        return await say(self.answer)


@of("local_results")
@workflow.defn(name="local_results")
class OtherLocalActivity:
    """a local activity has another type"""

    @workflow.run
    async def run(self) -> str:
        await workflow.execute_local_activity("says_much", start_to_close_timeout=MINUTE)
        return ""


@of("local_results")
@workflow.defn(name="local_results")
class NotLocal:
    """the activities are not local any more"""

    @workflow.run
    async def run(self) -> str:
        await workflow.execute_activity("says_nothing", start_to_close_timeout=MINUTE)
        return ""


@of("local_wait_cancelled")
@workflow.defn(name="local_wait_cancelled")
class NoLocalActivity:
    """the local activity is gone"""

    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(5)
        return "cancelled"


@of("versions")
@workflow.defn(name="versions")
class OldVersion:
    """the version that the run has is gone"""

    @workflow.run
    async def run(self) -> str:
        pay = 1 if workflow.patched("pay-1") else 0
        return await say(str(pay))
