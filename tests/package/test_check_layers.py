#!/usr/bin/env python3
"""The layer check finds what is planted, and nothing in a good tree."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "check_layers.py"


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.file("include/perdure/error.hpp", "#include <string>\n")
        self.file("include/perdure/data/json.hpp", '#include "perdure/error.hpp"\n')
        self.file("include/perdure/replay/machine.hpp", '#include "perdure/data/json.hpp"\n')
        self.file("include/perdure/perdure.hpp", '#include "perdure/replay/machine.hpp"\n')
        self.file("tests/oracle/model.cpp", '#include "model.hpp"\n')
        self.file("tests/oracle/model.hpp", '#include "perdure/data/json.hpp"\n')

    def file(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def problems(self, *arguments: str) -> str:
        done = subprocess.run([sys.executable, str(SCRIPT), "--root", str(self.root), *arguments],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1 if done.stderr else 0)
        return done.stderr

    def test_a_good_tree_has_no_problem(self):
        self.assertEqual(self.problems("--keep-apart", "tests/oracle=replay,engine"), "")

    def test_a_layer_that_looks_up_is_found(self):
        self.file("include/perdure/data/json.hpp", '#include <perdure/history/event.hpp>\n')
        self.file("include/perdure/history/event.hpp", "")
        self.assertIn("data is under history and must not include perdure/history/event.hpp", self.problems())

    def test_a_header_that_includes_a_door_is_found(self):
        self.file("include/perdure/client/client.hpp", '#include "perdure/perdure.hpp"\n')
        self.assertIn("client is under doors", self.problems())

    def test_an_unknown_folder_is_found(self):
        self.file("include/perdure/misc/a.hpp", "")
        self.assertIn("misc/ is not a layer", self.problems())

    def test_a_cycle_within_a_layer_is_found(self):
        self.file("include/perdure/data/a.hpp", '#include "perdure/data/b.hpp"\n')
        self.file("include/perdure/data/b.hpp", '#include "perdure/data/a.hpp"\n')
        self.assertIn("include cycle: perdure/data/a.hpp -> perdure/data/b.hpp -> perdure/data/a.hpp",
                      self.problems())

    def test_what_one_folder_keeps_to_itself_is_found_elsewhere(self):
        self.file("include/perdure/backend/temporal/calls/channel.cpp", "#include <grpcpp/channel.h>\n")
        self.assertEqual(self.problems(), "")
        self.file("include/perdure/client/peek.hpp", "#include <grpcpp/channel.h>\n")
        self.assertIn("client/peek.hpp: grpcpp/channel.h is for perdure/backend/temporal/ alone", self.problems())

    def test_a_missing_header_is_found(self):
        self.file("include/perdure/data/a.hpp", '#include "perdure/data/b.hpp"\n')
        self.assertIn("perdure/data/b.hpp, which does not exist", self.problems())

    def test_costly_and_foreign_headers_are_found_where_the_core_brings_them(self):
        self.file("include/perdure/error.hpp", "#if X\n  #include <chrono>\n#endif\n#include <grpcpp/grpcpp.h>\n")
        self.assertIn("<chrono> costs too much", self.problems())
        self.assertIn("<grpcpp/grpcpp.h> is not the standard library", self.problems())

    def test_an_opt_in_part_may_include_a_library(self):
        self.file("include/perdure/backend/sqlite.hpp", "#include <sqlite3.h>\n#include <algorithm>\n")
        self.assertEqual(self.problems(), "")

    def test_an_opt_in_door_brings_its_own_library_and_no_other(self):
        self.file("include/perdure/sqlite.hpp", '#include "perdure/backend/sqlite.hpp"\n#include "perdure/perdure.hpp"\n')
        self.file("include/perdure/backend/sqlite.hpp", "#include <sqlite3.h>\n#include <sys/mman.h>\n#include <map>\n")
        self.assertEqual(self.problems(), "")
        self.file("include/perdure/backend/sqlite.hpp", "#include <sqlite3.h>\n#include <zlib.h>\n")
        self.assertIn("backend/sqlite.hpp: <zlib.h> is not for perdure/sqlite.hpp", self.problems())

    def test_the_core_brings_no_opt_in_part(self):
        self.file("include/perdure/backend/sqlite.hpp", "#include <sqlite3.h>\n")
        self.file("include/perdure/perdure.hpp", '#include "perdure/backend/sqlite.hpp"\n')
        self.assertIn("<sqlite3.h> is not the standard library", self.problems())

    def test_a_forbidden_reach_is_found_through_other_headers(self):
        self.file("tests/oracle/model.hpp", '#include "support/helper.hpp"\n')
        self.file("tests/support/helper.hpp", "#include <perdure/replay/machine.hpp>\n")
        self.assertIn("oracle/model.hpp -> support/helper.hpp -> perdure/replay/machine.hpp",
                      self.problems("--keep-apart", "tests/oracle=replay,engine"))

    def test_a_rule_about_nothing_is_found(self):
        self.assertIn("there is nothing in", self.problems("--keep-apart", "tests/none=replay"))


if __name__ == "__main__":
    unittest.main()
