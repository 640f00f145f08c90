// Goal: a file that an earlier version wrote opens in this one and goes on. Method: files in
// tests/golden/files, made once per file version by the hidden test case below and never changed.
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <perdure/sqlite.hpp>

namespace {

using namespace perdure_test;
using namespace std::chrono_literals;

inline constexpr perdure::signal<std::string> word{"word"};

struct order {
  std::string item{};
  std::optional<int> count{};
};
auto price(order o) -> int { return 10 * o.count.value_or(1); }
auto never_ready() -> int { throw std::runtime_error{"not yet"}; }

auto finished(order o) -> perdure::workflow<int> {
  co_return co_await perdure::execute_activity<price>(o, {.start_to_close_timeout = 1min});
}
auto speaks(int words) -> perdure::workflow<std::string> {
  std::string all;
  for (int i = 0; i < words; ++i) all += co_await perdure::receive(word);
  co_return all;
}
auto sleeps() -> perdure::workflow<std::string> {
  co_await perdure::sleep(24h);
  co_return "awake";
}
auto retries() -> perdure::workflow<int> {
  co_return co_await perdure::execute_activity<never_ready>(
      {.start_to_close_timeout = 1min, .retry_policy = {.initial_interval = 1h}});
}
auto family() -> perdure::workflow<std::string> {
  auto child = perdure::start_child_workflow<speaks>(1, {.id = "child"});
  co_return "child said " + co_await child;
}

// What version 2 added: messages, schedules, search attributes, versions.
inline constexpr perdure::update<int(int)> approve{"approve"};
inline constexpr perdure::search_attribute<perdure::keyword> item{"Item"};
auto approved() -> perdure::workflow<std::string> {
  int sum = 0;
  auto const handler = perdure::handle(approve, [&](int amount) -> perdure::workflow<int> {
    co_await perdure::receive(word);
    co_return sum += amount;
  });
  co_await perdure::wait_until([&] { return sum > 0; });
  co_return "approved " + std::to_string(sum);
}
auto waits_for_a_change() -> perdure::workflow<std::string> {
  perdure::upsert_search_attributes({item("pen")});
  bool const is_new = perdure::patched<"new">();
  co_return (is_new ? "new " : "old ") + co_await perdure::receive(word);
}

struct world {
  explicit world(std::string const& path)
      : backend{path, {.clock = perdure::clock_mode::virtual_time}} {
    worker.add<finished, speaks, sleeps, retries, family, approved, waits_for_a_change, price,
               never_ready>();
    worker.start();
    of_build.add<speaks>();
    of_build.start();
  }
  template <auto W, class... A>
  auto start(std::string const& id, A... arguments) {
    return start_on<W>(id, "golden", std::move(arguments)...);
  }
  template <auto W, class... A>
  auto start_on(std::string const& id, std::string const& queue, A... arguments) {
    return client.template start_workflow<W>(
        std::move(arguments)..., perdure::workflow_options{.id = id, .task_queue = queue});
  }
  template <class T = std::string>
  auto at(std::string const& id) {
    return client.template get_handle<T>(id);
  }
  perdure::sqlite_backend backend;
  perdure::worker<perdure::sqlite_backend> worker{backend,
                                                  {.task_queue = "golden", .identity = "golden"}};
  perdure::worker<perdure::sqlite_backend> of_build{
      backend,
      {.task_queue = "versioned",
       .identity = "golden",
       .deployment = {.name = "shop",
                      .build_id = "1",
                      .default_versioning_behavior = perdure::versioning_behavior::pinned}}};
  perdure::client<perdure::sqlite_backend> client{backend};
};

TEST_CASE("makes a golden file of this version", "[.make-golden-file]") {
  char const* const path = std::getenv("PERDURE_TEST_FILE");
  REQUIRE(path != nullptr);
  world made{path};
  (void)made.start<finished>("finished", order{"pen", 3}).result();
  made.start<speaks>("terminated", 1).terminate("enough of it");
  auto const speaking = made.start<speaks>("speaks", 3);
  (void)made.start<sleeps>("sleeps");
  (void)made.start<retries>("retries");
  (void)made.start<family>("family");
  auto const approves = made.start<approved>("approved");
  (void)made.start<waits_for_a_change>("changed");
  made.client.set_current_version("shop", "1");
  (void)made.start_on<speaks>("pinned", "versioned", 1);
  made.client.create_schedule("daily",
                              {.action = perdure::start_workflow_action<finished>(
                                   order{"ink", 1}, {.id = "by-schedule", .task_queue = "golden"}),
                               .spec = {.intervals = {{.every = 24h}}}});
  made.backend.advance(1min);
  made.client.set_current_version("shop", "2"); // nobody runs it yet
  (void)approves.start_update(approve, 5, {.id = "u"});
  speaking.signal(word, std::string{"old "});
  made.start<speaks>("paused", 1).pause("for later");
  made.worker.stop();
  made.of_build.stop();
  speaking.signal(word, std::string{"words "}); // its workflow task waits in the queue
  made.backend.vacuum();
}

auto copy_of(char const* name, temporary_folder const& to) -> std::string {
  std::filesystem::copy_file(std::string{PERDURE_GOLDEN_DIR} + "/../files/" + name, to.file());
  return to.file();
}

/// What files of all versions hold.
void check_runs_of_version_1(world& old) {
  CHECK(old.at<int>("finished").result() == 30);
  CHECK(old.at("terminated").fetch_audit().front().why == "enough of it");
  CHECK(old.at("paused").describe().status == perdure::workflow_execution_status::paused);
  auto const retried = old.at<int>("retries").describe();
  REQUIRE(retried.pending_activities.size() == 1);
  CHECK(retried.pending_activities[0].attempt == 2);
  CHECK(retried.pending_activities[0].last_failure.find("not yet") != std::string::npos);
  old.at("speaks").signal(word, std::string{"and new"});
  CHECK(old.at("speaks").result() == "old words and new");
  old.at("child").signal(word, std::string{"hello"});
  CHECK(old.at("family").result() == "child said hello");
  CHECK(old.at("sleeps").result() == "awake");
}

TEST_CASE("a file of version 1 opens, and its runs go on where they stood", "[sqlite]") {
  temporary_folder const place;
  world old{copy_of("v1.db", place)};
  CHECK(old.client.list().size() == 8);
  check_runs_of_version_1(old);
}

/// What files have since version 2.
void check_runs_of_version_2(world& old) {
  REQUIRE(old.client.list().size() == 11);
  CHECK(old.client.list("Item = 'pen'").size() == 1);
  old.at("changed").signal(word, std::string{"way"});
  CHECK(old.at("changed").result() == "new way");
  auto const update = old.at("approved").get_update_handle<int>("u");
  CHECK(update.stage() == perdure::update_stage::accepted);
  old.at("approved").signal(word, std::string{"yes"});
  CHECK(update.result() == 5);
  CHECK(old.at("approved").result() == "approved 5");
  CHECK(old.at("pinned").describe().build_id == "1");
  CHECK(old.client.describe_deployment("shop").current_build_id == "2");
  old.at("pinned").signal(word, std::string{"stays"});
  CHECK(old.at("pinned").result() == "stays");
  check_runs_of_version_1(old); // a day passes
  auto const schedule = old.client.get_schedule_handle("daily").describe();
  CHECK(schedule.info.action_count == 1);
  CHECK(old.client.list("WorkflowType = 'finished'").size() == 2);
}

TEST_CASE("a file of version 2 opens, and its runs go on where they stood", "[sqlite]") {
  temporary_folder const place;
  world old{copy_of("v2.db", place)};
  check_runs_of_version_2(old);
}

TEST_CASE("a file of version 3 opens, and its runs go on where they stood", "[sqlite]") {
  temporary_folder const place;
  world old{copy_of("v3.db", place)};
  check_runs_of_version_2(old);
}

TEST_CASE("rows of earlier versions stay as they are, and what they ended ends no second time",
          "[sqlite]") {
  temporary_folder const place;
  auto const file = copy_of("v2.db", place);
  perdure::sqlite::connection db{file};
  auto const rows = db.number("SELECT count(*) FROM events");
  auto const shown = db.number("SELECT sum(length(attributes)) FROM history");
  perdure::sqlite::prepare_file(db);
  CHECK(db.number("PRAGMA user_version") == perdure::sqlite::schema_version);
  CHECK(db.number("SELECT count(*) FROM events WHERE type > 0") == rows);
  CHECK(db.number("SELECT sum(length(attributes)) FROM history") == shown);
  CHECK(db.number("SELECT count(*) FROM history") == rows);
  CHECK(db.number("SELECT count(*) FROM sqlite_schema WHERE name = 'events_end_once'") == 1);

  auto const run = db.number("SELECT number FROM runs WHERE workflow_id = 'finished'");
  auto const length = db.number("SELECT history_length FROM runs WHERE workflow_id = 'finished'");
  perdure::sqlite::event_reader reader{db};
  std::vector<perdure::event> all;
  reader.read(run, 0, length, all);
  CHECK(reader.read_one(run, length) == all.back());
  perdure::event last = all.back();
  last.id = length + 1;
  perdure::sqlite::event_writer writer{db};
  CHECK_THROWS_WITH(writer.append(run, {&last, 1}), contains("UNIQUE constraint failed"));
}

TEST_CASE("a file without rows of earlier versions has no index for what only those have",
          "[sqlite]") {
  temporary_folder const place;
  perdure::sqlite::connection db{place.file()};
  perdure::sqlite::prepare_file(db);
  CHECK(db.number("SELECT count(*) FROM sqlite_schema WHERE name = 'events_end_once'") == 0);
  CHECK(db.number("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'") == 0);
}

} // namespace
