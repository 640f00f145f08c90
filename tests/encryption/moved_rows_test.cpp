// Goal: rows that were exchanged where they are kept are refused when they are read. Method: a
// backend that gives events the payloads of other events, and then the codec in front of it.
#include "support/catch.hpp"

#include <perdure/encryption.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using perdure::event_type;
namespace e = perdure::events;

/// Keeps runs in memory, and lets a test change what is read.
class open_to_thieves : public perdure::memory_backend {
public:
  open_to_thieves() : basic_memory_backend{{.clock = perdure::clock_mode::virtual_time}} {}
  using perdure::memory_backend::read_history;
  auto read_history(perdure::workflow_execution const& run) -> perdure::history {
    auto read = perdure::memory_backend::read_history(run);
    if (change) change(read.events);
    return read;
  }
  std::function<void(std::vector<perdure::event>&)> change{};
};

auto echo(std::string text) -> std::string { return text; }
auto two_steps(std::string text) -> perdure::workflow<std::string> {
  auto const first =
      co_await perdure::execute_activity<echo>(text, {.start_to_close_timeout = 60s});
  co_return co_await perdure::execute_activity<echo>(first, {.start_to_close_timeout = 60s});
}

struct guarded_world {
  open_to_thieves kept{};
  perdure::coded_backend<open_to_thieves> backend{
      kept,
      {{std::make_shared<perdure::encryption_codec const>(
           perdure::encryption_options{.keys = {{"k1", std::string(32, 's')}}})},
       "tests"}};
  perdure::worker<perdure::coded_backend<open_to_thieves>> worker{backend, {.task_queue = "q"}};
  perdure::client<perdure::coded_backend<open_to_thieves>> client{backend};

  /// Runs the workflow, and gives the run.
  auto run(std::string id) -> perdure::workflow_execution {
    worker.start();
    auto const handle =
        client.start_workflow<two_steps>("secret", {.id = std::move(id), .task_queue = "q"});
    CHECK(handle.result() == "secret");
    return client.get_handle(handle.execution().workflow_id.str()).describe().execution;
  }
  auto events_of(perdure::workflow_execution const& run) -> std::vector<perdure::event> {
    kept.change = {};
    return kept.read_history(run).events;
  }
  /// Whether the run's history is refused when `change` was made to it.
  auto refuses(perdure::workflow_execution const& run,
               std::function<void(std::vector<perdure::event>&)> change) -> bool {
    kept.change = std::move(change);
    try {
      (void)backend.read_history(run);
      return false;
    } catch (perdure::error const& error) {
      INFO(error.what());
      CHECK(error.code() == perdure::errc::payload_refused);
      return true;
    }
  }
  guarded_world() { worker.add<two_steps, echo>(); }
};

/// The events of a type, as places in the history.
auto all_of(std::vector<perdure::event>& events, event_type type)
    -> std::vector<perdure::event_attributes*> {
  std::vector<perdure::event_attributes*> found;
  for (auto& each : events)
    if (each.type == type) found.push_back(&each.attributes);
  return found;
}
/// Gives one event the payloads of another, and leaves the rest of it as it is.
template <class A>
void put(perdure::event_attributes& into, perdure::payloads A::* member,
         perdure::payloads const& value) {
  A changed = into.get<A>();
  changed.*member = value;
  into = perdure::event_attributes::make(std::move(changed));
}

} // namespace

TEST_CASE("a history that nobody has changed is read", "[encryption]") {
  guarded_world w;
  auto const run = w.run("w");
  CHECK_FALSE(w.refuses(run, {}));
}

TEST_CASE("the result of one activity is refused as that of another", "[encryption]") {
  guarded_world w;
  auto const run = w.run("w");
  CHECK(w.refuses(run, [](std::vector<perdure::event>& events) {
    auto const done = all_of(events, event_type::activity_task_completed);
    REQUIRE(done.size() == 2);
    put(*done[0], &e::activity_task_completed::result,
        done[1]->get<e::activity_task_completed>().result);
  }));
}

TEST_CASE("an argument is refused as a result, and a result as the workflow's", "[encryption]") {
  guarded_world w;
  auto const run = w.run("w");
  CHECK(w.refuses(run, [](std::vector<perdure::event>& events) {
    auto const asked = all_of(events, event_type::activity_task_scheduled);
    auto const done = all_of(events, event_type::activity_task_completed);
    put(*done[0], &e::activity_task_completed::result,
        asked[0]->get<e::activity_task_scheduled>().input);
  }));
  CHECK(w.refuses(run, [](std::vector<perdure::event>& events) {
    auto const done = all_of(events, event_type::activity_task_completed);
    auto const ended = all_of(events, event_type::workflow_execution_completed);
    put(*ended[0], &e::workflow_execution_completed::result,
        done[1]->get<e::activity_task_completed>().result);
  }));
}

TEST_CASE("what another run of the same workflow wrote is refused", "[encryption]") {
  guarded_world w;
  auto const first = w.run("w");
  auto const second = w.run("w");
  REQUIRE(first.run_id != second.run_id);
  auto of_first = w.events_of(first);
  CHECK(w.refuses(second, [&](std::vector<perdure::event>& events) {
    put(*all_of(events, event_type::activity_task_completed)[0],
        &e::activity_task_completed::result,
        all_of(of_first, event_type::activity_task_completed)[0]
            ->get<e::activity_task_completed>()
            .result);
  }));
  CHECK(w.refuses(second, [&](std::vector<perdure::event>& events) {
    put(*all_of(events, event_type::activity_task_scheduled)[0], &e::activity_task_scheduled::input,
        all_of(of_first, event_type::activity_task_scheduled)[0]
            ->get<e::activity_task_scheduled>()
            .input);
  }));
}

TEST_CASE("what another workflow was given, or gave, is refused", "[encryption]") {
  guarded_world w;
  auto const first = w.run("w");
  auto const other = w.run("v");
  auto of_first = w.events_of(first);
  CHECK(w.refuses(other, [&](std::vector<perdure::event>& events) {
    put(events.front().attributes, &e::workflow_execution_started::input,
        of_first.front().as<e::workflow_execution_started>().input);
  }));
  CHECK(w.refuses(other, [&](std::vector<perdure::event>& events) {
    put(events.back().attributes, &e::workflow_execution_completed::result,
        of_first.back().as<e::workflow_execution_completed>().result);
  }));
}

TEST_CASE("a run that was reset or forked reads what its base wrote", "[encryption]") {
  guarded_world w;
  auto const run = w.run("w");
  perdure::event_id last = 0;
  for (auto const& each : w.events_of(run))
    if (each.type == event_type::workflow_task_started) last = each.id;
  auto const again = w.backend.reset_workflow({run, last, "again", "tester"});
  CHECK(w.client.get_handle<two_steps>("w").result() == "secret");
  CHECK_FALSE(w.refuses(again, {}));
  auto const fork = w.backend.fork_workflow({again, last, "fork", "why", "tester"});
  CHECK(w.client.get_handle<two_steps>("fork").result() == "secret");
  CHECK_FALSE(w.refuses(fork, {}));
  auto const twice = w.backend.fork_workflow({fork, last, "twice", "why", "tester"});
  CHECK(w.client.get_handle<two_steps>("twice").result() == "secret");
  CHECK_FALSE(w.refuses(twice, {}));
  auto const reset_fork = w.backend.reset_workflow({twice, last, "again", "tester"});
  CHECK(w.client.get_handle<two_steps>("twice").result() == "secret");
  CHECK_FALSE(w.refuses(reset_fork, {}));
}
