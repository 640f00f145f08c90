#!/usr/bin/env python3
"""The check of headers finds what is planted, and nothing in a good tree.

    test_check_headers.py COMPILER [--precompile MOST]
"""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "check_headers.py"
COMMAND: list[str] = []


def header(includes: str, code: str) -> str:
    lines = "".join(f"#include {each}\n" for each in includes.split())
    return f"// What a test plants.\n#pragma once\n\n{lines}\nnamespace perdure::inline v0 {{\n{code}\n}}\n"


class CheckHeaders(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        # Every header of the tree is on top of a.hpp; above.hpp brings more than others do, and is itself precompiled.
        self.file("a.hpp", header("<string>", "inline auto a() -> std::string { return {}; }"))
        self.file("b.hpp", header('<vector> "perdure/a.hpp"', "inline auto b() -> std::vector<int> { return {}; }"))
        self.file("c.hpp", header('"perdure/a.hpp"', "inline auto c() -> std::string { return a(); }"))
        self.file("above.hpp", header('"perdure/b.hpp" "perdure/c.hpp"', "inline auto above() { return b().size(); }"))
        self.file("top.hpp", header('"perdure/above.hpp"', "inline auto top() { return above(); }"))

    def file(self, name: str, text: str) -> None:
        path = self.root / "include/perdure" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def problems(self) -> str:
        split = 2 if "--precompile" in COMMAND else 0
        done = subprocess.run([sys.executable, "-B", str(SCRIPT), "--root", str(self.root), *COMMAND[1:1 + split], "--",
                               COMMAND[0], "-std=c++20", f"-I{self.root}/include", "-Wall", "-Werror"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1 if done.stderr else 0)
        return done.stderr

    def assert_fails_alone(self, name: str, words: str) -> None:
        """Only that header is at fault, and for that reason."""
        found = self.problems()
        self.assertIn(f"{name}: does not compile by itself", found)
        self.assertEqual(found.count("does not compile by itself"), 1, found)
        self.assertRegex(found, words)

    def test_a_good_tree_has_no_problem(self):
        self.assertEqual(self.problems(), "")

    def test_a_missing_standard_header_is_found(self):
        self.file("c.hpp", header('"perdure/a.hpp"', "inline auto c() -> std::vector<int> { return {}; }"))
        self.assert_fails_alone("c.hpp", "error: .*'vector'")

    def test_a_missing_header_of_ours_is_found(self):
        self.file("c.hpp", header('"perdure/a.hpp"', "inline auto c() { return b(); }"))
        self.assert_fails_alone("c.hpp", "error: .*'b'")

    def test_a_missing_header_is_found_in_one_that_is_precompiled(self):
        self.file("above.hpp", header('<vector> "perdure/c.hpp"', "inline auto above() { return b().size(); }"))
        self.file("top.hpp", header('"perdure/b.hpp" "perdure/above.hpp"', "inline auto top() { return above(); }"))
        self.file("other.hpp", header('"perdure/b.hpp" "perdure/above.hpp"', ""))
        self.assert_fails_alone("above.hpp", "error: .*'b'")

    def test_a_header_that_is_included_too_late_is_found(self):
        self.file("d.hpp", '// Late.\n#pragma once\ninline auto d() { return perdure::b(); }\n#include "perdure/above.hpp"\n')
        self.assertIn("d.hpp: does not compile by itself", self.problems())

    def test_a_header_that_is_not_included_always_is_found(self):
        self.file("d.hpp", '// Never.\n#pragma once\n#if 0\n#include "perdure/above.hpp"\n#endif\n'
                           "inline auto d() { return perdure::b(); }\n")
        self.assertIn("d.hpp: does not compile by itself", self.problems())

    def test_a_warning_is_found_in_one_that_is_precompiled_and_on_top_of_it(self):
        for name in ("a.hpp", "top.hpp"):
            text = (self.root / "include/perdure" / name).read_text()
            self.file(name, text + "inline void warns() { int unused = 1; }\n")
            self.assertIn(f"{name}: does not compile by itself", self.problems())
            self.file(name, text)

    def test_a_fault_of_form_is_found(self):
        self.file("d.hpp", "namespace perdure {}\n")
        found = self.problems()
        for words in ("the first line is not a comment", "there is no #pragma once", "the namespace is perdure::inline v0"):
            self.assertIn(words, found)

    def test_an_empty_tree_is_a_fault(self):
        for path in list((self.root / "include").rglob("*.hpp")):
            path.unlink()
        done = subprocess.run([sys.executable, "-B", str(SCRIPT), "--root", str(self.root), "--", "true"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    COMMAND += sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
