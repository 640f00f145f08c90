// Goal: what SQLite refuses because of its size fails its own activity or workflow task only.
// Method: SQLite's limit is lowered from a billion bytes on every connection that is opened.
#include "sqlite/programs.hpp"
#include "support/catch.hpp"
#include "support/hand_worker.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <future>
#include <string>

#include <sqlite3.h>
#include <sys/mman.h>

namespace {

using namespace perdure_test;

auto lower_limit(sqlite3* db, char const**, sqlite3_api_routines const*) -> int {
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1'000'000);
  return SQLITE_OK;
}
struct lowered_limits {
  lowered_limits() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(lower_limit)); }
  lowered_limits(lowered_limits const&) = delete;
  auto operator=(lowered_limits const&) -> lowered_limits& = delete;
  ~lowered_limits() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(lower_limit)); }
};

auto text_of(int size) -> std::string { return std::string(static_cast<std::size_t>(size), 'x'); }
auto size_of_text(int size) -> perdure::workflow<int> {
  auto const text =
      co_await perdure::execute_activity<text_of>(size, {.start_to_close_timeout = 60s});
  co_return static_cast<int>(text.size());
}

TEST_CASE("an activity's result that SQLite refuses fails the activity and nothing else",
          "[sqlite]") {
  lowered_limits const limits;
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "tests"}};
  worker.add<size_of_text, text_of>();
  worker.start();
  perdure::client<perdure::sqlite_backend> client{backend};
  auto const big =
      client.start_workflow<size_of_text>(2'000'000, {.id = "big", .task_queue = "tests"});
  auto ends = std::async(std::launch::async, [&] { return big.result(); });
  if (ends.wait_for(30s) != std::future_status::ready) FAIL("it is tried for ever");
  CHECK_THROWS_WITH(ends.get(), contains("more than SQLite can hold"));
  auto const small =
      client.start_workflow<size_of_text>(10, {.id = "small", .task_queue = "tests"});
  CHECK(small.result() == 10);
  auto const large =
      client.start_workflow<size_of_text>(900'000, {.id = "large", .task_queue = "tests"});
  CHECK(large.result() == 900'000);
}

/// `answer` takes the workflow task of run "w" and says what SQLite refuses. The first time, what
/// shares its transaction is undone, too; from then on sizes are measured.
template <class Answer>
void check_that_its_task_fails(basic_server<perdure::sqlite_backend>& server, Answer answer) {
  answer();
  CHECK_THROWS_AS(server.backend.vacuum(), perdure::error); // commits
  CHECK_NOTHROW(start(server.backend, "other", "elsewhere"));
  answer();
  CHECK_NOTHROW(server.backend.vacuum());
  CHECK(server.status("w") == perdure::workflow_execution_status::running);
}

TEST_CASE("a command that SQLite refuses fails its workflow task", "[sqlite]") {
  lowered_limits const limits;
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file(), {.commit_delay = 1h}};
  basic_server<perdure::sqlite_backend> server{backend};
  (void)server.start();
  auto const answer = [&] {
    auto polled = backend.poll(server.hand, {.activity_tasks = false});
    REQUIRE(std::holds_alternative<perdure::workflow_task>(polled));
    server.hand.answer(std::get<perdure::workflow_task>(polled),
                       {commands::complete({perdure::payload{{}, text_of(2'000'000)}})});
  };
  check_that_its_task_fails(server, answer);
}

TEST_CASE("an update's result that SQLite refuses fails its workflow task", "[sqlite]") {
  lowered_limits const limits;
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file(), {.commit_delay = 1h}};
  basic_server<perdure::sqlite_backend> server{backend};
  (void)server.start();
  perdure::update_workflow_request asked{};
  asked.execution = {"w", {}};
  asked.update.meta.update_id = "u";
  asked.update.input.name = "set";
  asked.wait_for = perdure::update_stage::admitted;
  (void)backend.update_workflow(asked);
  auto const answer = [&] {
    auto polled = backend.poll(server.hand, {.activity_tasks = false});
    REQUIRE(std::holds_alternative<perdure::workflow_task>(polled));
    auto const& task = std::get<perdure::workflow_task>(polled);
    REQUIRE(task.updates.size() == 1);
    perdure::workflow_task_completion said{};
    server.hand.say(said, server.hand.accept(task.updates[0]));
    server.hand.say(said, server.hand.complete("u", {perdure::payload{{}, text_of(2'000'000)}}));
    server.hand.answer_with(task, std::move(said));
  };
  check_that_its_task_fails(server, answer);
}

TEST_CASE("a text or blob of 4 GiB and some bytes is refused, not cut to these", "[sqlite]") {
  constexpr std::size_t size = (std::size_t{1} << 32) + 5;
  // Never read: no memory is behind it.
  void* const memory =
      ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  auto const* const bytes = static_cast<char const*>(memory);
  temporary_folder const place;
  perdure::sqlite::connection db{place.file()};
  perdure::sqlite::statement length{db, "SELECT length(?)"};
  using use = perdure::sqlite::statement::use;
  CHECK_THROWS_WITH(use{length}.bind(std::string_view{bytes, size}), contains("too big"));
  CHECK_THROWS_WITH(use{length}.bind_blob(std::string_view{bytes, size}), contains("too big"));
  ::munmap(memory, size);
}

} // namespace
