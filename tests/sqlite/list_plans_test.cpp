// How a file answers lists that are filtered by search attributes: by its indexes.
#include <perdure/sqlite.hpp>

#include "support/temporary_folder.hpp"
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

inline constexpr perdure::search_attribute<perdure::keyword> customer{"Customer"};

TEST_CASE("runs of a file from before there were rows for search attributes are found by them",
          "[sqlite][search_attributes]") {
  temporary_folder const folder;
  std::string const file = folder.file();
  {
    perdure::sqlite_backend backend{file};
    perdure::start_workflow_request request{};
    request.workflow_id = request.workflow_type = "w";
    request.task_queue = "q";
    request.search_attributes = perdure::payload_map{customer("acme")};
    (void)backend.start_workflow(request);
  }
  {
    perdure::sqlite::connection db{file};
    db.execute("DELETE FROM attributes");
    db.execute("INSERT INTO attributes_due SELECT number FROM runs");
  }
  perdure::sqlite_backend backend{file};
  perdure::client const client{backend};
  CHECK(client.count({.where = customer == "acme"}) == 1);
  perdure::sqlite::connection db{file};
  CHECK(db.number("SELECT count(*) FROM attributes_due") == 0);
}

} // namespace
