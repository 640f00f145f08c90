// Goal: events come out of the table `events` as they went in, however many share a row, and a
// shell shows them one by one. Method: random events of all types go through a file; rows are
// looked at and changed behind the library's back.
//
//     PERDURE_SEED=n  runs one random seed
#include "sqlite/programs.hpp"
#include "support/catch.hpp"
#include "support/log_collector.hpp"
#include "support/random_structures.hpp"
#include "support/temporary_folder.hpp"

#include <cstdlib>
#include <random>
#include <set>

namespace {

using namespace perdure_test;
using perdure::event;
using perdure::event_id;
namespace sqlite = perdure::sqlite;

/// A file without runs, and its table of events.
struct event_file {
  event_file() : db{place.file()} {
    sqlite::prepare_file(db);
    writer.emplace(db);
    reader.emplace(db);
  }
  auto read(perdure::run_number run, event_id last) -> std::vector<event> {
    std::vector<event> all;
    reader->read(run, 0, last, all);
    return all;
  }
  auto count_rows() -> std::int64_t { return db.number("SELECT count(*) FROM events"); }
  temporary_folder place;
  sqlite::connection db;
  std::optional<sqlite::event_writer> writer;
  std::optional<sqlite::event_reader> reader;
};

auto completed(event_id id, std::string data, perdure::payload_metadata metadata = {"json/plain"})
    -> event {
  event e{};
  e.id = id;
  e.time = perdure::time_point{1'700'000'000s} + perdure::duration{id};
  e.type = perdure::event_type::activity_task_completed;
  perdure::events::activity_task_completed what{};
  what.result = perdure::payload{std::move(data), std::move(metadata)};
  what.scheduled_event_id = 1'000 + id;
  e.attributes = perdure::event_attributes::make(std::move(what));
  return e;
}
auto some_events(event_id count, std::size_t bytes = 4) -> std::vector<event> {
  std::vector<event> all;
  for (event_id id = 1; id <= count; ++id) all.push_back(completed(id, std::string(bytes, '7')));
  return all;
}

class random_events {
public:
  explicit random_events(std::uint64_t seed) : numbers_{seed}, fill_{seed} {}

  auto make(event_id id) -> event {
    auto const& all = schemas::event_schemas();
    auto const& kind = all[1 + numbers_.below(all.size() - 1)];
    event e{};
    e.id = id;
    e.time =
        perdure::time_point{perdure::duration{static_cast<std::int64_t>(numbers_.next() >> 2)}};
    e.type = kind.type;
    e.worker_may_ignore = numbers_.one_in(4);
    e.attributes = kind.make();
    fill(kind.schema(), const_cast<void*>(kind.get(e.attributes)));
    if (numbers_.one_in(4)) fill(schemas::schema_of<perdure::event_extras>(), &e.extras.make());
    if (numbers_.one_in(20)) {
      e.type = static_cast<perdure::event_type>(numbers_.one_in(2) ? 30'000 : 0);
      e.attributes = perdure::event_attributes::make(
          perdure::events::unknown_event{fill_.text(), fill_.text(), R"({"a":[1,"\""]})"});
    }
    return e;
  }
  numbers numbers_;

private:
  void fill(schemas::object_schema const& schema, void* object) {
    fill_.fill(schema, object);
    if (schema.unknown == schema.none || !numbers_.one_in(3)) return;
    schemas::member_at<perdure::indirect<perdure::unknown_fields>>(object, schema.unknown)
        .make()
        .members.push_back({"/newField", R"({"a":[1,null]})"});
  }
  structure_filler fill_;
};

void check_seed(std::uint64_t seed) {
  CAPTURE(seed);
  event_file file;
  file.db.execute("BEGIN");
  random_events make{seed};
  std::vector<event> all;
  auto const last = static_cast<event_id>(1 + make.numbers_.below(60));
  std::set<std::int64_t> ended;
  std::size_t written = 0;
  for (event_id id = 1; id <= last; ++id) {
    event e = make.make(id);
    auto const end = sqlite::ended_by(e);
    if (end != 0 && !ended.insert(sqlite::key_of(7, end)).second) e = completed(id, "1");
    all.push_back(std::move(e));
    if (id != last && !make.numbers_.one_in(4)) continue;
    file.writer->append(7, std::span{all}.subspan(written));
    written = all.size();
  }
  file.db.execute("COMMIT");
  REQUIRE(file.read(7, last) == all);
  for (int i = 0; i < 10; ++i) {
    auto const known = make.numbers_.below(all.size());
    auto const to = known + 1 + make.numbers_.below(all.size() - known);
    std::vector<event> some(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(known));
    file.reader->read(7, static_cast<event_id>(known), static_cast<event_id>(to), some);
    CHECK(some == std::vector<event>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(to)));
    CHECK(file.reader->read_one(7, static_cast<event_id>(to)) == all[to - 1]);
  }
  CHECK(file.db.number("SELECT count(*) FROM events, json_each(attributes)") == last);
}

TEST_CASE("events of any content come back as they were, from any id to any id", "[sqlite]") {
  if (char const* const seed = std::getenv("PERDURE_SEED"))
    return check_seed(std::strtoull(seed, nullptr, 10));
  std::uint64_t const first = std::random_device{}();
  for (std::uint64_t i = 0; i < 60; ++i) check_seed(first + i);
}

TEST_CASE("payloads come back byte for byte, be they text or not", "[sqlite]") {
  using namespace std::string_literals;
  event_file file;
  perdure::payload_metadata typed{"json/plain"};
  typed.set("type", "Keyword");
  std::vector<event> all;
  for (std::string const& data :
       {""s, "1"s, R"({"a":"b\\c\"\u0000"})"s, "not JSON, but text"s, "\0\x01\x1f\x7f\n\t"s,
        "é漢字😀"s, "\xff"s, "valid, then \xc3"s, "\xed\xa0\x80"s, "\xc0\x80"s, "\xf4\x90\x80\x80"s,
        std::string(20'000, '"'), std::string(100, 'x') + "\x80"})
    for (perdure::payload_metadata const& metadata :
         {perdure::payload_metadata{"json/plain"}, typed, perdure::payload_metadata{"binary/null"},
          perdure::payload_metadata{"binary/plain"}, perdure::payload_metadata{}})
      all.push_back(completed(static_cast<event_id>(all.size()) + 1, data, metadata));
  file.writer->append(1, all);
  CHECK(file.read(1, static_cast<event_id>(all.size())) == all);
}

TEST_CASE("texts that are no UTF-8 are written all the same", "[sqlite]") {
  event_file file;
  event e = completed(1, "1");
  e.attributes.edit<perdure::events::activity_task_completed>().identity = "a\xff\"b";
  file.writer->append(1, {&e, 1});
  CHECK(file.reader->read_one(1, 1).as<perdure::events::activity_task_completed>().identity ==
        "a\xef\xbf\xbd\"b");
}

/// The end of an activity with more causes than can be read.
auto too_deep(event_id id) -> event {
  perdure::failure chain{};
  for (int i = 0; i < 130; ++i) {
    perdure::failure above{};
    above.cause = std::move(chain);
    chain = std::move(above);
  }
  event e = completed(id, "1");
  perdure::events::activity_task_failed what{};
  what.failure = std::move(chain);
  e.type = perdure::event_type::activity_task_failed;
  e.attributes = perdure::event_attributes::make(std::move(what));
  return e;
}

TEST_CASE("a failure with more causes than can be read is not written", "[sqlite]") {
  event_file file;
  event const e = too_deep(1);
  CHECK_THROWS_WITH(file.writer->append(1, {&e, 1}), contains("nested deeper"));
}

TEST_CASE("one append is one row, and a long one is several", "[sqlite]") {
  event_file file;
  file.writer->append(1, some_events(5));
  CHECK(file.count_rows() == 1);
  auto const many = some_events(1'000);
  file.writer->append(2, many);
  CHECK(file.count_rows() == 1 + 4);
  CHECK(file.read(2, 1'000) == many);
  auto const big = some_events(10, 30'000);
  file.writer->append(3, big);
  CHECK(file.count_rows() == 1 + 4 + 4); // three in a row
  CHECK(file.read(3, 10) == big);
  CHECK(file.db.number("SELECT max(length(attributes)) FROM events") < 100'000);
  CHECK(file.reader->read_one(3, 5) == big[4]);
}

TEST_CASE("rows of many runs that are written together come back as those of each", "[sqlite]") {
  event_file file;
  constexpr perdure::run_number runs = 300;
  for (perdure::run_number run = 1; run <= runs; ++run)
    file.writer->add(run, some_events(run % 7 + 1, run % 50 == 0 ? 50'000 : 4));
  auto const written = file.count_rows();
  file.writer->flush();
  auto const rows = file.count_rows();
  CHECK(rows > written);
  for (perdure::run_number run = 1; run <= runs; ++run) {
    auto const all = some_events(run % 7 + 1, run % 50 == 0 ? 50'000 : 4);
    CHECK(file.read(run, run % 7 + 1) == all);
  }
  file.writer->add(runs + 1, some_events(3));
  file.writer->forget();
  file.writer->flush();
  CHECK(file.count_rows() == rows);
}

TEST_CASE("an event that cannot be written leaves the rows that wait as they are", "[sqlite]") {
  event_file file;
  event const bad = too_deep(2);
  file.writer->add(1, some_events(3));
  CHECK_THROWS_AS(file.writer->add(2, {&bad, 1}), perdure::error);
  file.writer->add(3, some_events(4));
  file.writer->flush();
  CHECK(file.count_rows() == 2);
  CHECK(file.read(1, 3) == some_events(3));
  CHECK(file.read(3, 4) == some_events(4));
}

TEST_CASE("what has ended ends no second time: the file itself refuses it", "[sqlite]") {
  event_file file;
  file.writer->append(1, some_events(3));
  event again = completed(4, "2");
  again.attributes.edit<perdure::events::activity_task_completed>().scheduled_event_id = 1'002;
  CHECK_THROWS_WITH(file.writer->append(1, {&again, 1}), contains("UNIQUE constraint failed"));
  file.writer->append(2, {&again, 1}); // of another run
  event last{};
  last.id = 5;
  last.type = perdure::event_type::workflow_execution_completed;
  last.attributes =
      perdure::event_attributes::make(perdure::events::workflow_execution_completed{});
  file.writer->append(2, {&last, 1});
  last.id = 6;
  CHECK_THROWS_WITH(file.writer->append(2, {&last, 1}), contains("UNIQUE constraint failed"));
}

TEST_CASE("deleting a run's events lets nothing of it stay", "[sqlite]") {
  event_file file;
  file.writer->append(1, some_events(3));
  file.writer->append(2, some_events(3));
  file.reader->erase_all(1);
  CHECK(file.count_rows() == 1);
  CHECK(file.db.number("SELECT count(*) FROM ends") == 3);
  CHECK(file.read(2, 3) == some_events(3));
  CHECK_THROWS_WITH(file.read(1, 3), contains("event 1 of run 1 is missing"));
}

TEST_CASE("an event that is missing in the middle is named", "[sqlite]") {
  event_file file;
  auto const all = some_events(9);
  for (std::size_t i = 0; i < 9; i += 3) file.writer->append(1, std::span{all}.subspan(i, 3));
  file.db.execute("DELETE FROM events WHERE key = (1 << 24 | 4)");
  CHECK_THROWS_WITH(file.read(1, 9), contains("event 4 of run 1 is missing"));
  CHECK_THROWS_WITH(file.reader->read_one(1, 5), contains("event 5 of run 1 is missing"));
  CHECK(file.reader->read_one(1, 7) == all[6]);
}

TEST_CASE("a row that changed on disk is named with its events", "[sqlite]") {
  event_file file;
  file.writer->append(1, some_events(9));
  for (char const* const change :
       {"attributes = replace(attributes, '1005', '1006')", "time = time + 1", "flags = flags + 1",
        "type = -2", "attributes = replace(attributes, '[', '[ ')"}) {
    CAPTURE(change);
    file.db.execute("SAVEPOINT whole");
    file.db.execute((std::string{"UPDATE events SET "} + change).c_str());
    CHECK_THROWS_WITH(file.reader->read_one(1, 5),
                      contains("row 16777217 of table events (run 1, event"));
    file.db.execute("ROLLBACK TO whole");
    file.db.execute("RELEASE whole");
  }
  CHECK(file.read(1, 9) == some_events(9));
}

TEST_CASE("the view history shows events of old and of new rows alike", "[sqlite]") {
  temporary_folder const place;
  std::string const sql = "SELECT group_concat(event_id || ' ' || event_time || ' ' || event_type"
                          " || ' ' || json_extract(attributes, '$.identity'), char(10)) FROM"
                          " (SELECT * FROM history WHERE workflow_id = 'w' ORDER BY event_id)";
  {
    durable_world world{place.file()};
    CHECK(world.client.execute_workflow<steps>(3, {.id = "w", .task_queue = "tests"}) == 6);
  }
  sqlite::connection db{place.file()};
  auto const length = db.number("SELECT history_length FROM runs");
  CHECK(db.number("SELECT count(*) FROM history") == length);
  CHECK(db.number("SELECT count(DISTINCT event_id) FROM history") == length);
  CHECK(db.number("SELECT count(*) FROM history WHERE event_type = 12") == 3);
  CHECK(db.text("SELECT json_extract(attributes, '$.result[0]') FROM history"
                " WHERE event_type = 2") == "6");
  auto const shown = db.text(sql);
  // The same events as rows of their own.
  db.execute(
      "CREATE TEMP TABLE single AS SELECT (e.key & ~16777215) | (e.key & 16777215) + j.key"
      " AS key, e.time + json_extract(j.value, '$[1]') AS time, json_extract(j.value, '$[0]')"
      " AS type, json_extract(j.value, '$[2]') AS attributes FROM events e,"
      " json_each(e.attributes) j; DELETE FROM events; INSERT INTO events SELECT key, time,"
      " type, 0, NULL, attributes, NULL, 0 FROM single");
  CHECK(db.number("SELECT count(*) FROM events") == length);
  CHECK(db.text(sql) == shown);
}

} // namespace
