#!/usr/bin/env python3
"""Replays histories that perdure has written in the Replayer of Temporal's Python SDK.

replay.py FOLDER: every history FOLDER/<backend>/<scene>.<workflow id>.<n>.json must replay on the Python workflow of
the same type, and that must end as the history says. A changed workflow must fail, or the check would prove nothing.

The SDK is in an environment of its own, outside of the source tree; ends with 77 where that cannot be made.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import sdk_environment

FEWEST_SCENES = 90


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        check = sdk_environment.command(Path(__file__).with_name("check_histories.py"))
    except sdk_environment.no_environment as error:
        print(f"skipped: {error}")
        return sdk_environment.SKIPPED
    return subprocess.run([*check, sys.argv[1], str(FEWEST_SCENES)]).returncode


if __name__ == "__main__":
    sys.exit(main())
