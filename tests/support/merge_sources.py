#!/usr/bin/env python3
"""Makes one source file of several, for compilers that cannot compile a header's code once for all files.

    merge_sources.py --plan SIZE FILE...    prints the groups, a line each, that can be merged: SIZE files or fewer
    merge_sources.py --merge OUT FILE...    writes one file: all includes, then each file's code in a namespace of its own,
                                            inside of perdure_test's, where that is named

What is no test (NAME_test.cpp), specializes templates of others, defines macros, names two of ours or includes
something after its first line of code, or on a condition, stays alone. A file that cannot be read ends it with 1.
"""
import re
import sys
from pathlib import Path

ALONE = re.compile(
    r"^(template <>|inline constexpr auto perdure|[ \t]*#\s*define|extern |[ \t]+#\s*include)", re.MULTILINE
)
NAMED = re.compile(r"^namespace (perdure_test[\w:]*) \{", re.MULTILINE)
QUOTED = re.compile(r'#include "([^"]+)"')


def found_from(folder: Path, line: str) -> str:
    """An #include that a compiler can follow from elsewhere."""
    quoted = QUOTED.match(line)
    return f'#include "{folder / quoted[1]}"' if quoted and (folder / quoted[1]).exists() else line


def split(path: Path) -> tuple[list[str], list[str]]:
    """The lines that include, and all lines with those made empty."""
    lines = path.read_text(encoding="utf-8").splitlines()
    includes = [found_from(path.parent, line) for line in lines if line.startswith("#include")]
    return includes, ["" if line.startswith("#include") else line for line in lines]


def can_be_merged(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    code = re.search(r"^[^#/\s]", text, re.MULTILINE)
    late = "#include" in text[code.start() if code else 0 :]
    return path.stem.endswith("_test") and not late and not ALONE.search(text) and len(NAMED.findall(text)) < 2


def plan(size: int, paths: list[Path]) -> None:
    merged = [path for path in paths if can_be_merged(path)]
    for first in range(0, len(merged), size):
        if len(group := merged[first : first + size]) > 1:
            print(";".join(map(str, group)))


def merge(out: Path, paths: list[Path]) -> None:
    includes: dict[str, None] = {}
    bodies = []
    for number, path in enumerate(paths):
        found, lines = split(path)
        includes |= dict.fromkeys(found)
        body = f'#line 1 "{path}"\n' + "\n".join(lines) + "\n"
        own, named = NAMED.subn(rf"namespace \1::merged_{number} {{", body)
        bodies.append(own if named else f"namespace merged_{number} {{\n{body}}} // namespace merged_{number}\n")
    # What #line names is no header, though GCC thinks so.
    quiet = '#pragma GCC diagnostic ignored "-Wsubobject-linkage"\n'
    out.write_text("\n".join(includes) + "\n" + quiet + "".join(bodies), encoding="utf-8")


def run() -> int:
    match sys.argv[1:]:
        case ["--plan", size, *paths]:
            plan(int(size), [Path(path) for path in paths])
        case ["--merge", out, *paths]:
            merge(Path(out), [Path(path) for path in paths])
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def main() -> int:
    try:
        return run()
    except OSError as error:
        print(f"merge_sources.py: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
