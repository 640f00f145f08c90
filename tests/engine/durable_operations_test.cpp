// What operators did is still so when the file is opened again.
#include <perdure/sqlite.hpp>

#include "support/catch.hpp"

#include <cstdio>
#include <filesystem>

namespace {

using namespace std::chrono_literals;
using perdure::event_type;
using perdure::workflow_execution_status;

inline constexpr perdure::signal<int> poke{"poke"};

int ten(int n) { return 10 * n; }
perdure::workflow<int> waits_for_poke() { co_return co_await perdure::receive(poke); }
perdure::workflow<int> has_a_child() {
  int const of_child = co_await perdure::execute_child_workflow<waits_for_poke>({.id = "kid"});
  co_return of_child + co_await perdure::receive(poke);
}
perdure::workflow<int> asks_and_waits() {
  int const first = co_await perdure::execute_activity<ten>(1, {.start_to_close_timeout = 1min});
  co_return first + co_await perdure::receive(poke);
}

/// A file that can be opened again and again, and is gone afterwards.
class file {
public:
  file() { remove(); }
  ~file() { remove(); }
  file(file const&) = delete;
  auto operator=(file const&) -> file& = delete;
  std::string const path = (std::filesystem::temp_directory_path() /
                            ("perdure_operations_" + perdure::random_uuid() + ".db"))
                               .string();

private:
  void remove() const {
    for (char const* const suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  }
};

/// One life of a process.
struct life {
  explicit life(file const& of) : backend{of.path, {.clock = perdure::clock_mode::virtual_time}} {
    worker.add<waits_for_poke, has_a_child, asks_and_waits, ten>();
    worker.start();
  }
  perdure::sqlite_backend backend;
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "tests"}};
  perdure::client<perdure::sqlite_backend> client{backend};

  template <auto W>
  void start() {
    (void)client.start_workflow<W>({.id = "w", .task_queue = "tests"});
    backend.advance(0s);
  }
  auto last_task(std::string const& id = "w") -> perdure::event_id {
    perdure::event_id found = 0;
    for (auto const& each : client.get_handle(id).fetch_history().events)
      if (each.type == event_type::workflow_task_completed) found = each.id;
    return found;
  }
};

TEST_CASE("a run that was reset goes on from the file, and hears of its child",
          "[engine][sqlite][reset]") {
  file const kept;
  {
    life first{kept};
    first.start<has_a_child>();
    (void)first.client.get_handle("w").reset(first.last_task());
    first.backend.advance(0s);
  }
  {
    life second{kept};
    second.client.get_handle("kid").signal(poke, 2);
    second.backend.advance(0s);
    CHECK(second.client.get_handle("w").describe().pending_children_count == 0);
  }
  life third{kept};
  auto const handle = third.client.get_handle<int>("w");
  handle.signal(poke, 40);
  CHECK(handle.result() == 42);
  CHECK(third.client.count_workflows() == 3);
  CHECK(handle.fetch_audit().size() == 1);
}

TEST_CASE("a paused run is paused when the file is opened again", "[engine][sqlite][pause]") {
  file const kept;
  {
    life first{kept};
    first.start<waits_for_poke>();
    first.client.get_handle("w").pause("maintenance");
  }
  {
    life second{kept};
    auto const handle = second.client.get_handle("w");
    CHECK(handle.describe().status == workflow_execution_status::paused);
    handle.signal(poke, 42);
    second.backend.advance(1h);
    CHECK(handle.describe().status == workflow_execution_status::paused);
  }
  life third{kept};
  auto const handle = third.client.get_handle<int>("w");
  handle.unpause();
  CHECK(handle.result() == 42);
}

TEST_CASE("a result given by hand and a fork are in the file", "[engine][sqlite][override]") {
  file const kept;
  {
    life first{kept};
    first.start<asks_and_waits>();
    auto const handle = first.client.get_handle("w");
    (void)handle.fork(first.last_task(), "v");
    (void)first.client.override_activity_result<ten>(handle, "1", 41);
    first.backend.advance(0s);
  }
  life second{kept};
  second.client.get_handle("w").signal(poke, 1);
  second.client.get_handle("v").signal(poke, 1);
  CHECK(second.client.get_handle<int>("w").result() == 42);
  CHECK(second.client.get_handle<int>("v").result() == 11);
}

TEST_CASE("a deleted run stays deleted, and its audit stays", "[engine][sqlite][delete]") {
  file const kept;
  {
    life first{kept};
    first.start<waits_for_poke>();
    first.client.get_handle("w").terminate();
    first.start<waits_for_poke>();
    first.client.get_handle("w").delete_run("too much");
  }
  life second{kept};
  CHECK(second.client.count_workflows() == 1);
  CHECK(second.client.get_handle("w").describe().status == workflow_execution_status::terminated);
  auto const trail = second.client.get_handle("w").fetch_audit();
  REQUIRE(trail.size() == 2);
  CHECK(trail[1].what == "delete");
  CHECK(trail[1].why == "too much");
}

} // namespace
