// What clients read of a backend in memory, and wait for.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/virtual_time.hpp"
#include "perdure/data/detail/idle_wait.hpp"
#include "perdure/engine/describe.hpp"
#include "perdure/engine/listing.hpp"

namespace perdure::inline v0::detail {

/// Base of `basic_memory_backend`, whose store it reads under its lock.
template <class Backend>
class memory_reading {
public:
  [[nodiscard]] auto describe_workflow(workflow_execution const& run) -> workflow_description {
    typename Backend::call scope{self()};
    typename Backend::tasks{self()}.start_children(scope);
    return engine::describe(self().engine_.find(run));
  }
  /// \throws error (invalid_argument)
  [[nodiscard]] auto list_workflows(list_filter const& filter) -> list_page {
    typename Backend::call scope{self()};
    typename Backend::tasks{self()}.start_children(scope);
    return engine::list_runs(self().store_, self().store_.last_run(), filter);
  }
  [[nodiscard]] auto count_workflows(list_filter const& filter) -> std::size_t {
    typename Backend::call scope{self()};
    typename Backend::tasks{self()}.start_children(scope);
    return engine::count_runs(self().store_, self().store_.last_run(), filter);
  }
  [[nodiscard]] auto read_audit(workflow_execution const& run) -> std::vector<audit_record> {
    typename Backend::call scope{self()};
    return self().store_.read_audit(run);
  }
  [[nodiscard]] auto read_history(workflow_execution const& run) -> history {
    typename Backend::call scope{self()};
    typename Backend::tasks{self()}.start_children(scope);
    engine::run_state const& found = self().engine_.find(run);
    history read{};
    read.workflow_id = found.execution.workflow_id;
    read.events = found.history.to_vector();
    return read;
  }
  /// Waits for the end of a run and of those that continue it; gives the last event of the last
  /// one.
  /// \throws error (not_found) if it is deleted meanwhile; (stalled) in virtual time, when nothing
  /// is left that could bring the end about.
  [[nodiscard]] auto wait_for_close(workflow_execution const& target) -> event {
    if (self().is_virtual()) return typename Backend::driver{self()}.drive_to_close(target);
    std::unique_lock lock{self().mutex_};
    self().require_whole();
    run_number number = self().engine_.find(target).number;
    while (true) {
      engine::run_state* run = &self().engine_.find(target, number);
      ++run->waiters;
      idle_wait(self().run_closed_, lock, [&] {
        run = self().store_.find_run(number);
        return run == nullptr || !run->open() || self().half_done_;
      });
      self().require_whole();
      run = &self().engine_.find(target, number);
      --run->waiters;
      if (run->next == 0) return run->history.back();
      number = run->next;
    }
  }

private:
  friend Backend;
  friend virtual_time<Backend>;
  // ---- for virtual_time
  [[nodiscard]] auto number_of(workflow_execution const& target) -> run_number {
    self().require_whole();
    return self().engine_.find(target).number;
  }
  /// The end of a run or of what continues it; `number` then is that of the last one.
  [[nodiscard]] auto end_of(run_number& number) -> std::optional<event> {
    self().require_whole();
    engine::run_state const* run = self().store_.find_run(number);
    while (run != nullptr && !run->open() && run->next != 0) {
      number = run->next;
      run = self().store_.find_run(number);
    }
    if (run == nullptr) throw error{errc::not_found, "the run was deleted while it was waited for"};
    return run->open() ? std::nullopt : std::optional{run->history.back()};
  }
  [[nodiscard]] auto explain_stall(run_number number) -> std::string {
    return engine::explain_stall(*self().store_.find_run(number));
  }
  [[nodiscard]] auto events_of(run_number number) -> std::size_t {
    engine::run_state const* const run = self().store_.find_run(number);
    return run == nullptr ? 0 : run->history.size();
  }
  [[nodiscard]] auto only_schedules_go_on(run_number number) -> bool {
    engine::run_state const* const run = self().store_.find_run(number);
    return run != nullptr && run->open() && self().store_.only_schedules_go_on(number);
  }
  memory_reading() = default;
  ~memory_reading() = default;
  [[nodiscard]] auto self() noexcept -> Backend& { return static_cast<Backend&>(*this); }
};

} // namespace perdure::inline v0::detail
