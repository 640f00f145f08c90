#!/usr/bin/env python3
"""Compiles and runs a program that some compilers stop on with an internal error.

    right_or_known_error.py FILE OUTPUT COMPILER FLAG...

Passes when the program compiles and ends with 0, or when the compiler is GCC 14 and says
"internal compiler error". Anything else, above all a program that compiles and is wrong, fails.
"""
import subprocess
import sys

KNOWN = "14."  # GCC's versions with the error


def main(file: str, output: str, command: list[str]) -> str:
    """What is wrong, or nothing."""
    compiled = subprocess.run([*command, file, "-o", output], capture_output=True, text=True)
    if compiled.returncode:
        version = subprocess.run([command[0], "-dumpfullversion"], capture_output=True, text=True).stdout
        if "internal compiler error" in compiled.stderr and version.startswith(KNOWN):
            print(f"GCC {version.strip()} has the known internal error")
            return ""
        return f"{file} does not compile:\n{compiled.stderr}"
    ran = subprocess.run([output])
    return f"{file} compiles and is wrong: {ran.returncode}" if ran.returncode else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]) or 0)
