#!/usr/bin/env python3
"""Batches of workflows while servers, workers and networks fail, on Temporal's development server.

faults.py PROGRAM [--short] [--scene NAME]... [--children N] [--kills N] [--cut-seconds S]
          [--rate R] [--seed N] [--jobs N] [--keep FOLDER]

PROGRAM is perdure_cluster_fault_worker. Each scene has a server of its own, with its data in a
file, and runs one batch: a parent and its children, with an activity each. In all of them the
result must be right, each child must have completed exactly once in its parent's history, and its
one activity once in its own, with the right value; no activity may have run more often than it was
begun. Where workers are not what is killed, it must be the same process from begin to end.

The long form, for a machine that does nothing else, is

    faults.py PROGRAM --children 500 --kills 10 --cut-seconds 30

and takes some minutes. ctest runs the short one, all scenes at a time but `cut-forgotten`, where
a dead connection must first be found out. The scene `canary` has a planted bug and passes if that
is found. Ends with 77 where there is no server to be had.
"""

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import dev_server
import sdk_environment

try:
    import proxies
    from stage import scene_failed, stage
except ImportError:  # it needs the environment's packages, and starts itself there
    IS_OUTSIDE = True
else:
    IS_OUTSIDE = False

SHORT = {"children": 60, "kills": 2, "cut_seconds": 8.0, "limit": 3, "jobs": 7}
LONG = {"children": 500, "kills": 10, "cut_seconds": 30.0, "limit": 10, "jobs": 1}


def server_killed(on: "stage") -> None:
    """And started again, with a worker that knows nothing of it."""
    on.start_worker(on.server.address)
    on.start_client(on.server.address)
    kills = max(1, on.said.kills // 3)
    for each in range(kills):
        on.await_executions(on.share(each + 1, kills + 1))
        on.restart_server()
    on.finish(f"{kills} kills")


def workers_killed(on: "stage") -> None:
    """The only one of the queue, again and again."""
    on.start_client(on.server.address)
    worker = on.start_worker(on.server.address)
    for each in range(on.said.kills):
        on.await_executions(on.share(each + 1, on.said.kills + 1))
        on.kill(worker)
        worker = on.start_worker(on.server.address)
    on.finish(f"{on.said.kills} kills")


def one_of_several_killed(on: "stage") -> None:
    """Others go on with its work; another comes in its place."""
    workers = [on.start_worker(on.server.address) for _ in range(3)]
    on.start_client(on.server.address)
    for each in range(on.said.kills):
        on.await_executions(on.share(each + 1, on.said.kills + 1))
        on.kill(workers[each % len(workers)])
        workers[each % len(workers)] = on.start_worker(on.server.address)
    on.finish(f"{on.said.kills} kills")


def network_cut(way: str) -> Callable:
    def scene(on: "stage") -> None:
        with proxies.cut_proxy(on.server.address, dev_server.free_port(on.folder)) as network:
            on.start_worker(network.address)
            on.start_client(network.address)
            on.await_executions(on.share(1, 3))
            network.cut(way)
            time.sleep(on.said.cut_seconds)  # what the scene is about, and not a wait for anything
            on.expect_unfinished()
            network.mend()
            on.finish(f"{on.said.cut_seconds:.0f} s")

    return scene


def server_busy(on: "stage") -> None:
    """Every method of it fails now and then, before or after it has done its work."""
    port = dev_server.free_port(on.folder)
    with proxies.busy_proxy(on.server.address, port, on.said.rate, on.said.seed) as busy:
        on.start_worker(busy.address)
        on.start_client(busy.address)
        on.finish("", report=lambda: said_of(busy))


def said_of(busy: "proxies.busy_proxy") -> str:
    methods, calls, faults = len(busy.calls), busy.calls.total(), busy.faults.total()
    return f"{faults} of {calls} calls to {methods} methods failed"


def canary(on: "stage") -> None:
    """A worker that runs each activity twice, as far as can be seen: that must be found."""
    on.start_worker(on.server.address, lines=2)
    on.start_client(on.server.address)
    try:
        on.finish("")
    except scene_failed as why:
        if "ran 2 times in 1 attempts" not in str(why):
            raise
        on.outcome = "the planted bug was found"
    else:
        on.fail("the planted bug was not found")


SCENES = {
    # The longest first.
    "cut-forgotten": network_cut("forgotten"),
    "workers-killed": workers_killed,
    "one-of-several-killed": one_of_several_killed,
    "server-busy": server_busy,
    "server-killed": server_killed,
    "cut-silent": network_cut("silent"),
    "cut-refused": network_cut("refused"),
    "canary": canary,
}
NOT_SHORT = {"cut-forgotten"}


def play(name: str, folder: Path, said: argparse.Namespace) -> bool:
    """Whether it went well. Prints a line."""
    began = time.monotonic()
    # All but the busy server could be done before the fault.
    pace = 0 if name == "server-busy" else max(10, said.children // 6)
    try:
        with stage(name, folder / name, said, pace) as on:
            SCENES[name](on)
            outcome = on.outcome
    except (scene_failed, dev_server.server_failed) as why:
        print(f"FAILED  {name}: {why}", flush=True)
        return False
    except Exception:
        print(f"FAILED  {name}: {traceback.format_exc()}", flush=True)
        return False
    print(f"passed  {name}: {outcome}, {time.monotonic() - began:.1f} s", flush=True)
    return True


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("program", type=Path)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--scene", action="append", choices=[*SCENES], dest="scenes")
    parser.add_argument("--children", type=int)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--cut-seconds", type=float)
    parser.add_argument("--limit", type=int, help="seconds after which a task counts as lost")
    parser.add_argument("--rate", type=float, default=0.08, help="of failing calls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, help="scenes at a time")
    parser.add_argument("--keep", type=Path, help="where logs and data go, and stay")
    parser.add_argument("--patience", type=float, default=400.0, help="seconds for one scene")
    said = parser.parse_args()
    for name, value in (SHORT if said.short else LONG).items():
        if getattr(said, name) is None:
            setattr(said, name, value)
    if not said.scenes:
        said.scenes = [name for name in SCENES if not (said.short and name in NOT_SHORT)]
    said.program = said.program.resolve()
    return said


def main() -> int:
    said = arguments()
    try:
        python = sdk_environment.python()
    except sdk_environment.no_environment as error:
        print(f"skipped: {error}", file=sys.stderr)
        return sdk_environment.SKIPPED
    if IS_OUTSIDE:
        if Path(sys.executable) == python:
            import proxies  # and say what is missing
        os.execv(python, [str(python), "-B", *sys.argv])
    with tempfile.TemporaryDirectory() as made:
        folder = said.keep or Path(made)
        with ThreadPoolExecutor(said.jobs) as scenes:
            went_well = [*scenes.map(lambda name: play(name, folder, said), said.scenes)]
    print(f"{went_well.count(True)} of {len(went_well)} scenes passed")
    return 0 if all(went_well) else 1


if __name__ == "__main__":
    sys.exit(main())
