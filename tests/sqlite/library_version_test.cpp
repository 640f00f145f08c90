// Goal: what a version of SQLite cannot be trusted with is refused, or said.
#include <perdure/sqlite.hpp>

#include "support/catch.hpp"
#include "support/log_collector.hpp"

#include <atomic>

namespace {

using namespace perdure_test;
namespace sqlite = perdure::sqlite;

static_assert(!sqlite::has_log_reset_fault(3'006'023));
static_assert(sqlite::has_log_reset_fault(3'007'000));
static_assert(sqlite::has_log_reset_fault(3'040'001));
static_assert(sqlite::has_log_reset_fault(3'051'002));
static_assert(!sqlite::has_log_reset_fault(3'051'003));

TEST_CASE("an SQLite that may lose commits of others is warned of once", "[sqlite]") {
  log_collector const log;
  std::atomic<bool> said{false};
  sqlite::warn_of_library(3'040'001, said);
  sqlite::warn_of_library(3'040'001, said);
  auto const warned = log.with("may lose commits");
  REQUIRE(warned.size() == 1);
  CHECK(warned[0].level == perdure::log_level::warning);
  CHECK(warned[0].fields.at("version") == "3040001");
}

TEST_CASE("an SQLite without that fault is not warned of", "[sqlite]") {
  log_collector const log;
  std::atomic<bool> said{false};
  sqlite::warn_of_library(3'051'003, said);
  CHECK(log.lines().empty());
}

TEST_CASE("an SQLite that is too old is refused with what is needed", "[sqlite]") {
  CHECK_NOTHROW(sqlite::require_library(3'040'000));
  CHECK_THROWS_WITH(sqlite::require_library(3'039'005),
                    contains("3.40 or later") && contains("this is 3.39"));
}

} // namespace
