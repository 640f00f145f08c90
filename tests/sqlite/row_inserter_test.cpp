// Goal: rows that are written several at a time are those that were added, however many they are.
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <perdure/sqlite.hpp>

#include <array>

namespace {

using namespace perdure_test;
namespace sqlite = perdure::sqlite;

struct table {
  table() { db.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER NOT NULL)"); }
  auto count() -> std::int64_t { return db.number("SELECT count(*) FROM t"); }
  temporary_folder place;
  sqlite::connection db{place.file()};
  sqlite::number_rows rows{db, "t(a, b)", 2};
};

TEST_CASE("any number of rows is written as it was added, and once", "[sqlite]") {
  table t;
  std::int64_t key = 0;
  for (int count = 0; count <= 50; ++count) {
    for (int i = 0; i < count; ++i, ++key) t.rows.add(std::array{key, -3 * key});
    t.rows.flush();
    CHECK(t.count() == key);
    t.rows.flush();
  }
  CHECK(t.db.number("SELECT count(*) FROM t WHERE b = -3 * a") == key);
}

TEST_CASE("a row that is refused is told, wherever it stands", "[sqlite]") {
  for (std::int64_t const at : {0, 1, 15, 16, 17}) {
    CAPTURE(at);
    table t;
    t.db.execute(("INSERT INTO t VALUES(" + std::to_string(at) + ", 0)").c_str());
    t.db.execute("BEGIN");
    auto const add = [&] {
      for (std::int64_t key = 0; key < 18; ++key) t.rows.add(std::array{key, key});
      t.rows.flush();
    };
    CHECK_THROWS_WITH(add(), contains("UNIQUE constraint failed: t.a"));
    t.db.execute("ROLLBACK"); // as always after a fault
    CHECK(t.count() == 1);
    t.rows.forget();
    t.rows.flush();
    CHECK(t.count() == 1);
    t.db.execute("DELETE FROM t");
    add();
    CHECK(t.count() == 18);
  }
}

} // namespace
