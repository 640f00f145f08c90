#!/usr/bin/env python3
"""C++ and Python in the same workflows, on one server: polyglot.py PROGRAM ADDRESS_FILE

A worker of each language has a queue of its own. Each scene is played both ways: a workflow of one
language calls activities and children of the other; errors arrive with all that they say; a client
of one language signals, queries and updates a workflow of the other. Runs with the Python of
sdk_environment.py. PROGRAM is the C++ half; ADDRESS_FILE says where the server is.
"""

import asyncio
import contextlib
import logging
import signal
import sys
import traceback
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from python_half import ACTIVITIES, WORKFLOWS, NotesTraces
from shared import Balance, Entry, Line, Order, Reason, Receipt, SeenError, Shipping, link_of, seen
from temporalio import exceptions
from temporalio.api.enums.v1 import EventType
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.client import (
    Client,
    OutboundInterceptor,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateStage,
)
from temporalio.converter import DataConverter
from temporalio.exceptions import RetryState
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

ENOUGH = 240
SKIPPED = 77
A_MINUTE = timedelta(minutes=1)
SECONDS_TO_END = 30


@dataclass
class World:
    client: Client
    address: str
    program: str
    prefix: str

    @property
    def cpp_queue(self) -> str:
        return f"{self.prefix}-cpp"

    @property
    def py_queue(self) -> str:
        return f"{self.prefix}-py"

    async def start(self, workflow: str, *arguments, result_type=None) -> WorkflowHandle:
        ours = workflow.startswith("py_")
        return await self.client.start_workflow(
            workflow,
            args=arguments,
            id=f"{self.prefix}-{workflow}",
            task_queue=self.py_queue if ours else self.cpp_queue,
            execution_timeout=A_MINUTE,
            result_type=result_type,
        )

    async def execute(self, workflow: str, *arguments, result_type=None):
        return await (await self.start(workflow, *arguments, result_type=result_type)).result()


def expect(what: str, found, wanted) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


# ---- scenes

ORDER = Order(
    customer='Zoë "Z" \\ \n😀',
    how=Shipping.express,
    lines=[Line("lamp", 2, 12.25, "fragile"), Line("pen", 3, 0.5)],
    points={"big": 2**53 + 1, "small": -3},
    gift=True,
)


def receipt_by(who: str) -> Receipt:
    return Receipt(
        customer=ORDER.customer,
        how=Shipping.express,
        total=36.0,
        notes=["fragile"],
        points=2**53 - 2,
        gift=True,
        seal=[255, 1, 0],
        made_by=who,
    )


async def cpp_workflow_calls_python(world: World) -> None:
    found = await world.execute("cpp_order", ORDER, world.py_queue, result_type=Receipt)
    expect("the receipt", found, receipt_by("Python"))


async def python_workflow_calls_cpp(world: World) -> None:
    found = await world.execute("py_order", ORDER, world.cpp_queue, result_type=Receipt)
    expect("the receipt", found, receipt_by("C++"))


async def python_client_calls_cpp(world: World) -> None:
    found = await world.execute("cpp_receipt", ORDER, 1.5, result_type=Receipt)
    wanted = receipt_by("C++")
    wanted.total, wanted.seal = 1.5, []
    expect("the receipt", found, wanted)


CHAIN = ["CardDeclined: card declined", "NoFunds: no funds: Zoë"]
REASON = Reason(7, "ask the bank")


def errors_of(theirs: str, own: str, stumble: str) -> list[SeenError]:
    final = int(RetryState.NON_RETRYABLE_FAILURE)
    twice = int(RetryState.MAXIMUM_ATTEMPTS_REACHED)
    once = int(RetryState.RETRY_POLICY_NOT_SET)
    return [
        SeenError([f"activity {theirs}_decline", *CHAIN], final, True, REASON),
        SeenError([f"activity {theirs}_stumble", f"{stumble}: out of paper"], twice),
        SeenError([f"child {theirs}_declined", *CHAIN], once, True, REASON),
        SeenError(
            [f"child {theirs}_relays", f"activity {own}_decline", *CHAIN], once, True, REASON
        ),
    ]


async def cpp_workflow_sees_errors_of_python(world: World) -> None:
    queues = world.py_queue, world.cpp_queue
    found = await world.execute("cpp_sees_errors", *queues, result_type=list[SeenError])
    expect("the errors", found, errors_of("py", "cpp", "RuntimeError"))


async def python_workflow_sees_errors_of_cpp(world: World) -> None:
    queues = world.cpp_queue, world.py_queue
    found = await world.execute("py_sees_errors", *queues, result_type=list[SeenError])
    expect("the errors", found, errors_of("cpp", "py", "std::exception"))


async def python_client_sees_the_error_of_cpp(world: World) -> None:
    try:
        await world.execute("cpp_declined", "Zoë", result_type=int)
    except WorkflowFailureError as error:
        expect("the error", seen(error.cause), SeenError(CHAIN, 0, True, REASON))
    else:
        raise AssertionError("the workflow did not fail")


async def error_of_update(ledger: WorkflowHandle, entry: Entry) -> exceptions.ApplicationError:
    try:
        await ledger.execute_update("add", entry, result_type=int)
    except WorkflowUpdateFailedError as error:
        if isinstance(error.cause, exceptions.ApplicationError):
            return error.cause
        raise
    raise AssertionError(f"the update with {entry} did not fail")


async def python_client_talks_to_cpp(world: World) -> None:
    ledger = await world.start("cpp_ledger", result_type=list[Entry])

    async def total(unit: str) -> Balance:
        return await ledger.query("total", unit, result_type=Balance)

    await ledger.signal("note", Entry("rent", 700))
    expect("after a signal", await total("EUR"), Balance("EUR", 700, ["rent"]))
    added = await ledger.execute_update("add", Entry("tea", 5), result_type=int)
    expect("an update", added, 705)
    accepted = WorkflowUpdateStage.ACCEPTED
    started = await ledger.start_update(
        "add", Entry("milk", 2), wait_for_stage=accepted, result_type=int
    )
    expect("a started update", await started.result(), 707)

    rejected = await error_of_update(ledger, Entry("air", 0))
    expect("why it was rejected", link_of(rejected), "NoAmount: no amount")
    expect("the details of that", rejected.details, ({"code": 1, "text": "air"},))
    failed = await error_of_update(ledger, Entry("car", 9000))
    expect("why it failed", link_of(failed), "TooMuch: too much")

    wanted = Balance("USD", 707, ["rent", "tea", "milk"])
    expect("after all that", await total("USD"), wanted)
    await ledger.signal("close")
    entries = [Entry("rent", 700), Entry("tea", 5), Entry("milk", 2)]
    expect("the result", await ledger.result(), entries)
    await expect_no_trace_of_rejection(ledger)


async def expect_no_trace_of_rejection(ledger: WorkflowHandle) -> None:
    seen = Counter([each.event_type async for each in ledger.fetch_history_events()])
    accepted = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
    completed = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED
    expect("updates in history", (seen[accepted], seen[completed]), (3, 3))


async def cpp_client_talks_to_python(world: World) -> None:
    """The scenes are in polyglot_client.cpp, which prints a line of its own for each."""
    prefix = f"{world.prefix}-client-"
    words = ["client", world.address, world.py_queue, world.cpp_queue, prefix]
    process = await asyncio.create_subprocess_exec(world.program, *words)
    try:
        expect("the end of the C++ client", await process.wait(), 0)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    await expect_no_trace_of_rejection(world.client.get_workflow_handle(f"{prefix}ledger"))


TRACE = "0af7651916cd43dd8448eb211c80319c"


class StartsTraces(ClientInterceptor):
    """Sends what Temporal's tracing interceptors send, without a tracing library."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        class Sends(OutboundInterceptor):
            async def start_workflow(self, input):
                carrier = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
                [sent] = DataConverter.default.payload_converter.to_payloads([carrier])
                input.headers = {**input.headers, "_tracer-data": sent}
                return await super().start_workflow(input)

        return Sends(next)


async def a_trace_leads_through_cpp(world: World) -> None:
    client = Client(**{**world.client.config(), "interceptors": [StartsTraces()]})
    # What C++ was sent, and what an activity in Python was sent by C++.
    sent, seen = await replace(world, client=client).execute("cpp_traced", world.py_queue)
    expect("what C++ was sent", sent, f"00-{TRACE}-b7ad6b7169203331-01")
    expect("the trace of the activity", seen[:36], f"00-{TRACE}-")
    if seen[36:] == sent[36:] or len(seen) != len(sent):
        raise AssertionError(f"the activity has the span of the client, or none: {seen}")


SCENES: list[Callable[[World], Awaitable[None]]] = [
    cpp_workflow_calls_python,
    python_workflow_calls_cpp,
    python_client_calls_cpp,
    cpp_workflow_sees_errors_of_python,
    python_workflow_sees_errors_of_cpp,
    python_client_sees_the_error_of_cpp,
    python_client_talks_to_cpp,
    cpp_client_talks_to_python,
    a_trace_leads_through_cpp,
]


# ---- the stage


@contextlib.asynccontextmanager
async def cpp_worker(world: World) -> AsyncIterator[asyncio.subprocess.Process]:
    words = ["worker", world.address, world.cpp_queue]
    process = await asyncio.create_subprocess_exec(world.program, *words)
    try:
        yield process
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    process.send_signal(signal.SIGTERM)
    ended = await asyncio.wait_for(process.wait(), SECONDS_TO_END)
    expect("the end of the C++ worker", ended, 0)


async def play_all(world: World) -> int:
    failed = 0
    for scene in SCENES:
        name = scene.__name__.replace("_", " ")
        try:
            await scene(world)
            print(f"passed: {name}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED: {name}\n{traceback.format_exc()}", flush=True)
    return failed


async def play(world: World) -> int:
    """How many scenes failed."""
    python_worker = Worker(
        world.client,
        task_queue=world.py_queue,
        activities=ACTIVITIES,
        workflows=WORKFLOWS,
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[NotesTraces()],
    )
    async with python_worker, cpp_worker(world) as process:
        playing = asyncio.create_task(play_all(world))
        ending = asyncio.create_task(process.wait())
        await asyncio.wait({playing, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not playing.done():
            playing.cancel()
            raise AssertionError(f"the C++ worker has ended, with {process.returncode}")
        return playing.result()


async def main(program: str, address_file: Path) -> int:
    if not address_file.exists():
        print(f"skipped: no server is running: there is no {address_file}")
        return SKIPPED
    address = address_file.read_text().strip()
    client = await Client.connect(address)
    world = World(client, address, program, f"polyglot-{uuid.uuid4()}")
    failed = await asyncio.wait_for(play(world), ENOUGH)
    print(f"{len(SCENES) - failed} scenes passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    # Activities fail here on purpose. What the workflows' code does wrong is still told.
    logging.getLogger("temporalio.activity").setLevel(logging.ERROR)
    sys.exit(asyncio.run(main(sys.argv[1], Path(sys.argv[2]))))
