#!/usr/bin/env python3
"""One program, three engines: check_anywhere.py PROGRAM ADDRESS_FILE

Runs the example `anywhere` in memory, on an SQLite file (twice: the file is there the second time)
and on the server whose address is in the file. All must print the same lines and end well.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

EXPECTED = "Hello, Ada\nHello, Grace\nHello, Barbara\n"


def main(program: str, address_file: str) -> int:
    address = Path(address_file).read_text(encoding="utf-8").strip()
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "anywhere.db")
        ways = [["memory"], ["sqlite", file], ["sqlite", file], ["temporal", address]]
        for words in ways:
            done = subprocess.run([program, *words], text=True, capture_output=True, timeout=120)
            if done.returncode != 0 or done.stdout != EXPECTED:
                print(f"{' '.join(words)}: ended with {done.returncode} and printed\n"
                      f"{done.stdout}{done.stderr}")
                return 1
            print(f"{words[0]}: as expected")
        # A word that is none of the three is told how to use it; a server that is not there, where.
        if subprocess.run([program, "nowhere"], capture_output=True).returncode != 2:
            print("a wrong word was taken")
            return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2]))
