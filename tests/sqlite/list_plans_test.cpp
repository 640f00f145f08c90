// How a file answers lists that are filtered by search attributes: by its indexes.
#include <perdure/sqlite.hpp>

#include "sqlite/temporary_file.hpp"
#include "support/catch.hpp"

#include <perdure/history/run_query.hpp>

#include <string>

namespace {

using namespace perdure_test;

/// The steps of SQLite's plan for a list of these runs, one on a line.
auto plan_of(std::string const& path, std::string const& query) -> std::string {
  perdure::list_filter filter{};
  filter.where = perdure::parse_run_query(query).where;
  perdure::sqlite::run_conditions const conditions{filter};
  perdure::sqlite::connection db{path};
  perdure::sqlite::statement asked{db, "EXPLAIN QUERY PLAN SELECT number FROM runs" +
                                           conditions.sql() + " ORDER BY number LIMIT ?"};
  perdure::sqlite::statement::use row{asked};
  conditions.bind(row);
  row.bind(std::int64_t{512});
  std::string steps;
  while (row.next()) (steps += row.text(3)) += '\n';
  return steps;
}

TEST_CASE("a list by equality or range of a search attribute does not scan the runs",
          "[sqlite][search_attributes]") {
  temporary_folder const folder;
  std::string const file = folder.file();
  {
    perdure::sqlite_backend const backend{file};
  }
  for (auto const* const query :
       {"Customer = 'acme'", "Total > 5", "Total BETWEEN 5 AND 6 AND ExecutionStatus = 'Running'",
        "Customer STARTS_WITH 'ac'", "Customer IN ('a', 'b')", "Paid = true",
        "Due < '2024-02-29T12:00:00Z'", "Customer = 'a' OR Total = 7", "Customer IS NOT NULL",
        "Customer != 'x'"}) {
    std::string const steps = plan_of(file, query);
    CAPTURE(query, steps);
    CHECK_THAT(steps, !contains("SCAN runs"));
    CHECK_THAT(steps, !contains("SCAN attributes"));
  }
  CHECK_THAT(plan_of(file, "NOT Customer = 'acme'"), contains("SCAN runs"));
}

} // namespace
