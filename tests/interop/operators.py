"""The workflows of operators.cpp."""

import asyncio

from equivalent import MINUTE, Words
from temporalio import workflow


async def price(item: int) -> int:
    return await workflow.execute_activity("price", item, start_to_close_timeout=MINUTE)


@workflow.defn(name="adds_up")
class AddsUp(Words):
    @workflow.signal(name="add")
    def add(self, value: int) -> None:
        self.words.append(value)

    @workflow.run
    async def run(self) -> int:
        total = await price(1)
        total += await self.receive()
        total += await price(2)
        await asyncio.sleep(3600)
        return total + await self.receive()


@workflow.defn(name="mends_itself")
class MendsItself:
    @workflow.run
    async def run(self) -> int:
        await asyncio.sleep(1)
        return await price(3)
