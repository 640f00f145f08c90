#!/usr/bin/env python3
"""Replays histories that perdure has written in the Replayer of Temporal's Python SDK.

replay.py FOLDER: every history FOLDER/<backend>/<scene>.<workflow id>.<n>.json must replay on the Python workflow of
the same type, and that must end as the history says. A changed workflow must fail, or the check would prove nothing.

The SDK is installed into an environment of its own, outside of the source tree; ends with 77 where that cannot be.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

SDK = "temporalio==1.35.*"
FEWEST_SCENES = 90


def environment() -> Path:
    """The Python of an environment that has the SDK. Made once for each version of Python; two that make it at the
    same time do not meet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "perdure"
    name = "python-{}.{}-{}".format(*sys.version_info[:2], SDK.replace("=", "").replace(".*", ""))
    made = cache / name
    if not made.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=name, dir=cache))
        venv.create(partial, with_pip=True)
        subprocess.run([partial / "bin/python", "-m", "pip", "install", "--quiet", SDK], check=True)
        try:
            partial.rename(made)
        except OSError:
            if not made.is_dir():
                raise
    return made / "bin/python"


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        python = environment()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"skipped: there is no environment with {SDK}: {error}")
        return 77
    check = Path(__file__).with_name("check_histories.py")
    return subprocess.run([python, check, sys.argv[1], str(FEWEST_SCENES)]).returncode


if __name__ == "__main__":
    sys.exit(main())
