"""Python's workflows and activities: C++ calls them, and they call those of C++."""

from contextvars import ContextVar
from datetime import timedelta

from shared import Balance, Entry, Line, Order, Reason, Receipt, SeenError, Shipping, seen
from temporalio import activity, exceptions, workflow
from temporalio.common import RetryPolicy
from temporalio.converter import DataConverter
from temporalio.worker import ActivityInboundInterceptor, Interceptor

HALF_A_MINUTE = timedelta(seconds=30)

# ---- an order: activities and children of the other language, values of all kinds


@activity.defn(name="py_price")
async def price(line: Line, how: Shipping) -> float:
    return line.count * line.price + (5 if how is Shipping.express else 0)


@activity.defn(name="py_reversed")
async def reverse(data: bytes) -> bytes:
    return data[::-1]


@workflow.defn(name="py_receipt")
class MakeReceipt:
    @workflow.run
    async def run(self, order: Order, total: float) -> Receipt:
        notes = [line.note for line in order.lines if line.note is not None]
        points = sum(order.points.values())
        return Receipt(
            order.customer, order.how, total, notes, points, order.gift, [], "Python"
        )


@workflow.defn(name="py_order")
class TakeOrder:
    @workflow.run
    async def run(self, order: Order, cpp_queue: str) -> Receipt:
        there = {"task_queue": cpp_queue, "start_to_close_timeout": HALF_A_MINUTE}
        total = 0.0
        for line in order.lines:
            total += await workflow.execute_activity(
                "cpp_price", args=[line, order.how], result_type=float, **there
            )
        seal = await workflow.execute_activity(
            "cpp_reversed", bytes([0, 1, 255]), result_type=bytes, **there
        )
        made = await workflow.execute_child_workflow(
            "cpp_receipt",
            args=[order, total],
            id=f"{workflow.info().workflow_id}/receipt",
            task_queue=cpp_queue,
            result_type=Receipt,
        )
        made.seal = [*seal]
        return made


# ---- errors: how they arrive at the other side


def declined(who: str) -> None:
    deeper = exceptions.ApplicationError(f"no funds: {who}", type="NoFunds")
    raise exceptions.ApplicationError(
        "card declined", Reason(7, "ask the bank"), type="CardDeclined", non_retryable=True
    ) from deeper


@activity.defn(name="py_decline")
async def decline(who: str) -> None:
    declined(who)


@activity.defn(name="py_stumble")
async def stumble() -> int:
    raise RuntimeError("out of paper")


@workflow.defn(name="py_declined")
class Declined:
    @workflow.run
    async def run(self, who: str) -> int:
        declined(who)
        return 0


@workflow.defn(name="py_relays")
class Relays:
    """Lets an error of the other language through."""

    @workflow.run
    async def run(self, cpp_queue: str) -> None:
        await workflow.execute_activity(
            "cpp_decline", "Zoë", task_queue=cpp_queue, start_to_close_timeout=HALF_A_MINUTE
        )


@workflow.defn(name="py_sees_errors")
class SeesErrors:
    @workflow.run
    async def run(self, cpp_queue: str, py_queue: str) -> list[SeenError]:
        there = {
            "task_queue": cpp_queue,
            "start_to_close_timeout": HALF_A_MINUTE,
            "retry_policy": RetryPolicy(
                initial_interval=timedelta(milliseconds=1), maximum_attempts=2
            ),
        }
        mine = workflow.info().workflow_id
        calls = [
            lambda: workflow.execute_activity("cpp_decline", "Zoë", **there),
            lambda: workflow.execute_activity("cpp_stumble", **there),
            lambda: workflow.execute_child_workflow(
                "cpp_declined", "Zoë", id=f"{mine}/declined", task_queue=cpp_queue
            ),
            lambda: workflow.execute_child_workflow(
                "cpp_relays", py_queue, id=f"{mine}/relays", task_queue=cpp_queue
            ),
        ]
        errors = []
        for call in calls:
            try:
                await call()
            except (exceptions.ActivityError, exceptions.ChildWorkflowError) as error:
                errors.append(seen(error))
        return errors


# ---- a ledger: signals, queries and updates from the other language


@workflow.defn(name="py_ledger")
class Ledger:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.closed = False

    @workflow.run
    async def run(self) -> list[Entry]:
        await workflow.wait_condition(lambda: self.closed)
        return self.entries

    @workflow.signal
    def note(self, more: Entry) -> None:
        self.entries.append(more)

    @workflow.signal
    def close(self) -> None:
        self.closed = True

    @workflow.query
    def total(self, unit: str) -> Balance:
        amounts = [each.amount for each in self.entries]
        return Balance(unit, sum(amounts), [each.what for each in self.entries])

    @workflow.update
    def add(self, more: Entry) -> int:
        if more.amount > 1000:
            raise exceptions.ApplicationError("too much", type="TooMuch")
        self.entries.append(more)
        return self.total("").total

    @add.validator
    def check_add(self, more: Entry) -> None:
        if more.amount <= 0:
            raise exceptions.ApplicationError(
                "no amount", Reason(1, more.what), type="NoAmount"
            )


traceparent: ContextVar[str] = ContextVar("traceparent", default="none")


class NotesTraces(Interceptor):
    """Lets activities see the trace that they are a part of."""

    def intercept_activity(
        self, next: ActivityInboundInterceptor
    ) -> ActivityInboundInterceptor:
        class Notes(ActivityInboundInterceptor):
            async def execute_activity(self, input):
                if sent := input.headers.get("_tracer-data"):
                    [carrier] = DataConverter.default.payload_converter.from_payloads([sent])
                    traceparent.set(carrier["traceparent"])
                return await super().execute_activity(input)

        return Notes(next)


@activity.defn(name="py_traceparent")
async def seen_traceparent() -> str:
    return traceparent.get()


ACTIVITIES = [price, reverse, decline, stumble, seen_traceparent]
WORKFLOWS = [MakeReceipt, TakeOrder, Declined, Relays, SeesErrors, Ledger]
