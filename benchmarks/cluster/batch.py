#!/usr/bin/env python3
"""The batch of batch.cpp with Temporal's Python SDK: the same work, arguments, checks and output.

batch.py ADDRESS run N
batch.py ADDRESS waiting N
"""

import asyncio
import ctypes
import gc
import json
import os
import resource
import sys
import time
import uuid
from collections.abc import Awaitable, Callable

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import Worker

from batch_workflows import (
    Args,
    BatchArgs,
    BatchResult,
    MyBatchWorkflow,
    MyGoodWorkflow,
    Waiting,
    my_good_activity,
)

QUEUE = "batch-python"
WARM_UP = 50  # children or workflows before anything is measured
LANES = 16  # calls of the client at a time
CACHED_MAX = 10_000  # as in the others; the default is 1,000


def input_of(i: int) -> Args:
    return Args(f"workflow arg1 of {i}", f"workflow arg2 of {i}")


async def batch(client: Client, count: int) -> tuple[str, BatchResult]:
    """Runs one; the clock of the caller is around it."""
    given = BatchArgs([input_of(i) for i in range(count)])
    workflow_id = f"python-{uuid.uuid4()}-{count}"
    result = await client.execute_workflow(
        MyBatchWorkflow.run, given, id=workflow_id, task_queue=QUEUE
    )
    return workflow_id, result


async def check_batch(client: Client, workflow_id: str, result: BatchResult, count: int) -> None:
    require(len(result.results) == count, f"{workflow_id} has {len(result.results)} results")
    for i, each in enumerate(result.results):
        got, given = each.result, input_of(i)
        expected = (f"activity arg1: {given.arg1}", f"activity arg2: {given.arg2}")
        is_right = (got.arg1, got.arg2) == expected and 0 <= got.random_val < 1
        require(is_right, f"{workflow_id}: result {i} is {got}")
    completed = {
        e.child_workflow_execution_completed_event_attributes.initiated_event_id
        for e in (await client.get_workflow_handle(workflow_id).fetch_history()).events
        if e.event_type == EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED
    }
    require(len(completed) == count, f"{workflow_id}: {len(completed)} children have completed")
    for i in range(0, count, (count + 9) // 10):
        child = client.get_workflow_handle(f"{workflow_id}/my_good_workflow_{i}")
        types = [e.event_type for e in (await child.fetch_history()).events]
        ended = types.count(EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
        require(ended == 1, f"{workflow_id}: child {i} has {ended} activities")


async def run(client: Client, count: int) -> dict:
    await check_batch(client, *await batch(client, WARM_UP), WARM_UP)
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    began, cpu = time.perf_counter(), processor_seconds()
    done = await batch(client, count)
    seconds, used = time.perf_counter() - began, processor_seconds() - cpu
    peak_bytes = status_bytes("VmHWM:")
    await check_batch(client, *done, count)
    return {
        "n": count,
        "seconds": round(seconds, 6),
        "children_per_second": round(count / seconds, 1),
        "worker_cpu_seconds": round(used, 6),
        "cpu_us_per_child": round(used / count * 1e6, 1),
        "peak_rss_bytes": peak_bytes,
    }


async def start_waiting(client: Client, prefix: str, count: int) -> None:
    """Comes back when all wait for their signal, in the worker's cache."""

    async def one(i: int) -> None:
        handle = await client.start_workflow(
            Waiting.run, input_of(i), id=f"{prefix}{i}", task_queue=QUEUE
        )
        async for each in handle.fetch_history_events(wait_new_event=True):
            if each.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                return
        require(False, f"{handle.id} has ended")

    await in_parallel(count, one)


async def end_waiting(client: Client, prefix: str, count: int) -> None:
    async def one(i: int) -> None:
        handle = client.get_workflow_handle_for(Waiting.run, f"{prefix}{i}")
        await handle.signal(Waiting.go, "!")
        result = await handle.result()
        require(result == input_of(i).arg1 + "!", f"{handle.id} gave {result!r}")

    await in_parallel(count, one)


async def waiting(client: Client, count: int) -> dict:
    prefix = f"python-waiting-{uuid.uuid4()}-"
    await start_waiting(client, prefix + "first-", WARM_UP)
    await end_waiting(client, prefix + "first-", WARM_UP)
    before = resident_bytes()
    await start_waiting(client, prefix, count)
    after = resident_bytes()
    await end_waiting(client, prefix, count)
    return {
        "n": count,
        "rss_before_bytes": before,
        "rss_after_bytes": after,
        "rss_bytes_per_workflow": round((after - before) / count),
    }


async def in_parallel(count: int, work: Callable[[int], Awaitable[None]]) -> None:
    async def lane(first: int) -> None:
        for i in range(first, count, LANES):
            await work(i)

    await asyncio.gather(*(lane(i) for i in range(LANES)))


def processor_seconds() -> float:
    """Of all threads of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident_bytes() -> int:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return status_bytes("VmRSS:")


def status_bytes(field: str) -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


async def main() -> None:
    if len(sys.argv) != 4 or sys.argv[2] not in ("run", "waiting"):
        raise SystemExit(__doc__)
    client = await Client.connect(sys.argv[1])
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[MyBatchWorkflow, MyGoodWorkflow, Waiting],
        activities=[my_good_activity],
        max_cached_workflows=CACHED_MAX,
    ):
        measure = run if sys.argv[2] == "run" else waiting
        print(json.dumps(await measure(client, int(sys.argv[3]))))


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)  # the SDK's threads sometimes end an interpreter that finalizes with SIGABRT
