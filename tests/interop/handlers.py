"""The workflows of handlers.cpp."""

import asyncio

from equivalent import HOUR, say
from temporalio import exceptions, workflow


@workflow.defn(name="approval")
class Approval:
    def __init__(self) -> None:
        self.answer = ""

    @workflow.signal(name="word")
    def word(self, text: str) -> None:
        self.answer = text

    @workflow.run
    async def run(self) -> str:
        try:
            await workflow.wait_condition(lambda: self.answer != "", timeout=HOUR)
        except asyncio.TimeoutError:
            return await say("nobody")
        return await say(self.answer)


@workflow.defn(name="greets")
class Greets:
    def __init__(self) -> None:
        self.is_done = False
        self.all: list[str] = []

    @workflow.signal(name="word")
    async def word(self, text: str) -> None:
        await asyncio.sleep(1)
        self.all.append(await say(text))

    @workflow.signal(name="done")
    def done(self) -> None:
        self.is_done = True

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: self.is_done)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.all


@workflow.defn(name="ledger")
class Ledger:
    def __init__(self) -> None:
        self.is_done = False
        self.total = 0

    @workflow.update(name="add")
    def add(self, more: int) -> int:
        self.total += more
        return self.total

    @add.validator
    def check_add(self, more: int) -> None:
        if more > 100:
            raise exceptions.ApplicationError("too much", type="TooMuch")

    @workflow.update(name="add_later")
    async def add_later(self, more: int) -> int:
        await asyncio.sleep(1)
        self.total += more
        await say(str(self.total))
        return self.total

    @workflow.update(name="refuse")
    def refuse(self) -> None:
        raise exceptions.ApplicationError("never", type="Never")

    @workflow.signal(name="done")
    def done(self) -> None:
        self.is_done = True

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.is_done)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.total


@workflow.defn(name="limited_activity")
class LimitedActivity:
    @workflow.run
    async def run(self) -> str:
        never = workflow.execute_activity(
            "answers_elsewhere", task_queue="elsewhere", start_to_close_timeout=HOUR
        )
        try:
            await asyncio.wait_for(never, 5)
        except (asyncio.TimeoutError, exceptions.ActivityError):  # which of them: by the version of Python
            return "timeout, then " + await asyncio.wait_for(say("quick"), 5)
        return "in time"


@workflow.defn(name="purchase")
class Purchase:
    @workflow.init
    def __init__(self, customer: str) -> None:
        self.customer = customer
        self.items: list[str] = []
        self.is_closed = False

    @workflow.signal(name="close")
    def close(self) -> None:
        self.is_closed = True

    @workflow.update(name="put")
    async def put(self, item: str) -> int:
        self.items.append(await say(item))
        return len(self.items)

    @workflow.update(name="clear")
    def clear(self) -> int:
        before = len(self.items)
        self.items.clear()
        return before

    @workflow.run
    async def run(self, customer: str) -> str:
        await workflow.wait_condition(lambda: self.is_closed)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return f"{self.customer} {len(self.items)}"
