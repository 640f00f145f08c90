#!/usr/bin/env python3
"""What merge_sources.py makes of small files, good and bad. CXX names the compiler of what it has merged."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "support" / "merge_sources.py"
COMPILER = os.environ.get("CXX", "c++")
# Both have the same names, in namespaces without a name and in one, and the same signature.
ONE = """\
#include <string>

using namespace std::string_literals;
namespace {
struct value { int one; };
auto make() -> value { return {1}; }
} // namespace
static_assert(__LINE__ == 8);
auto text() -> std::string { return "one"s + std::to_string(make().one); }
"""
OTHER = """\
#include "other.hpp"

namespace {
struct value { char two[2]; };
auto make() -> value { return {}; }
} // namespace
static_assert(sizeof(value) == 2 && sizeof(make()) == size_of_other);
auto text() -> int { return 2; }
"""


class MergeSources(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def file(self, name: str, text: str = "int a;\n") -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def run_script(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-B", str(SCRIPT), *arguments], capture_output=True, text=True)

    def groups(self, paths: list[str], size: int = 6) -> list[list[str]]:
        done = self.run_script("--plan", str(size), *paths)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [line.split(";") for line in done.stdout.splitlines()]

    def is_left_alone(self, text: str, name: str = "odd_test.cpp") -> bool:
        odd, plain, other = self.file(name, text), self.file("a_test.cpp"), self.file("b_test.cpp")
        planned = self.groups([odd, plain, other])
        self.assertEqual(len(planned), 1)
        return odd not in planned[0]

    def merged(self, *paths: str) -> str:
        out = self.root / "merged.cpp"
        done = self.run_script("--merge", str(out), *paths)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return out.read_text()

    def said_by_compiler(self, text: str) -> str:
        path = self.file("compiled.cpp", text)
        command = [COMPILER, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused",
                   "-Wno-unknown-warning-option", path]
        return subprocess.run(command, capture_output=True, text=True).stderr

    # ------------------------------------------------------------------------------------------ plan
    def test_groups_are_of_six_in_the_order_of_the_files(self):
        paths = [self.file(f"{letter}_test.cpp") for letter in "abcdefghijklmn"]
        self.assertEqual(self.groups(paths), [paths[:6], paths[6:12], paths[12:]])
        self.assertEqual(self.groups(paths, 7), [paths[:7], paths[7:]])

    def test_one_file_is_no_group(self):
        paths = [self.file(f"{letter}_test.cpp") for letter in "abcdefg"]
        self.assertEqual(self.groups(paths), [paths[:6]])
        self.assertEqual(self.groups(paths[:1]), [])

    def test_a_plain_test_is_not_left_alone(self):
        includes = "// For what.\n\n#include <map>\n\n#include <set>\n"
        self.assertFalse(self.is_left_alone(includes + "\nnamespace perdure_test {\nint b;\n}\n"))

    def test_what_is_no_test_is_left_alone(self):
        self.assertTrue(self.is_left_alone("int a;\n", "helper.cpp"))

    def test_specializations_are_left_alone(self):
        self.assertTrue(self.is_left_alone("#include <map>\ntemplate <>\ninline constexpr auto other::name<1> = 2;\n"))
        self.assertTrue(self.is_left_alone('inline constexpr auto perdure::wire_name<f> = "g";\n'))

    def test_macros_are_left_alone(self):
        for text in ("#define A 1\nint a;\n", "# define A 1\nint a;\n", "#if 1\n  #define A 1\n#endif\nint a;\n"):
            with self.subTest(text):
                self.assertTrue(self.is_left_alone(text))

    def test_includes_that_cannot_go_first_are_left_alone(self):
        for text in ("int a;\n#include <map>\n", "#if 1\n  #include <map>\n#endif\nint a;\n"):
            with self.subTest(text):
                self.assertTrue(self.is_left_alone(text))

    def test_two_namespaces_of_ours_and_names_for_others_are_left_alone(self):
        twice = "namespace perdure_test {\nint a;\n}\nnamespace perdure_test::inner {\nint b;\n}\n"
        self.assertTrue(self.is_left_alone(twice))
        self.assertTrue(self.is_left_alone('extern "C" int a;\n'))

    # ----------------------------------------------------------------------------------------- merge
    def test_what_one_file_names_is_not_seen_in_the_next(self):
        self.file("nested/other.hpp", "#pragma once\nconstexpr auto size_of_other = 2u;\n")
        text = self.merged(self.file("one_test.cpp", ONE), self.file("nested/other_test.cpp", OTHER))
        self.assertEqual(self.said_by_compiler(text), "")
        self.assertNotEqual(self.said_by_compiler(text + "auto leaked = make();\n"), "")
        self.assertNotEqual(self.said_by_compiler(text + 'auto leaked = "text"s;\n'), "")

    def test_files_in_our_namespace_get_one_each_within_it(self):
        both = [self.file(f"{each}_test.cpp", f"namespace perdure_test {{\nint value() {{ return {each}; }}\n}}\n")
                for each in (0, 1)]
        use = "int sum = perdure_test::merged_0::value() + perdure_test::merged_1::value();\n"
        self.assertEqual(self.said_by_compiler(self.merged(*both) + use), "")

    def test_includes_come_once_and_first(self):
        text = self.merged(self.file("a_test.cpp", "#include <map>\n#include <set>\nint a;\n"),
                           self.file("b_test.cpp", "#include <set>\n#include <list>\nint b;\n"))
        self.assertTrue(text.startswith("#include <map>\n#include <set>\n#include <list>\n"))
        self.assertEqual(text.count("#include"), 3)

    def test_what_is_wrong_is_told_of_at_its_own_line(self):
        wrong = self.file("wrong_test.cpp", "#include <map>\n\nint a = nothing_that_is_known;\n")
        said = self.said_by_compiler(self.merged(self.file("a_test.cpp"), wrong))
        self.assertIn(f"{wrong}:3:", said)

    # -------------------------------------------------------------------------------------- mistakes
    def test_a_missing_file_is_named(self):
        missing = str(self.root / "missing_test.cpp")
        out = self.root / "out.cpp"
        for arguments in (["--plan", "6"], ["--merge", str(out)]):
            with self.subTest(arguments):
                done = self.run_script(*arguments, self.file("a_test.cpp"), missing)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertEqual(done.stderr, f"merge_sources.py: {missing}: No such file or directory\n")
        self.assertFalse(out.exists())

    def test_other_words_are_answered_with_how_to_use_it(self):
        done = self.run_script("--melt")
        self.assertEqual(done.returncode, 2)
        self.assertIn("merge_sources.py --plan SIZE FILE...", done.stderr)


if __name__ == "__main__":
    unittest.main()
