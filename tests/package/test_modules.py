#!/usr/bin/env python3
"""Builds and runs programs that import the library's modules: the first program of the README, and imports.cpp.

    test_modules.py CLANG FLAG...
"""
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
import modules


def main() -> int:
    compiler = [*sys.argv[1:], "-std=c++20", "-O0", "-pthread"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for command in modules.commands(compiler, folder):
            subprocess.run(command, check=True)
        batch = folder / "batch.cpp"
        batch.write_text(modules.with_import((ROOT / "examples/batch.cpp").read_text()))
        for source in (batch, HERE / "imports.cpp"):
            subprocess.run([*compiler, *modules.uses(folder), str(source), *modules.objects(folder),
                            "-lsqlite3", "-o", str(folder / source.stem)], check=True)
        subprocess.run([sys.executable, "-B", str(ROOT / "examples/check_output.py"), str(ROOT / "examples/batch.expected"),
                        str(folder / "batch")], check=True)
        subprocess.run([str(folder / "imports")], check=True)
    print("2 modules, 2 programs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
