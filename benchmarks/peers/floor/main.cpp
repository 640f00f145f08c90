// What no library goes below: the same work written by hand, for this one case and nothing else.
#include "../../support/folder.hpp"
#include "json.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <sqlite3.h>

namespace {

// JSON

BENCHMARK(bench::encode_struct<floor_json::encoded>)->Name("encode_struct");
BENCHMARK(bench::decode_struct<floor_json::decoded>)->Name("decode_struct");

// What `when_all` of ready coroutines computes

void leaves_in_a_loop(benchmark::State& state) {
  auto const count = static_cast<int>(state.range(0));
  for (auto _ : state) {
    std::vector<bench::step_result> results;
    results.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) results.push_back({"some text", "more text", 1.0 * i});
    benchmark::DoNotOptimize(results.data());
    double sum = 0;
    for (auto const& each : results) sum += each.random_val;
    if (sum != 0.5 * count * (count - 1)) return state.SkipWithError("a wrong sum");
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(leaves_in_a_loop)->Arg(1'000)->Unit(benchmark::kMicrosecond);

// The rows of a batch

constexpr int rows_of_a_child = 15; // the run, its 11 events, 3 of the parent's
constexpr int tasks_of_a_child = 3; // two of the workflow and one of the activity

struct database {
  bench::folder place;
  sqlite3* db{};
  sqlite3_stmt* insert{};

  database() {
    if (sqlite3_open(place.file("raw.db").c_str(), &db) != SQLITE_OK) fail();
    for (char const* const sql :
         {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
          "CREATE TABLE events(key INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
          " type INTEGER NOT NULL, attributes TEXT NOT NULL)"})
      run(sql);
    if (sqlite3_prepare_v2(db, "INSERT INTO events VALUES(?1, ?2, ?3, ?4)", -1, &insert, nullptr) !=
        SQLITE_OK)
      fail();
  }
  database(database const&) = delete;
  auto operator=(database const&) -> database& = delete;
  ~database() {
    sqlite3_finalize(insert);
    sqlite3_close(db);
  }
  void run(char const* sql) const {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  void add(std::int64_t key, std::string_view attributes) const {
    sqlite3_bind_int64(insert, 1, key);
    sqlite3_bind_int64(insert, 2, 1'700'000'000'000'000'000 + key);
    sqlite3_bind_int64(insert, 3, key % rows_of_a_child);
    sqlite3_bind_text(insert, 4, attributes.data(), static_cast<int>(attributes.size()),
                      SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert) != SQLITE_OK) fail();
  }
  [[nodiscard]] auto rows() const -> std::int64_t {
    sqlite3_stmt* query{};
    if (sqlite3_prepare_v2(db, "SELECT COUNT(*) FROM events", -1, &query, nullptr) != SQLITE_OK ||
        sqlite3_step(query) != SQLITE_ROW)
      fail();
    auto const count = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return count;
  }
  [[noreturn]] void fail() const { throw std::runtime_error{sqlite3_errmsg(db)}; }
};

constexpr int children = 1'000;

/// The rows of that many children, in so many commits. Items are children.
void batch_rows(benchmark::State& state) {
  constexpr std::int64_t rows = children * rows_of_a_child;
  std::int64_t const parts = state.range(0);
  std::string const attributes(150, 'x');
  for (auto _ : state) {
    state.PauseTiming();
    auto file = std::make_unique<database>();
    state.ResumeTiming();
    for (std::int64_t part = 0; part < parts; ++part) {
      file->run("BEGIN IMMEDIATE");
      for (std::int64_t key = part * rows / parts; key < (part + 1) * rows / parts; ++key)
        file->add(key, attributes);
      file->run("COMMIT");
    }
    state.PauseTiming();
    bool const is_right = file->rows() == rows;
    file.reset();
    state.ResumeTiming();
    if (!is_right) return state.SkipWithError("rows are missing");
  }
  state.SetItemsProcessed(state.iterations() * children);
}
BENCHMARK(batch_rows)
    ->Arg(4)
    ->Arg(children* tasks_of_a_child)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// As fast as the disk takes them.
void one_row_commits(benchmark::State& state) {
  std::int64_t const count = state.range(0);
  database const file;
  file.run("PRAGMA wal_autocheckpoint = 0");
  std::int64_t key = 0;
  for (auto _ : state)
    for (std::int64_t i = 0; i < count; ++i) {
      file.run("BEGIN IMMEDIATE");
      file.add(++key, "one row");
      file.run("COMMIT");
    }
  if (file.rows() != key) return state.SkipWithError("rows are missing");
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(one_row_commits)->Arg(1'000)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace

auto main(int argc, char** argv) -> int {
  benchmark::AddCustomContext("peer_version", std::string{"C++, SQLite "} + sqlite3_libversion());
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
