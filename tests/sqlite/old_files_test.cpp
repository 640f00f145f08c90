// Goal: a file that an earlier version wrote opens in this one and goes on. Method: files in
// tests/golden/files, made once per file version by the hidden test case below and never changed.
#include "sqlite/temporary_file.hpp"
#include "support/catch.hpp"

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

struct world {
  explicit world(std::string const& path)
      : backend{path, {.clock = perdure::clock_mode::virtual_time}} {
    worker.add<finished, speaks, sleeps, retries, family, price, never_ready>();
    worker.start();
  }
  template <auto W, class... A>
  auto start(std::string const& id, A... arguments) {
    return client.template start_workflow<W>(
        std::move(arguments)..., perdure::workflow_options{.id = id, .task_queue = "golden"});
  }
  perdure::sqlite_backend backend;
  perdure::worker<perdure::sqlite_backend> worker{backend,
                                                  {.task_queue = "golden", .identity = "golden"}};
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
  made.backend.advance(1min);
  speaking.signal(word, std::string{"old "});
  made.start<speaks>("paused", 1).pause("for later");
  made.worker.stop();
  speaking.signal(word, std::string{"words "}); // its workflow task waits in the queue
  made.backend.vacuum();
}

TEST_CASE("a file of version 1 opens, and its runs go on where they stood", "[sqlite]") {
  temporary_folder const place;
  std::filesystem::copy_file(std::string{PERDURE_GOLDEN_DIR} + "/../files/v1.db", place.file());
  world old{place.file()};
  auto const at = [&]<class T>(std::type_identity<T>, std::string const& id) {
    return old.client.get_handle<T>(id);
  };
  std::type_identity<std::string> const text;
  CHECK(old.client.list().size() == 8);
  CHECK(at(std::type_identity<int>{}, "finished").result() == 30);
  CHECK(at(text, "terminated").fetch_audit().front().why == "enough of it");
  CHECK(at(text, "paused").describe().status == perdure::workflow_execution_status::paused);
  auto const retried = at(std::type_identity<int>{}, "retries").describe();
  REQUIRE(retried.pending_activities.size() == 1);
  CHECK(retried.pending_activities[0].attempt == 2);
  CHECK(retried.pending_activities[0].last_failure.find("not yet") != std::string::npos);
  at(text, "speaks").signal(word, std::string{"and new"});
  CHECK(at(text, "speaks").result() == "old words and new");
  at(text, "child").signal(word, std::string{"hello"});
  CHECK(at(text, "family").result() == "child said hello");
  CHECK(at(text, "sleeps").result() == "awake");
}

} // namespace
