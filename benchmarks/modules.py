"""Builds the library's C++20 modules by hand, as include/perdure/perdure.cppm says."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = {"perdure": "perdure/perdure.cppm", "perdure.sqlite": "perdure/sqlite.cppm"}


def can_build(version: str) -> bool:
    """Whether the compiler that says this for --version is Clang 19 or later."""
    found = re.search(r"clang version (\d+)", version)
    return found is not None and int(found.group(1)) >= 19


def uses(folder: Path) -> list[str]:
    """What a file that imports them is compiled with."""
    return [f"-fmodule-file={name}={folder / name}.pcm" for name in NAMES]


def objects(folder: Path) -> list[str]:
    """What a program that imports them is linked with, sections that nothing reaches left out."""
    return ["-Wl,--gc-sections", *(str(folder / f"{name}.o") for name in NAMES)]


def commands(compiler: list[str], folder: Path) -> list[list[str]]:
    """The commands that build both into `folder`; `compiler` has the options that all files share."""
    steps = []
    for name, source in NAMES.items():
        built = str(folder / f"{name}.pcm")
        steps.append([*compiler, f"-I{ROOT / 'include'}", *uses(folder)[:len(steps) // 2], "-Xclang",
                      "-fmodules-codegen", "--precompile", str(ROOT / "include" / source), "-o", built])
        steps.append([*compiler, "-Wno-unused-command-line-argument", *uses(folder)[:len(steps) // 2], "-c", built,
                      "-o", str(folder / f"{name}.o")])
    return steps


def with_import(source: str) -> str:
    """A program that includes the library, by import: after its other includes, and with those it had by ours."""
    lines = source.splitlines()
    rest = [line for line in lines if not line.startswith("#include <perdure/")]
    at = max((number for number, line in enumerate(rest) if line.startswith("#include")), default=-1) + 1
    brought = [f"#include <{name}>" for name in ("chrono", "coroutine", "string", "vector")]
    module = "perdure.sqlite" if "#include <perdure/sqlite.hpp>" in lines else "perdure"
    return "\n".join([*rest[:at], *brought, f"import {module};", *rest[at:]]) + "\n"
