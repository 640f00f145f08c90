"""The workflows of messages.cpp."""

import asyncio
import base64
import json

from equivalent import Words, say
from temporalio import exceptions, workflow


class Told(Words):
    @workflow.signal(name="word")
    def word(self, text: str) -> None:
        self.words.append(text)


@workflow.defn(name="receives_words")
class ReceivesWords(Told):
    def __init__(self) -> None:
        super().__init__()
        self.is_done = False

    @workflow.signal(name="done")
    def done(self) -> None:
        self.is_done = True

    @workflow.run
    async def run(self) -> str:
        text = ""
        for _ in range(4):
            text += await self.receive() + " "
        await workflow.wait_condition(lambda: self.is_done)
        return text


@workflow.defn(name="answers_words")
class AnswersWords(Told):
    @workflow.run
    async def run(self) -> str:
        said = await say(await self.receive())
        try:
            await workflow.wait_condition(lambda: len(self.words) > 0, timeout=5)
            return said + " in time"
        except asyncio.TimeoutError:
            return said + " too late"


@workflow.defn(name="talks_to_others")
class TalksToOthers:
    @workflow.run
    async def run(self) -> str:
        other = workflow.get_external_workflow_handle("other")
        nobody = workflow.get_external_workflow_handle("nobody")
        await other.signal("word", "hello")
        result = []
        for attempt in (lambda: nobody.signal("word", "hello?"), nobody.cancel):
            try:
                await attempt()
                result.append("reached")
            except exceptions.ApplicationError:
                result.append("lost")
        await other.cancel()
        return " ".join(result)


@workflow.defn(name="is_talked_to")
class IsTalkedTo(Told):
    @workflow.run
    async def run(self) -> str:
        text = await self.receive()
        try:
            return text + await self.receive()
        except asyncio.CancelledError:
            return text + " cancelled"


@workflow.defn(name="signals_itself")
class SignalsItself(Told):
    @workflow.run
    async def run(self) -> str:
        me = workflow.get_external_workflow_handle(workflow.info().workflow_id)
        try:
            await me.signal("word", "from me")
        except exceptions.ApplicationError:
            return "refused"
        return "told"


def carried_words() -> list[str]:
    """What the run before has left unread: perdure hands it on in a header of the start."""
    carried = workflow.info().headers.get("perdure-carried-signals")
    signals = json.loads(carried.data) if carried else []
    return [json.loads(base64.b64decode(each["input"][0]["data"])) for each in signals]


@workflow.defn(name="words_then_continues")
class WordsThenContinues(Told):
    def __init__(self) -> None:
        super().__init__()
        self.words += carried_words()

    @workflow.run
    async def run(self, left: int, text: str) -> str:
        text += await self.receive() + " "
        if left > 0:
            workflow.continue_as_new(args=[left - 1, text])
        return text
