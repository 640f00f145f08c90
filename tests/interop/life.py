"""The workflows of life.cpp."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from equivalent import HOUR, begun, say
from messages import Told
from temporalio import exceptions, workflow
from temporalio.common import RawValue, SearchAttributeKey

CUSTOMER = SearchAttributeKey.for_keyword("Customer")


@workflow.defn(name="versions")
class Versions:
    @workflow.run
    async def run(self) -> str:
        pay = 2 if workflow.patched("pay-2") else 1
        text = await say(str(pay))
        await asyncio.sleep(1)
        ship = 7 if workflow.patched("ship-7") else 1
        if workflow.patched("pay-2"):
            text += f" and {ship}"
        await asyncio.sleep(1)
        return text


@workflow.defn(name="attributes_of_every_type")
class AttributesOfEveryType:
    @workflow.run
    async def run(self) -> int:
        workflow.upsert_search_attributes(
            [
                CUSTOMER.value_set("acme"),
                SearchAttributeKey.for_int("Total").value_set(5),
                SearchAttributeKey.for_bool("Paid").value_set(True),
                SearchAttributeKey.for_float("Rate").value_set(0.5),
                SearchAttributeKey.for_datetime("Due").value_set(workflow.now()),
                SearchAttributeKey.for_keyword_list("Tags").value_set(["a", "b"]),
                SearchAttributeKey.for_text("Notes").value_set("some words"),
            ]
        )
        await asyncio.sleep(1)
        workflow.patched("first")
        workflow.upsert_search_attributes([CUSTOMER.value_unset()])
        workflow.upsert_memo({"stage": "paid"})
        await asyncio.sleep(1)
        return 1


async def holds_in_time(condition, limit: timedelta) -> bool:
    try:
        await workflow.wait_condition(condition, timeout=limit)
    except asyncio.TimeoutError:
        return False
    return True


@workflow.defn(name="reminders")
class Reminders(Told):
    @workflow.run
    async def run(self) -> list[str]:
        result: list[str] = []
        for _ in range(3):
            before = len(self.words)
            held = await holds_in_time(lambda: len(self.words) > before, 24 * HOUR)
            result.append(self.words[-1] if held else "nothing")
            await say(result[-1])
        at_once = await holds_in_time(lambda: len(result) == 3, 24 * HOUR)
        return result + ["three" if at_once else "not three"]


@workflow.defn(name="limited_coroutine")
class LimitedCoroutine:
    async def works(self, steps: int) -> str:
        text = ""
        for i in range(steps):
            text += await say(str(i))
            await asyncio.sleep(4)
        return text

    async def limited(self, steps: int) -> str | None:
        # The limit's timer is asked for before the work, as with_timeout does.
        limit = await begun(asyncio.sleep(10))
        work = asyncio.ensure_future(self.works(steps))
        await workflow.wait([work, limit], return_when=asyncio.FIRST_COMPLETED)
        late = not work.done()
        for each in (work, limit):
            each.cancel()
        await asyncio.gather(work, limit, return_exceptions=True)
        return None if late else work.result()

    @workflow.run
    async def run(self) -> str:
        text = await self.limited(1)
        text += await self.limited(9) or ", timeout"
        await asyncio.sleep(1)
        return text


@workflow.defn(name="one_kind")
class OneKind:
    @workflow.run
    async def run(self, total: int) -> int:
        await asyncio.sleep(1)
        workflow.continue_as_new(total + 1, workflow="other_kind", run_timeout=HOUR)


@workflow.defn(name="other_kind")
class OtherKind:
    @workflow.run
    async def run(self, total: int) -> int:
        await say(str(total))
        return total


@workflow.defn(name="nightly")
class Nightly:
    @workflow.run
    async def run(self) -> int:
        before = workflow.get_last_completion_result(int) or 0
        await asyncio.sleep(60)
        failed_before = workflow.get_last_failure() is not None
        if before == 2 and not failed_before:
            raise exceptions.ApplicationError("not tonight", type="NotTonight")
        return before + (10 if failed_before else 1)


@workflow.defn(name="takes_anything")
class TakesAnything:
    def __init__(self) -> None:
        self.log = ""

    @workflow.signal(dynamic=True)
    def any_signal(self, name: str, arguments: Sequence[RawValue]) -> None:
        self.log += f"{name}{len(arguments)}"

    @workflow.update(dynamic=True)
    async def any_update(self, name: str, arguments: Sequence[RawValue]) -> int:
        await asyncio.sleep(1)
        self.log += name
        return workflow.payload_converter().from_payload(arguments[0].payload, int)

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: self.log.endswith("done0"))
        return self.log


@workflow.defn(name="counter")
class Counter:
    def __init__(self) -> None:
        self.pokes: list[int] = []
        self.added = 0

    @workflow.signal(name="poke")
    def poke(self, value: int) -> None:
        self.pokes.append(value)

    @workflow.update(name="add")
    def add(self, more: int) -> int:
        self.added += more
        return self.added

    @workflow.run
    async def run(self, total: int) -> int:
        await workflow.wait_condition(lambda: len(self.pokes) > 0)
        return total + self.added + 100 * self.pokes[0]
