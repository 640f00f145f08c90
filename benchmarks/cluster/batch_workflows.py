"""The workflows and the activity of batch.py: a module of their own, as the SDK advises, because
its sandbox imports it again for each run."""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy


@dataclass
class Args:
    arg1: str
    arg2: str


@dataclass
class ActivityResult:
    arg1: str
    arg2: str
    random_val: float


@dataclass
class WorkflowResult:
    result: ActivityResult


@dataclass
class BatchArgs:
    inputs: list[Args]


@dataclass
class BatchResult:
    results: list[WorkflowResult]


@activity.defn
async def my_good_activity(args: Args) -> ActivityResult:
    return ActivityResult(args.arg1, args.arg2, random.random())


@workflow.defn
class MyGoodWorkflow:
    @workflow.run
    async def run(self, args: Args) -> WorkflowResult:
        given = Args(f"activity arg1: {args.arg1}", f"activity arg2: {args.arg2}")
        return WorkflowResult(
            await workflow.execute_activity(
                my_good_activity, given, schedule_to_close_timeout=timedelta(seconds=60)
            )
        )


@workflow.defn
class MyBatchWorkflow:
    @workflow.run
    async def run(self, args: BatchArgs) -> BatchResult:
        children = [
            workflow.execute_child_workflow(
                MyGoodWorkflow.run,
                each,
                id=f"{workflow.info().workflow_id}/my_good_workflow_{i}",
                retry_policy=RetryPolicy(maximum_attempts=3),
            )
            for i, each in enumerate(args.inputs)
        ]
        return BatchResult(list(await asyncio.gather(*children)))


@workflow.defn
class Waiting:
    said = ""

    @workflow.run
    async def run(self, args: Args) -> str:
        await workflow.wait_condition(lambda: bool(self.said))
        return args.arg1 + self.said

    @workflow.signal
    def go(self, what: str) -> None:
        self.said = what
