// Goal: what a version of SQLite cannot be trusted with is refused, or said.
#include <perdure/sqlite.hpp>

#include "support/catch.hpp"

namespace {

using namespace perdure_test;
namespace sqlite = perdure::sqlite;

static_assert(!sqlite::has_log_reset_fault(3'006'023));
static_assert(sqlite::has_log_reset_fault(3'007'000));
static_assert(sqlite::has_log_reset_fault(3'040'001));
static_assert(sqlite::has_log_reset_fault(3'051'002));
static_assert(!sqlite::has_log_reset_fault(3'051'003));

TEST_CASE("a program can ask whether other writers could harm its files", "[sqlite]") {
  CHECK(perdure::sqlite_backend::is_harmed_by_other_writers() ==
        (sqlite3_libversion_number() <= 3'051'002));
}

TEST_CASE("an SQLite that is too old is refused with what is needed", "[sqlite]") {
  CHECK_NOTHROW(sqlite::require_library(3'040'000));
  CHECK_THROWS_WITH(sqlite::require_library(3'039'005),
                    contains("3.40 or later") && contains("this is 3.39"));
}

} // namespace
