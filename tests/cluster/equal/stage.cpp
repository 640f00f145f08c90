#include "stage.hpp"

#include <chrono>
#include <deque>
#include <fstream>
#include <map>
#include <stdexcept>
#include <thread>

namespace equal {
namespace {

constexpr auto limit = 30s;

} // namespace

void gate::wait_until_reached() {
  std::unique_lock lock{mutex_};
  if (!changed_.wait_for(lock, limit, [this] { return is_reached_; }))
    throw std::runtime_error{"no activity came to the gate"};
}

auto gate_of(std::string const& name) -> gate& {
  static std::mutex mutex;
  static std::map<std::string, gate> gates;
  std::lock_guard const lock{mutex};
  return gates[name];
}

/// The first event of the run of which that holds. A client cannot wait for one: it looks again.
auto stage::until(execution const& run, predicate const& holds) const -> perdure::event {
  auto const end = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < end) {
    for (auto const& each : handle_of(run).fetch_history().events)
      if (holds(each)) return each;
    std::this_thread::sleep_for(5ms);
  }
  throw std::runtime_error{run.workflow_id.str() + ": what was waited for has not happened"};
}

void stage::until_tasks(execution const& run, int count) const {
  (void)until(run, [count, done = 0](perdure::event const& each) mutable {
    if (each.id == 1) done = 0; // it looks at the whole history again
    done += each.type == perdure::event_type::workflow_task_completed ? 1 : 0;
    return done == count;
  });
}

auto stage::child_of(execution const& parent, std::string const& child) const -> untyped_handle {
  using perdure::events::child_workflow_execution_started;
  std::string const id = parent.workflow_id.str() + "/" + child;
  auto const event = until(parent, [&](perdure::event const& each) {
    auto const* const started = each.attributes.get_if<child_workflow_execution_started>();
    return started != nullptr && started->workflow_execution.workflow_id == id;
  });
  (void)until(parent, [&](perdure::event const& each) {
    return each.id > event.id && each.type == perdure::event_type::workflow_task_completed;
  });
  auto handle = handle_of(event.as<child_workflow_execution_started>().workflow_execution);
  until_tasks(handle, 1);
  return handle;
}

namespace {

/// Of the run that begins with this one's end, if there is one.
auto next_run_id(perdure::event const& event) -> perdure::shared_string {
  using namespace perdure::events;
  perdure::shared_string found;
  auto const look = [&]<class End>() {
    if (auto const* const end = event.attributes.get_if<End>()) found = end->new_execution_run_id;
  };
  look.operator()<workflow_execution_completed>();
  look.operator()<workflow_execution_failed>();
  look.operator()<workflow_execution_timed_out>();
  look.operator()<workflow_execution_continued_as_new>();
  return found;
}

/// The runs that an event names as begun by it.
auto begun_by(perdure::event const& event, execution const& run) -> std::vector<execution> {
  using perdure::events::child_workflow_execution_started;
  if (auto const* const child = event.attributes.get_if<child_workflow_execution_started>())
    return {child->workflow_execution};
  if (auto const following = next_run_id(event); !following.empty())
    return {{run.workflow_id, following}};
  return {};
}

} // namespace

auto stage::next_of(untyped_handle const& run) const -> untyped_handle {
  auto const event =
      until(run.execution(), [](perdure::event const& each) { return !next_run_id(each).empty(); });
  auto handle = handle_of({run.execution().workflow_id, next_run_id(event)});
  until_tasks(handle, 1);
  return handle;
}

auto write_histories(stage const& on, std::filesystem::path const& folder) -> int {
  std::map<std::string, int> numbers;
  std::deque<execution> waiting{on.runs.begin(), on.runs.end()};
  int count = 0;
  for (; !waiting.empty(); waiting.pop_front(), ++count) {
    execution const run = waiting.front();
    std::string id = run.workflow_id.str();
    auto const history = on.client.get_handle(id, run.run_id.str()).fetch_history();
    for (char& c : id)
      if (c == '/') c = '+';
    std::string const number = std::to_string(++numbers[id]);
    std::ofstream file{folder / (on.name + "." + id + "." + number + ".json")};
    file << history.to_json() << '\n';
    if (!file.flush()) throw std::runtime_error{"cannot write into " + folder.string()};
    for (auto const& event : history.events)
      for (auto& each : begun_by(event, run)) waiting.push_back(std::move(each));
  }
  return count;
}

} // namespace equal
