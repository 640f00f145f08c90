#!/usr/bin/env python3
"""Checks that data flows one way: what may include what.

    check_layers.py [--root DIR] [--keep-apart FOLDER=LAYER,LAYER...]...

 1. A header includes headers of its own layer and of the layers under it, nothing above.
 2. There is no include cycle, and every include of ours exists.
 3. What perdure.hpp brings includes the standard library and nothing else, and none of its costly headers.
 4. What an opt-in door brings beside that includes the library the door is for, and no other.
 5. gRPC, protobuf and what they bring are included in perdure/backend/temporal/ and nowhere else.
 6. Nothing under FOLDER (for example tests/oracle) reaches one of the LAYERs, directly or not.
"""
import argparse
import re
import sys
from pathlib import Path

# From the top. A layer is a folder of include/perdure; the first is the headers that users include, the last
# the headers that lie beside them.
DOORS = ("perdure.hpp", "codec.hpp", "encryption.hpp", "external_storage.hpp", "internals.hpp", "protobuf.hpp",
         "source.hpp", "sqlite.hpp", "sqlite_source.hpp", "telemetry.hpp", "temporal.hpp", "testing.hpp", "workflow.hpp")
LAYERS = ("doors", "testing", "client", "worker", "backend", "engine", "execution", "workflow", "activity",
          "replay", "history", "data", "root")

# Each costs more than all we use of it: durations come with <mutex>, see perdure/time.hpp.
COSTLY = {"algorithm", "chrono", "filesystem", "format", "functional", "future", "iostream", "locale", "random",
          "ranges", "regex", "sstream"}
# Comes with every Linux, as the standard library does.
POSIX = re.compile(r"sys/\w+\.h|(?:dirent|fcntl|poll|pthread|signal|time|unistd)\.h")
# What an opt-in door may need beside the standard library and POSIX.
LIBRARIES = {"perdure/codec.hpp": set(), "perdure/external_storage.hpp": set(),
             "perdure/encryption.hpp": {"openssl/crypto.h", "openssl/evp.h", "openssl/rand.h"},
             "perdure/sqlite.hpp": {"sqlite3.h", "linux/futex.h"},
             "perdure/sqlite_source.hpp": {"sqlite3.h", "linux/futex.h"}, "perdure/source.hpp": set(),
             "perdure/temporal.hpp": set(),
             "perdure/protobuf.hpp": {"google/protobuf/message.h", "google/protobuf/util/json_util.h"},
             "perdure/telemetry.hpp": set(), "perdure/testing.hpp": set()}
# What one folder alone may include, whatever brings it; and the headers that may beside it.
KEPT_IN = {"perdure/backend/temporal/": (re.compile(r"grpc|google/protobuf|temporal/api/|toml\+\+"),
                                         "perdure/data/protobuf_payload.hpp")}

INCLUDE = re.compile(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")', re.MULTILINE)


def layer_of(header: str) -> str:
    """The layer of `perdure/...`."""
    parts = header.split("/")[1:]
    if len(parts) > 1:
        return parts[0]
    return "doors" if parts[0] in DOORS else "root"


class Tree:
    """The includes of every file below include/ and tests/."""

    def __init__(self, root: Path):
        self.roots = [root / "include", root / "tests"]
        self.ours: dict[str, list[str]] = {}  # name as it is included -> names it includes
        self.others: dict[str, list[str]] = {}  # the same for the includes that are not ours
        self.problems: list[str] = []
        for folder in self.roots:
            for path in sorted(folder.rglob("*.[hc]pp")):
                self.read(path, path.relative_to(folder).as_posix())

    def read(self, path: Path, name: str) -> None:
        self.ours[name], self.others[name] = [], []
        for spelled in INCLUDE.findall(path.read_text(encoding="utf-8")):
            target = spelled[1:-1]
            if not target.startswith("perdure/") and spelled[0] == '"':
                beside = (path.parent / target).resolve()
                near = [beside.relative_to(r).as_posix() for r in self.roots if beside.is_relative_to(r)]
                target = near[0] if near and beside.is_file() else target
            if any((folder / target).is_file() for folder in self.roots):
                self.ours[name].append(target)
            elif target.startswith("perdure/"):
                self.problems.append(f"{name}: includes {target}, which does not exist")
            else:
                self.others[name].append(target)

    def reach(self, start: str) -> dict[str, str]:
        """Every file that `start` brings -> the one that brought it."""
        brought, todo = {start: ""}, [start]
        while todo:
            name = todo.pop()
            for target in self.ours[name]:
                if target not in brought:
                    brought[target] = name
                    todo.append(target)
        return brought

    def way(self, brought: dict[str, str], target: str) -> str:
        steps = [target]
        while brought[steps[-1]]:
            steps.append(brought[steps[-1]])
        return " -> ".join(reversed(steps))


def check_order(tree: Tree) -> list[str]:
    problems = []
    for name, targets in tree.ours.items():
        if not name.startswith("perdure/"):
            continue
        layer = layer_of(name)
        if layer not in LAYERS:
            problems.append(f"{name}: {layer}/ is not a layer; the layers are {', '.join(LAYERS)}")
            continue
        for target in targets:
            if not target.startswith("perdure/"):
                problems.append(f"{name}: includes {target} of the tests")
            elif layer_of(target) in LAYERS and LAYERS.index(layer_of(target)) < LAYERS.index(layer):
                problems.append(f"{name}: {layer} is under {layer_of(target)} and must not include {target}")
    return problems


def check_cycles(tree: Tree) -> list[str]:
    problems, done = [], set()

    def visit(name: str, path: list[str]) -> None:
        if name in path:
            problems.append("include cycle: " + " -> ".join(path[path.index(name):] + [name]))
        elif name not in done:
            for target in tree.ours[name]:
                visit(target, path + [name])
            done.add(name)

    for name in tree.ours:
        visit(name, [])
    return problems


def is_foreign(target: str) -> bool:
    """Whether it comes with neither the standard library nor POSIX."""
    return re.search(r"[./]", target) is not None and not POSIX.fullmatch(target)


def check_cost(tree: Tree) -> list[str]:
    start = "perdure/perdure.hpp"
    if start not in tree.ours:
        return []
    problems = []
    for name in sorted(tree.reach(start)):
        for target in tree.others[name]:
            if target in COSTLY:
                problems.append(f"{name}: <{target}> costs too much to include; find the part that is needed")
            elif is_foreign(target):
                problems.append(f"{name}: <{target}> is not the standard library, and perdure.hpp needs nothing else")
    return problems


def check_libraries(tree: Tree) -> list[str]:
    problems = []
    for door, allowed in LIBRARIES.items():
        for name in sorted(tree.reach(door)) if door in tree.ours else []:
            for target in tree.others[name]:
                if is_foreign(target) and target not in allowed:
                    needs = ", ".join(sorted(allowed)) or "no library"
                    problems.append(f"{name}: <{target}> is not for {door}, which needs {needs}")
    return problems


def check_kept(tree: Tree) -> list[str]:
    return [f"{name}: {target} is for {folder} alone"
            for folder, (kept, beside) in KEPT_IN.items() for name, targets in tree.others.items()
            if name.startswith("perdure/") and not name.startswith(folder) and name != beside
            for target in targets if kept.match(target)]


def check_apart(tree: Tree, rule: str) -> list[str]:
    folder, _, layers = rule.partition("=")
    below = folder.removeprefix("tests/").removeprefix("include/").rstrip("/") + "/"
    files = [name for name in tree.ours if name.startswith(below)]
    if not files:
        return [f"--keep-apart {rule}: there is nothing in {folder}"]
    problems = []
    for name in files:
        brought = tree.reach(name)
        for target in brought:
            if target.startswith("perdure/") and layer_of(target) in layers.split(","):
                problems.append(f"{name}: must not reach {layer_of(target)}: {tree.way(brought, target)}")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks what may include what.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--keep-apart", action="append", default=[], metavar="FOLDER=LAYER,LAYER")
    options = parser.parse_args()
    tree = Tree(options.root.resolve())
    problems = tree.problems + check_order(tree) + check_cycles(tree) + check_cost(tree) + check_libraries(tree)
    problems += check_kept(tree)
    for rule in options.keep_apart:
        problems += check_apart(tree, rule)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(tree.ours)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
