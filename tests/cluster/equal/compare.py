"""What must be the same of two histories: all but what is left out here, with the reason."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
NONE = "none"

# The server counts and measures: when, which change of its store, how many bytes.
OF_THE_SERVER = {"eventTime", "taskId", "historySizeBytes"}
# Who has made it: the SDK, its build, places in its code.
OF_THE_SDK = {"sdkName", "sdkVersion", "workerVersion", "buildId", "source", "stackTrace"}
# In the marker of a local activity: when it began and ended.
OF_A_LOCAL_ACTIVITY = {"complete_time", "original_schedule_time"}

# Of these the first run starts many children at once. In which order the server tells it what has
# become of them, and how many at a time, is chance, in either language; see `by_operation`.
SIDE_BY_SIDE = {"fan_out.fan_out.1"}


@dataclass
class Names:
    """The runs of a side by their ids: who is named must be the same on both sides."""

    namespace: str
    runs: dict[str, str]  # by run id: <scene>.<workflow id>.<n>

    def of(self, text: str) -> str:
        text = UUID.sub(lambda found: f"<{self.runs.get(found[0], 'uuid')}>", text)
        text = TIME.sub("<time>", text)
        return "<namespace>" if text == self.namespace else text


@dataclass
class Difference:
    number: int  # of the event
    event: str
    path: str
    cpp: str
    python: str

    def __str__(self) -> str:
        where = f"{self.number:4} {self.event} {self.path}"
        return f"{where}\n     C++    {self.cpp}\n     Python {self.python}"


def decoded(payload: dict) -> dict:
    """A payload of JSON as its value: the order of members and the spaces are each SDK's own."""
    metadata = {key: base64.b64decode(each).decode() for key, each in payload["metadata"].items()}
    data = base64.b64decode(payload.get("data", ""))
    if not metadata.get("encoding", "").startswith("json/"):
        return {"metadata": metadata, "data": data.hex()}
    value = json.loads(data)
    if isinstance(value, dict):
        value = {key: each for key, each in value.items() if key not in OF_A_LOCAL_ACTIVITY}
    return {"metadata": metadata, "json": json.dumps(value, sort_keys=True)}


def begins_soon(started: dict) -> bool:
    """Whether a run waits for what is left of a second, for one before it or by a schedule."""
    wait = started.get("firstWorkflowTaskBackoff", "0s")
    follows = "continuedExecutionRunId" in started or "cronSchedule" in started
    return follows and float(wait.removesuffix("s")) <= 1


def filled(value):
    """Without messages that have nothing in them: some SDKs set those, some do not."""
    if isinstance(value, list):
        return [filled(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: filled(each) for key, each in value.items() if each != {}}


def plain(value, names: Names):
    """A part of an event as it is compared."""
    if isinstance(value, list):
        return [plain(each, names) for each in value]
    if not isinstance(value, dict):
        return names.of(value) if isinstance(value, str) else value
    value = dict(value)
    if isinstance(value.get("metadata"), dict):
        value = decoded(value)
    if value.get("kind") == "TASK_QUEUE_KIND_STICKY":
        value["name"] = "<sticky>"  # the worker's own
    if flags := value.get("coreUsedFlags"):
        value["coreUsedFlags"] = str(sorted(flags))
    if begins_soon(value):
        value.pop("firstWorkflowTaskBackoff", None)
    left_out = OF_THE_SERVER | OF_THE_SDK
    return {key: plain(each, names) for key, each in value.items() if key not in left_out}


def leaves(value, path: str = "") -> Iterator[tuple[str, str]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        where = re.sub(r"^\w+EventAttributes\.", "", f"{path}.{key}" if path else str(key))
        if isinstance(each, dict | list):
            yield from leaves(each, where)
        else:
            yield where, str(each)


def by_operation(events: list[dict[str, str]]) -> list[dict[str, str]]:
    """Each command, and after it what has become of it, without the workflow tasks between."""
    kept = [each for each in events if not type_of(each).startswith("WORKFLOW_TASK")]
    kept.sort(key=lambda each: int(each.get("initiatedEventId", each["eventId"])))
    places = {"eventId", "startedEventId", "workflowTaskCompletedEventId"}
    return [{key: each[key] for key in each if key not in places} for each in kept]


def comparable(name: str, history: dict, names: Names) -> list[dict[str, str]]:
    """Its events, each as the leaves, by their paths, that must be the same."""
    events = [dict(leaves(plain(filled(each), names))) for each in history["events"]]
    return by_operation(events) if name in SIDE_BY_SIDE else events


def type_of(event: dict[str, str] | None) -> str:
    return event["eventType"].removeprefix("EVENT_TYPE_") if event else "-"


def course(cpp: list[dict[str, str]], python: list[dict[str, str]]) -> str:
    """Both courses side by side, where they differ; empty: they do not."""
    rows = [(type_of(a), type_of(b)) for a, b in zip_longest(cpp, python)]
    if all(a == b for a, b in rows):
        return ""
    lines = [f"       {'C++':46} Python"]
    for number, (a, b) in enumerate(rows, 1):
        lines.append(f"{' ' if a == b else '*'} {number:4} {a:46} {b}")
    return "\n".join(lines)


def differences(cpp: list[dict[str, str]], python: list[dict[str, str]]) -> list[Difference]:
    """Of events that are of the same types."""
    return [
        Difference(number, type_of(a), key, a.get(key, NONE), b.get(key, NONE))
        for number, (a, b) in enumerate(zip(cpp, python, strict=True), 1)
        for key in dict.fromkeys([*a, *b])
        if a.get(key) != b.get(key)
    ]
