#!/usr/bin/env python3
"""The same workflows in C++ and in Python make the same histories; each side replays the other's.

equal.py PROGRAM ADDRESS_FILE FOLDER

Plays the scenes of both sides on the server whose address is in the file, in its namespaces
equal-cpp and equal-py, and leaves the histories in FOLDER. To be run by the Python that has the
SDK. Ends with 77 where there is no such file.
"""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

from compare import Names, comparable, course, differences, filled
from known import KnownDifferences
from temporalio.client import Client, WorkflowHistory

FEWEST_SCENES = 40
LIMIT = 300
SKIPPED = 77
CPP, PYTHON = "equal-cpp", "equal-py"


class Failed(Exception):
    """Says why."""


def run(*commands: list) -> None:
    """Side by side, each to its end. \\raises Failed"""
    started = [
        subprocess.Popen(
            [str(word) for word in each],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for each in commands
    ]
    try:
        for command, each in zip(commands, started, strict=True):
            output, _ = each.communicate(timeout=LIMIT)
            if each.returncode != 0:
                words = " ".join(str(word) for word in command)
                raise Failed(f"{words}: ended with {each.returncode}:\n{output}")
            print(output.splitlines()[-1])
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{late.cmd[0]}: still runs after {LIMIT} s") from late
    finally:
        for each in started:
            each.kill()


def load(folder: Path) -> dict[str, dict]:
    """The histories, by <scene>.<workflow id>.<n>."""
    return {each.stem: json.loads(each.read_text()) for each in sorted(folder.glob("*.json"))}


def started(history: dict) -> dict:
    return history["events"][0]["workflowExecutionStartedEventAttributes"]


def names_of(namespace: str, histories: dict[str, dict]) -> Names:
    return Names(
        namespace,
        {started(each)["originalExecutionRunId"]: name for name, each in histories.items()},
    )


async def check_reading(address: str, cpp: dict[str, dict]) -> list[str]:
    """What perdure has read and written is what the server has: nothing of it was lost."""
    client = await Client.connect(address, namespace=CPP)
    problems = []
    for name, read in cpp.items():
        first = started(read)
        run_id = first["originalExecutionRunId"]
        has = await client.get_workflow_handle(first["workflowId"], run_id=run_id).fetch_history()
        written = WorkflowHistory.from_json(first["workflowId"], read)
        if filled(json.loads(written.to_json())) != filled(json.loads(has.to_json())):
            problems.append(f"{name}: perdure has not read what the server has")
    return problems


def compare_all(
    cpp: dict[str, dict], python: dict[str, dict], known: KnownDifferences
) -> list[str]:
    if cpp.keys() != python.keys():
        return [f"on one side only: {sorted(cpp.keys() ^ python.keys())}"]
    problems = []
    cpp_names, python_names = names_of(CPP, cpp), names_of(PYTHON, python)
    for name in cpp:
        left = comparable(name, cpp[name], cpp_names)
        right = comparable(name, python[name], python_names)
        if courses := course(left, right):
            problems.append(f"{name}:\n{courses}")
            continue
        found = [str(each) for each in differences(left, right) if not known.covers(each)]
        if found:
            problems.append("\n".join([f"{name}:", *found]))
    return problems


def check_controls(cpp: dict[str, dict], replays: list[list], folder: Path) -> list[str]:
    """An activity of another type must be found by whoever compares or replays."""
    name = "one_activity.one_activity.1"
    changed = json.dumps(cpp[name]).replace('"say"', '"cry"')
    (folder / f"{name}.json").write_text(changed)
    names = names_of(CPP, cpp)
    left, right = (comparable(name, each, names) for each in (cpp[name], json.loads(changed)))
    problems = [] if differences(left, right) else ["a changed history was found to be equal"]
    for command in replays:
        if subprocess.run([*command, folder], capture_output=True, timeout=LIMIT).returncode != 1:
            problems.append(f"{command[0]}: a changed history replays")
    return problems


def check(program: str, address: str, folder: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    for each in ("cpp", "py", "changed"):
        (folder / each).mkdir(parents=True)
    twin = [sys.executable, "-B", Path(__file__).with_name("scenes.py")]
    run(
        [program, address, CPP, folder / "cpp"],
        [*twin, address, PYTHON, folder / "py"],
    )
    cpp, python = load(folder / "cpp"), load(folder / "py")
    known = KnownDifferences()
    problems = compare_all(cpp, python, known) + known.gone()
    replays = [[program, "--replay"], [*twin, "--replay"]]
    problems += check_controls(cpp, replays, folder / "changed")
    problems += asyncio.run(check_reading(address, cpp))
    for each in problems:
        print(each)
    run([*replays[0], folder / "py"], [*replays[1], folder / "cpp"])
    scenes = {name.split(".")[0] for name in cpp}
    events = sum(len(each["events"]) for each in cpp.values())
    print(
        f"{len(scenes)} scenes, {len(cpp)} histories and {events} events compared: "
        f"{len(problems)} problems, {sum(known.seen.values())} differences of "
        f"{len(known.seen)} known kinds"
    )
    if len(scenes) < FEWEST_SCENES:
        raise Failed(f"at least {FEWEST_SCENES} scenes were to be compared")
    return 1 if problems else 0


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    program, address_file, folder = arguments
    if not Path(address_file).exists():
        print(f"skipped: there is no {address_file}")
        return SKIPPED
    try:
        return check(program, Path(address_file).read_text().strip(), Path(folder))
    except Failed as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
