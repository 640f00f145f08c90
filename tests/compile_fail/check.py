#!/usr/bin/env python3
"""Checks what must not compile, by its words.

    check.py {pass|fail} FILE -- COMPILER FLAG...

The file says in its first lines what the compiler must say, as regular expressions that are searched
for in the compiler's error lines (not in the source it quotes; quotes are turned into '):

    // expect-error: a workflow parameter must be a value
    // expect-error-clang: no matching function for call to 'start'
    // expect-error-gcc: no match for call to '.*start

`pass` compiles the file as it stands, which must succeed: a test that fails for the wrong reason proves
nothing. `fail` compiles it with PERDURE_MUST_FAIL defined, which must fail with all the words. A file that has
words for the other compiler only says that this one cannot tell: then it must compile.
"""
import re
import subprocess
import sys


def expected_words(source: str) -> dict[str, list[str]]:
    """The words for each compiler."""
    words: dict[str, list[str]] = {"clang": [], "gcc": []}
    for line in source.splitlines():
        if not line.startswith("//"):
            break
        if match := re.fullmatch(r"// expect-error(?:-(clang|gcc))?: (.+)", line):
            for family in [match[1]] if match[1] else words:
                words[family].append(match[2])
    return words


def error_lines(output: str) -> list[str]:
    plain = re.sub("[\u2018\u2019\"`]", "'", output)
    return [line for line in plain.splitlines() if re.search(r"\berror: ", line)]


def main(kind: str, file: str, command: list[str]) -> str:
    """What is wrong, or nothing."""
    define = ["-DPERDURE_MUST_FAIL"] if kind == "fail" else []
    compiled = subprocess.run([*command, *define, "-fsyntax-only", file], capture_output=True, text=True)
    if kind == "pass":
        return "" if compiled.returncode == 0 else f"{file} must compile, and does not:\n{compiled.stderr}"
    with open(file, encoding="utf-8") as opened:
        source = opened.read()
    version = subprocess.run([command[0], "--version"], capture_output=True, text=True).stdout
    by_family = expected_words(source)
    if "PERDURE_MUST_FAIL" not in source or not any(by_family.values()):
        return f"{file} has no `// expect-error: words` at its top, or no `#ifdef PERDURE_MUST_FAIL`"
    words = by_family["clang" if "clang" in version else "gcc"]
    if not words:
        return f"{file} has no words for this compiler, which refuses it now" if compiled.returncode else ""
    if compiled.returncode == 0:
        return f"{file} must not compile with PERDURE_MUST_FAIL, and does"
    lines = error_lines(compiled.stderr)
    missing = [word for word in words if not any(re.search(word, line) for line in lines)]
    if missing:
        return f"{file} fails, but no error says {missing}:\n{compiled.stderr}"
    return ""


if __name__ == "__main__":
    if len(sys.argv) < 5 or sys.argv[1] not in ("pass", "fail") or sys.argv[3] != "--":
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[4:]) or 0)
