#!/usr/bin/env python3
"""The amalgamator on small trees, good and bad."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "single_include" / "amalgamate.py"
VERSION = "#define PERDURE_VERSION_MAJOR 1\n#define PERDURE_VERSION_MINOR 2\n#define PERDURE_VERSION_PATCH 3\n"


class Amalgamate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.header("version.hpp", VERSION)

    def header(self, name: str, text: str) -> None:
        path = self.root / "include" / "perdure" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("// What it is for.\n#pragma once\n\n" + text)

    def run_script(self, *arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, str(SCRIPT), "--include", str(self.root / "include"),
                   "--output", str(self.root / "out"), *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    def generated(self, name: str = "perdure.hpp") -> str:
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        return (self.root / "out" / "perdure" / name).read_text()

    def refused(self) -> str:
        done = self.run_script()
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertFalse((self.root / "out").exists())
        return done.stderr

    def test_each_header_comes_once_and_before_its_users(self):
        self.header("a.hpp", '#include <vector>\n#include "perdure/b.hpp"\nint a = b;\n')
        self.header("b.hpp", "#include <vector>\n#include <string>\nint b = 1;\n")
        self.header("perdure.hpp", '#include "perdure/a.hpp"\n#include "perdure/b.hpp"\n')
        text = self.generated()
        self.assertEqual(text.count("int b = 1;"), 1)
        self.assertLess(text.index("int b = 1;"), text.index("int a = b;"))
        self.assertEqual(text.count("#pragma once"), 1)
        self.assertIn("perdure 1.2.3", text)
        self.assertIn("#include <string>\n#include <vector>\n", text)
        self.assertEqual(text.count("#include"), 2)

    def test_conditional_system_includes_stay_in_place(self):
        self.header("perdure.hpp", "int before;\n#if defined(X)\n  #include <map>\n#include <set>\n#endif\nint after;\n")
        text = self.generated()
        self.assertIn("int before;\n#if defined(X)\n  #include <map>\n#include <set>\n#endif\nint after;", text)

    def test_a_cycle_is_refused_with_its_path(self):
        self.header("a.hpp", '#include "perdure/b.hpp"\n')
        self.header("b.hpp", '#include "perdure/a.hpp"\n')
        self.header("perdure.hpp", '#include "perdure/a.hpp"\n')
        self.assertIn("include cycle: perdure/a.hpp -> perdure/b.hpp -> perdure/a.hpp", self.refused())

    def test_our_own_include_under_a_condition_is_refused(self):
        self.header("a.hpp", "int a;\n")
        self.header("perdure.hpp", '#if X\n  #include "perdure/a.hpp"\n#endif\n')
        self.assertIn("perdure/perdure.hpp:5: perdure/a.hpp is included under #if", self.refused())

    def test_what_one_mode_needs_stands_under_its_condition(self):
        self.header("shared.hpp", "#include <map>\nint shared;\n")
        self.header("inside.hpp", '#include <set>\n#include "perdure/shared.hpp"\nint inside;\n')
        self.header("boundary.hpp", '#include <list>\nint boundary;\n')
        self.header("perdure.hpp", '#ifdef PERDURE_SEPARATE_COMPILATION // a word\n  #include "perdure/boundary.hpp"\n'
                    '#else\n  #include "perdure/inside.hpp"\n#endif\n#include "perdure/shared.hpp"\nint a;\n')
        self.header("internals.hpp", '#include "perdure/inside.hpp"\n#include "perdure/perdure.hpp"\n')
        self.header("source.hpp", '#include "perdure/inside.hpp"\n#include "perdure/internals.hpp"\nint code;\n')
        self.header("sqlite_source.hpp", '#define PERDURE_X\n\n#include "perdure/internals.hpp"\nint more;\n')
        text = self.generated()
        self.assertIn("#ifdef PERDURE_SEPARATE_COMPILATION\n// What it is for.\n\nint boundary;\n#endif", text)
        self.assertIn("#ifndef PERDURE_SEPARATE_COMPILATION\n// What it is for.\n\nint inside;\n#endif", text)
        self.assertIn("#include <map>\n\n#ifndef PERDURE_SEPARATE_COMPILATION\n#include <set>\n#endif\n\n"
                      "#ifdef PERDURE_SEPARATE_COMPILATION\n#include <list>\n#endif\n", text)
        self.assertIn("// ---- perdure/shared.hpp\n\n// What it is for.\n\nint shared;\n", text)
        self.assertNotIn("a word", text)
        self.assertLess(text.index("int shared;"), text.index("int inside;"))
        internals = (self.root / "out" / "perdure" / "internals.hpp").read_text()
        self.assertIn("#ifdef PERDURE_SEPARATE_COMPILATION\n// What it is for.\n\nint inside;\n#endif", internals)
        self.assertNotIn("int shared;", internals)
        source = (self.root / "out" / "perdure" / "source.hpp").read_text()
        self.assertIn("#include <perdure/internals.hpp>\n#include <perdure/perdure.hpp>\n", source)
        self.assertNotIn("int inside;", source)
        text = (self.root / "out" / "perdure" / "sqlite_source.hpp").read_text()
        self.assertLess(text.index("#define PERDURE_X"), text.index("#include"))

    def test_what_is_defined_or_declared_stands_under_conditions_too(self):
        self.header("code.hpp", "#include <set>\nint code;\n")
        self.header("perdure.hpp", '#if PERDURE_DEFINES\n  #include "perdure/code.hpp"\n#endif\nint a;\n')
        self.header("internals.hpp", '#include "perdure/code.hpp"\n')
        text = self.generated()
        self.assertIn("#if !defined(PERDURE_SEPARATE_COMPILATION) || defined(PERDURE_SOURCE)\n// What it is for.\n\n"
                      "int code;\n#endif", text)
        internals = (self.root / "out" / "perdure" / "internals.hpp").read_text()
        self.assertIn("#if defined(PERDURE_SEPARATE_COMPILATION) && !defined(PERDURE_SOURCE)\n#include <set>\n", internals)
        self.assertIn("int code;", internals)

    def test_no_other_condition_around_that_of_the_mode(self):
        self.header("a.hpp", "int a;\n")
        self.header("perdure.hpp", '#if X\n#ifdef PERDURE_SEPARATE_COMPILATION\n#include "perdure/a.hpp"\n#endif\n#endif\n')
        self.assertIn("perdure/a.hpp is included under #if", self.refused())

    def test_a_missing_or_relative_include_is_refused(self):
        self.header("perdure.hpp", '#include "perdure/none.hpp"\n')
        self.assertIn("perdure/none.hpp does not exist", self.refused())
        self.header("perdure.hpp", '#include "version.hpp"\n')
        self.assertIn("perdure/perdure.hpp:4", self.refused())

    def test_an_opt_in_door_is_a_file_of_its_own(self):
        self.header("core.hpp", "int core;\n")
        self.header("extra.hpp", '#include <sqlite3.h>\n#include "perdure/core.hpp"\nint extra;\n')
        self.header("perdure.hpp", '#include "perdure/core.hpp"\n')
        self.header("sqlite.hpp", '#include "perdure/extra.hpp"\n')
        text = self.generated("sqlite.hpp")
        self.assertIn("#include <perdure/perdure.hpp>\n\n#include <sqlite3.h>\n", text)
        self.assertIn("int extra;", text)
        self.assertNotIn("int core;", text)
        self.assertNotIn("sqlite3.h", self.generated())

    def test_a_door_that_the_core_holds_is_the_core(self):
        self.header("workflow.hpp", "int workflow;\n")
        self.header("perdure.hpp", '#include "perdure/workflow.hpp"\n')
        self.assertIn("int workflow;", self.generated())
        text = self.generated("workflow.hpp")
        self.assertIn("#include <perdure/perdure.hpp>\n", text)
        self.assertNotIn("int workflow;", text)

    def test_a_header_that_two_opt_in_doors_bring_is_refused(self):
        self.header("shared.hpp", "int shared;\n")
        self.header("perdure.hpp", '#include "perdure/version.hpp"\n')
        self.header("sqlite.hpp", '#include "perdure/shared.hpp"\n')
        self.header("testing.hpp", '#include "perdure/shared.hpp"\n')
        self.assertIn("perdure/shared.hpp comes with perdure/sqlite.hpp and with perdure/testing.hpp", self.refused())

    def test_a_door_can_include_another_door(self):
        self.header("perdure.hpp", '#include "perdure/version.hpp"\n')
        self.header("sqlite.hpp", "int sqlite;\n")
        self.header("testing.hpp", '#include "perdure/sqlite.hpp"\nint testing;\n')
        text = self.generated("testing.hpp")
        self.assertIn("#include <perdure/sqlite.hpp>", text)
        self.assertNotIn("int sqlite;", text)

    def test_check_sees_every_difference(self):
        self.header("perdure.hpp", "int a;\n")
        self.assertIn("is missing", self.run_script("--check").stderr)
        self.generated()
        self.assertEqual(self.run_script("--check").returncode, 0)
        out = self.root / "out" / "perdure"
        (out / "old.hpp").write_text("int old;\n")
        self.assertIn("old.hpp is not generated from anything", self.run_script("--check").stderr)
        (out / "old.hpp").unlink()
        text = (out / "perdure.hpp").read_bytes()
        (out / "perdure.hpp").write_bytes(text + b" ")
        stale = self.run_script("--check")
        self.assertEqual(stale.returncode, 1)
        self.assertIn("perdure.hpp is stale", stale.stderr)

    def test_two_runs_give_the_same_bytes(self):
        self.header("perdure.hpp", "#include <vector>\n#include <map>\n#include <string>\nint a;\n")
        self.assertEqual(self.generated(), self.generated())


if __name__ == "__main__":
    unittest.main()
