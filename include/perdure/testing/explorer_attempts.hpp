// Attempts of activities in an explored run: they run on the explorer's thread, when it is their
// turn.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "perdure/engine/activities.hpp"
#include "perdure/execution/activity_interception.hpp"
#include "perdure/history/task.hpp"
#include "perdure/testing/explorer_program.hpp"

namespace perdure::inline v0::detail {

/// An attempt that was handed out and has no answer yet.
struct explorer_pending {
  std::uint32_t number{};
  activity_task task{};
  bool asked_to_stop{false};
  bool counts_no_more{false};

  [[nodiscard]] auto asked() const -> events::activity_task_scheduled const& {
    return task.scheduled.get<events::activity_task_scheduled>();
  }
  [[nodiscard]] auto tries_forever() const noexcept -> bool {
    auto const& policy = asked().retry_policy;
    return !policy || policy->maximum_attempts == 0;
  }
  /// When it times out; the end of time if it does not.
  [[nodiscard]] auto deadline() const -> time_point {
    time_point first = time_point::max();
    auto const before = [&](time_point from, std::optional<duration> const& wait) {
      if (wait && *wait > duration{}) first = std::min(first, engine::later(from, *wait));
    };
    before(task.started_time, asked().start_to_close_timeout);
    before(task.started_time, asked().heartbeat_timeout);
    before(task.scheduled_time, asked().schedule_to_close_timeout);
    return first;
  }
};

class explorer_attempts {
public:
  [[nodiscard]] static auto injected_failure() -> activity_outcome {
    activity_outcome failed{};
    failed.what = activity_outcome::kind::failed;
    failure& why = failed.why.make();
    why.message = "the explorer made it fail";
    why.source = "perdure";
    why.info = application_failure_info{.type = "Explored", .non_retryable = true};
    return failed;
  }
  /// Runs an attempt to its end.
  /// \throws error (not_registered; invalid_argument if it does not end with its function)
  [[nodiscard]] auto run(explorer_program const& program, activity_task const& task)
      -> activity_outcome {
    auto const& asked = task.scheduled.get<events::activity_task_scheduled>();
    activity_function* const function = program.activity(asked.activity_type.view());
    if (function == nullptr)
      throw error{errc::not_registered,
                  "explorer: no activity is known as '" + asked.activity_type.str() +
                      "': add it, or give a stub (known: " + program.known.activity_names() + ")"};
    auto made = std::make_unique<attempt>();
    made->context.task = task;
    made->context.equip(nullptr, program.options.data_converter.get());
    made->context.log.silent = true;
    run_attempt(*function, *made, program.options.interceptors);
    if (made->outcome && made->outcome->what != activity_outcome::kind::later)
      return std::move(*made->outcome);
    unfinished_.push_back(std::move(made)); // whoever ends it finds it alive
    throw error{errc::invalid_argument, "explorer: activity '" + asked.activity_type.str() +
                                            "' does not end with its function: give a stub"};
  }

private:
  struct attempt final : activity_attempt {
    std::optional<activity_outcome> outcome{};
    void finish(activity_outcome&& ended) override { outcome = std::move(ended); }
  };
  std::vector<std::unique_ptr<attempt>> unfinished_{};
};

} // namespace perdure::inline v0::detail
