#!/usr/bin/env python3
"""A program of two files that compiles the library once, from include/ and from single_include/: it links, and says
what it has to. What it must not do fails, with words that say why.

    test_compiled.py COMPILER FLAG...
"""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MACRO = "-DPERDURE_SEPARATE_COMPILATION"
SAID = """Hello, Ada of Ada Street 7
1.5 here
replays
[perdure.20] worker: register everything before it starts
here, 2 polls
"""
TESTING = """#include <perdure/testing.hpp>
static auto seven() -> perdure::workflow<int> { co_return 7; }
int main() {
  perdure::test_environment environment;
  environment.add<seven>();
  return environment.execute_workflow<seven>() == 7 && perdure::memory_backend{}.now().time_since_epoch().count() > 0
             ? 0 : 1;
}
"""


class Compiled(unittest.TestCase):
    compiler: list[str] = []

    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = Path(made.name)

    def run_compiler(self, *arguments: "str | Path") -> subprocess.CompletedProcess:
        command = [*self.compiler, "-std=c++20", "-O0", "-pthread", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    def object(self, source: Path, headers: str, *flags: str) -> Path:
        made = self.folder / f"{source.stem}{len(list(self.folder.iterdir()))}.o"
        done = self.run_compiler(f"-I{ROOT / headers}", *flags, "-c", source, "-o", made)
        self.assertEqual(done.returncode, 0, done.stderr)
        return made

    def written(self, name: str, text: str) -> Path:
        (self.folder / name).write_text(text)
        return self.folder / name

    def library(self, headers: str) -> Path:
        return self.object(self.written("source.cpp", "#include <perdure/source.hpp>\n"), headers, MACRO)

    def linked(self, *objects: Path) -> subprocess.CompletedProcess:
        return self.run_compiler(*objects, "-o", self.folder / "program")

    def test_a_program_of_two_files(self):
        for headers in ("include", "single_include"):
            with self.subTest(headers):
                library = self.library(headers)
                main = self.object(HERE / "compiled/main.cpp", headers, MACRO)
                people = self.object(HERE / "compiled/people.cpp", headers, MACRO)
                done = self.linked(main, people, library)
                self.assertEqual(done.returncode, 0, done.stderr)
                ran = subprocess.run([self.folder / "program"], capture_output=True, text=True, check=True)
                self.assertEqual(ran.stdout, SAID)
                tested = self.object(self.written("tested.cpp", TESTING), headers, MACRO)
                self.assertEqual(self.linked(tested, library).returncode, 0)
                subprocess.run([self.folder / "program"], check=True)
                if headers == "include":
                    self.files_of_both_kinds_do_not_link(main, people, library)

    def files_of_both_kinds_do_not_link(self, main: Path, people: Path, library: Path):
        other = self.object(HERE / "compiled/people.cpp", "include")
        for objects in ((main, other, library), (main, people)):
            done = self.linked(*objects)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("compiled::memory_backend", done.stderr)

    def test_the_source_refuses_a_program_that_does_not_define_the_macro(self):
        for name in ("source", "sqlite_source"):
            done = self.run_compiler(f"-I{ROOT / 'include'}", "-fsyntax-only",
                                     self.written("source.cpp", f"#include <perdure/{name}.hpp>\n"))
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"perdure/{name}.hpp: define PERDURE_SEPARATE_COMPILATION for all files", done.stderr)


if __name__ == "__main__":
    Compiled.compiler = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
