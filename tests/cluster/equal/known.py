"""Where perdure and the Python SDK say the same in other words, or one of them says more.

What is listed here must still differ: what does not is to be taken off the list.
"""

import re
from collections import Counter
from typing import NamedTuple

from compare import NONE, Difference


class Known(NamedTuple):
    """A regular expression for each part of a difference, which must match the whole of it."""

    event: str
    path: str
    cpp: str
    python: str
    why: str

    def covers(self, found: Difference) -> bool:
        parts = (found.event, found.path, found.cpp, found.python)
        return all(
            re.fullmatch(pattern, part) for pattern, part in zip(self[:4], parts, strict=True)
        )


CANCEL_OTHER = "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED"
NEXT = "START_CHILD_WORKFLOW_EXECUTION_INITIATED|WORKFLOW_EXECUTION_CONTINUED_AS_NEW"
VERSIONING = "of the versioning that there was before deployments"
NO_REASON = r"Cancel requested by workflow with run id <talks_to_others\.\S+> with reason: "

KNOWN = [
    Known(
        "WORKFLOW_TASK_COMPLETED",
        r"sdkMetadata\.coreUsedFlags",
        r"\[1, 2, 3\]",
        r"\[1, 2, 3, 4\]",
        "4: a replay compares the names of Nexus operations; perdure has no operations",
    ),
    Known("ACTIVITY_TASK_SCHEDULED", "useWorkflowBuildId", NONE, "True", VERSIONING),
    Known(NEXT, "inheritBuildId", NONE, "True", VERSIONING),
    Known(CANCEL_OTHER, "reason", NONE, NO_REASON, "none was given"),
    Known("WORKFLOW_EXECUTION_CANCEL_REQUESTED", "cause", NONE, NO_REASON, "that reason"),
    Known(
        "TIMER_STARTED",
        r"eventGroupMarkers\.0\.inboundEvent\.inboundEventId",
        NONE,
        "9",
        "the signal for which a handler did it: for who looks at the history",
    ),
    Known(
        "ACTIVITY_TASK_SCHEDULED",
        r"eventGroupMarkers\.0\.inboundUpdate\.inboundUpdateId",
        NONE,
        "second",
        "the update for which a handler did it: for who looks at the history",
    ),
]


class KnownDifferences:
    """Tells what is known from what is not, and notes which of the known there were."""

    def __init__(self) -> None:
        self.seen: Counter[Known] = Counter()

    def covers(self, found: Difference) -> bool:
        for each in KNOWN:
            if each.covers(found):
                self.seen[each] += 1
                return True
        return False

    def gone(self) -> list[str]:
        return [
            f"{each.event} {each.path} does not differ any more: take it off the list in known.py"
            for each in KNOWN
            if self.seen[each] == 0
        ]
