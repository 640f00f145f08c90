// Goal: queries and updates cost and pass between processes what they are said to. Method: this
// program starts itself as a process with a worker by hand (the hidden test case below).
#include "sqlite/programs.hpp"
#include "support/catch.hpp"
#include "support/hand_worker.hpp"
#include "support/log_collector.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace {

using namespace perdure_test;
using perdure::to_payloads;
using backend = perdure::sqlite_backend;
using by_hand = basic_hand_worker<backend>;
using stage = perdure::update_stage;

/// Answers queries with their arguments, completes updates with theirs, and rejects an update
/// "bad"; never finishes a run.
void work_on(backend& on, by_hand& hand, perdure::workflow_task const& task) {
  if (task.query) {
    on.answer_query_task(hand, task.token, {{}, task.query->arguments, {}});
    return;
  }
  perdure::workflow_task_completion answer{};
  for (auto const& each : task.queries) answer.queries.push_back({each.id, each.arguments, {}});
  for (auto const& each : task.updates) {
    if (each.request.input.name == "bad") {
      hand.say(answer, hand.reject(each, application_failure("No")));
      continue;
    }
    hand.say(answer, hand.accept(each));
    hand.say(answer, hand.complete(each.id.str(), each.request.input.args));
  }
  hand.answer_with(task, std::move(answer));
}

TEST_CASE("a process with a worker by hand, started by other tests", "[.hand]") {
  char const* const path = std::getenv("PERDURE_TEST_FILE");
  if (path == nullptr) return;
  backend on{path, {.lease = 2s}};
  by_hand hand{on};
  while (true) {
    auto const polled = on.poll(hand, {true, false, true});
    if (auto const* const task = std::get_if<perdure::workflow_task>(&polled))
      work_on(on, hand, *task);
  }
}

/// That process; killed when this goes.
class other_process {
public:
  explicit other_process(std::string const& path) {
    std::string const self = std::filesystem::read_symlink("/proc/self/exe");
    std::string const file = "PERDURE_TEST_FILE=" + path;
    std::vector<char*> environment{const_cast<char*>(file.c_str())};
    for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
    environment.push_back(nullptr);
    std::array<char*, 3> arguments{const_cast<char*>(self.c_str()), const_cast<char*>("[.hand]"),
                                   nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    int const result = ::posix_spawn(&process_, self.c_str(), &actions, nullptr, arguments.data(),
                                     environment.data());
    posix_spawn_file_actions_destroy(&actions);
    REQUIRE(result == 0);
  }
  other_process(other_process const&) = delete;
  auto operator=(other_process const&) -> other_process& = delete;
  ~other_process() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

private:
  pid_t process_{};
};

auto query(backend& on, std::string const& id, int value, perdure::duration timeout = 60s)
    -> perdure::query_result {
  perdure::query_workflow_request request{};
  request.execution = {id, {}};
  request.type = "echo";
  request.arguments = to_payloads(value);
  request.timeout = timeout;
  return on.query_workflow(request);
}
auto update(backend& on, std::string const& id, std::string const& update_id, int value,
            std::string const& handler = "set", stage wait_for = stage::completed)
    -> perdure::update_status {
  perdure::update_workflow_request request{};
  request.execution = {id, {}};
  request.update.meta.update_id = update_id;
  request.update.input.name = handler;
  request.update.input.args = to_payloads(value);
  request.wait_for = wait_for;
  return on.update_workflow(request);
}

TEST_CASE("a worker in another process answers what a client asks", "[sqlite][query]") {
  log_collector const quiet;
  temporary_folder const place;
  backend on{place.file()};
  other_process const worker{place.file()};
  start(on, "w");
  for (int i = 0; i < 20; ++i) CHECK(query(on, "w", i).result == to_payloads(i));
  on.terminate_workflow({"w", {}}, "", "");
  CHECK(query(on, "w", 7).result == to_payloads(7));
}

TEST_CASE("a worker in another process accepts, completes and rejects what a client sends",
          "[sqlite][update]") {
  log_collector const quiet;
  temporary_folder const place;
  backend on{place.file()};
  other_process const worker{place.file()};
  start(on, "w");
  for (int i = 0; i < 20; ++i)
    CHECK(update(on, "w", std::to_string(i), i).outcome.success == to_payloads(i));
  CHECK(update(on, "w", "no", 1, "bad").outcome.failure);
  CHECK(update(on, "w", "3", 99).outcome.success == to_payloads(3));
}

TEST_CASE("an update outlives the worker's process and the client's", "[sqlite][update]") {
  log_collector const quiet;
  temporary_folder const place;
  {
    backend on{place.file()};
    start(on, "w");
    {
      other_process const worker{place.file()};
      CHECK(update(on, "w", "first", 1).stage == stage::completed);
    }
    CHECK(update(on, "w", "second", 2, "set", stage::admitted).stage == stage::admitted);
  }
  backend on{place.file()};
  other_process const worker{place.file()};
  CHECK(update(on, "w", "first", 9).outcome.success == to_payloads(1));
  CHECK(update(on, "w", "second", 9).outcome.success == to_payloads(2));
}

TEST_CASE("two clients that send the same update get one outcome", "[sqlite][update]") {
  log_collector const quiet;
  temporary_folder const place;
  backend one{place.file()};
  backend other{place.file()};
  other_process const worker{place.file()};
  start(one, "w");
  for (int i = 0; i < 10; ++i) {
    perdure::update_status first{};
    std::thread sender{[&] { first = update(one, "w", std::to_string(i), 1); }};
    auto const second = update(other, "w", std::to_string(i), 2);
    sender.join();
    CHECK(first.outcome.success == second.outcome.success);
  }
}

TEST_CASE("what a process was asked that dies is asked of another one", "[sqlite][query]") {
  log_collector const quiet;
  temporary_folder const place;
  backend on{place.file()};
  start(on, "w");
  { // a worker of another process takes the query and never answers
    backend elsewhere{place.file()};
    auto hand = std::make_unique<by_hand>(elsewhere);
    hand->decide();
    std::thread client{[&] { CHECK(query(on, "w", 5).result == to_payloads(5)); }};
    auto const polled = elsewhere.poll(*hand, {true, false, true});
    CHECK(std::get<perdure::workflow_task>(polled).query);
    hand.reset();
    other_process const worker{place.file()};
    client.join();
  }
}

TEST_CASE("a query that no process answers ends in time, and says whether one had it",
          "[sqlite][query]") {
  temporary_folder const place;
  backend on{place.file()};
  start(on, "w");
  try {
    (void)query(on, "w", 1, 50ms);
    FAIL("it was answered");
  } catch (perdure::error const& why) {
    CHECK(why.code() == perdure::errc::unanswered);
    CHECK_THAT(why.what(), contains("no worker of queue 'tests' took it"));
  }
}

TEST_CASE("a query that is asked and answered in one process writes nothing", "[sqlite][query]") {
  temporary_folder const place;
  backend on{place.file(), {.lease = 60s}};
  by_hand hand{on};
  start(on, "w");
  hand.decide();
  (void)on.describe_workflow({"w", {}}); // what came before is written by now
  std::thread worker{[&] {
    for (int i = 0; i < 20;) {
      auto const polled = on.poll(hand, {true, false, true});
      auto const* const task = std::get_if<perdure::workflow_task>(&polled);
      if (task == nullptr) return;
      if (task->query) ++i;
      work_on(on, hand, *task);
    }
    (void)on.poll(hand, {true, false, false}); // whoever has answered polls next
  }};
  auto const before = on.statistics().commits;
  for (int i = 0; i < 20; ++i) CHECK(query(on, "w", i).result == to_payloads(i));
  worker.join();
  CHECK(on.statistics().commits <= before + 1); // once, the process says that it lives
}

TEST_CASE("what processes ask of each other does not stay in the file", "[sqlite][query]") {
  log_collector const quiet;
  temporary_folder const place;
  backend on{place.file()};
  other_process const worker{place.file()};
  start(on, "w");
  CHECK(query(on, "w", 1).result == to_payloads(1));
  perdure::sqlite::connection db{place.file()};
  db.execute("PRAGMA busy_timeout = 60000");  // the others may be writing
  db.execute("UPDATE queries SET until = 1"); // as if much time had passed
  CHECK(query(on, "w", 2).result == to_payloads(2));
  CHECK(db.number("SELECT count(*) FROM queries") == 1);
  CHECK(db.number("SELECT count(*) FROM updates") == 0);
}

} // namespace
