"""What the Python workflows share with each other."""

import asyncio
from datetime import timedelta

from temporalio import exceptions, workflow
from temporalio.common import RetryPolicy

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ONCE = RetryPolicy(maximum_attempts=1)


def chain_of(error: BaseException | None) -> str:
    """The failure types of a chain of causes, outermost first."""
    if isinstance(error, exceptions.ApplicationError):
        text = f"ApplicationError({error.type})"
    elif isinstance(error, exceptions.TimeoutError):
        text = f"TimeoutError({int(error.type)})"
    else:
        text = type(error).__name__
    cause = error.__cause__
    return text + " <- " + chain_of(cause) if isinstance(cause, exceptions.FailureError) else text


async def begun(awaitable) -> asyncio.Task:
    """A task that has run up to its first await, so that its command comes before later ones."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.sleep(0)
    return task


async def join_cancelled(tasks) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def say(text: str, **options) -> str:
    options.setdefault("start_to_close_timeout", MINUTE)
    return await workflow.execute_activity("say", text, result_type=str, **options)


class Words:
    """Signals that wait until they are received, as a base of workflows."""

    def __init__(self) -> None:
        self.words: list = []

    async def receive(self):
        await workflow.wait_condition(lambda: len(self.words) > 0)
        return self.words.pop(0)
