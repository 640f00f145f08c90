// A world in virtual time: a backend, one worker and a client. What runs in it can be replayed afterwards.
#pragma once

#include <perdure/perdure.hpp>

#include "support/catch.hpp"

#include <string>
#include <utility>

namespace perdure_test {

using virtual_worker = perdure::worker<perdure::memory_backend>;

/// Time as the backend has it, since its start.
inline auto since_start(perdure::time_point at) -> perdure::duration {
  return at - perdure::memory_backend_options{}.start_time;
}

/// One worker for the queue "tests", which knows F. It starts when the first workflow does, so that a test
/// can register more before that.
template <auto... F>
class virtual_world {
public:
  /// `cached`: how many live runs the worker keeps; with 0 every workflow task replays its run.
  explicit virtual_world(std::size_t cached = 10'000) : cached_{cached} {
    worker.template add<F...>();
  }

  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};

private:
  std::size_t cached_;

public:
  virtual_worker worker{backend, {.task_queue = "tests", .max_cached_workflows = cached_}};
  perdure::client<perdure::memory_backend> client{backend};

  /// Starts W under the id "w" with options of its own, if any.
  template <auto W, class... A>
  auto start_with(perdure::workflow_options options, A... arguments) {
    worker.start();
    if (options.id.empty()) options.id = "w";
    if (options.task_queue.empty()) options.task_queue = "tests";
    return client.template start_workflow<W>(std::move(arguments)..., std::move(options));
  }
  template <auto W, class... A>
  auto start(A... arguments) {
    return start_with<W>({}, std::move(arguments)...);
  }
  /// Runs W to its end, replays its history, and gives its result.
  template <auto W, class... A>
  auto run(A... arguments) {
    auto const handle = start<W>(std::move(arguments)...);
    if constexpr (std::is_void_v<decltype(handle.result())>) {
      handle.result();
      check_replay();
    } else {
      auto result = handle.result();
      check_replay();
      return result;
    }
  }
  [[nodiscard]] auto history(std::string const& id = "w") const -> perdure::history {
    return client.get_handle(id).fetch_history();
  }
  /// The recorded history and the code must agree, from the first event to the last.
  void check_replay(std::string const& id = "w") const {
    perdure::replayer replayer;
    replayer.add<F...>();
    auto const replayed = replayer.replay(history(id));
    INFO(replayed.problem);
    CHECK(replayed.ok());
    CHECK(replayed.commands.empty());
  }
  /// How often history holds an event.
  [[nodiscard]] auto count(perdure::event_type type, std::string const& id = "w") const -> int {
    int found = 0;
    for (auto const& each : history(id).events) found += each.type == type ? 1 : 0;
    return found;
  }
  /// The first event of a type. Fails the test if there is none.
  [[nodiscard]] auto first(perdure::event_type type, std::string const& id = "w") const
      -> perdure::event {
    for (auto const& each : history(id).events)
      if (each.type == type) return each;
    FAIL("history of " << id << " has no event " << perdure::name_of(type));
    return {};
  }
  /// Lets everything happen that can happen without time passing.
  void settle() { backend.advance(perdure::duration{}); }
};

/// Runs a test with a worker that keeps runs alive, and with one that replays them at every task.
template <class World, class Test>
void live_and_replayed(Test test) {
  for (std::size_t const cached : {std::size_t{10'000}, std::size_t{0}}) {
    CAPTURE(cached);
    World world{cached};
    test(world);
  }
}

} // namespace perdure_test
