"""What the Python and the C++ halves of this test say to each other. The same in C++: polyglot.hpp.
"""

from dataclasses import dataclass, field
from enum import Enum

from temporalio import exceptions


class Shipping(str, Enum):
    standard = "standard"
    express = "express"


@dataclass
class Line:
    item: str
    count: int
    price: float
    note: str | None = None


@dataclass
class Order:
    customer: str
    how: Shipping
    lines: list[Line]
    points: dict[str, int]
    gift: bool


@dataclass
class Receipt:
    customer: str
    how: Shipping
    total: float
    notes: list[str]
    points: int
    gift: bool
    seal: list[int]
    made_by: str


@dataclass
class Reason:
    """The details of errors."""

    code: int
    text: str


@dataclass
class SeenError:
    """An error of the other language, as it has arrived."""

    chain: list[str]  # itself and its causes
    retry_state: int = 0  # of the activity or the child
    non_retryable: bool = False  # this and the details are of the first application error
    details: Reason | None = None


@dataclass
class Entry:
    what: str
    amount: int


@dataclass
class Balance:
    unit: str
    total: int
    whats: list[str] = field(default_factory=list)


def link_of(error: BaseException) -> str:
    if isinstance(error, exceptions.ApplicationError):
        return f"{error.type}: {error.message}"
    if isinstance(error, exceptions.ActivityError):
        return f"activity {error.activity_type}"
    if isinstance(error, exceptions.ChildWorkflowError):
        return f"child {error.workflow_type}"
    return repr(error)


def seen(error: BaseException) -> SeenError:
    made = SeenError(chain=[], retry_state=int(getattr(error, "retry_state", None) or 0))
    first = None
    at: BaseException | None = error
    while at is not None:
        made.chain.append(link_of(at))
        if first is None and isinstance(at, exceptions.ApplicationError):
            first = at
        at = at.__cause__
    if first is not None:
        made.non_retryable = first.non_retryable
        made.details = Reason(**first.details[0]) if first.details else None
    return made
