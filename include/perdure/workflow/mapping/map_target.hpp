// What a map calls for each of its inputs, without their types.
#pragma once

#include <cstddef>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/history/history_json.hpp"
#include "perdure/workflow/child_workflow.hpp"
#include "perdure/workflow/execute_activity.hpp"

namespace perdure::inline v0::detail {

/// A target as a shard is told of it.
struct recorded_target {
  bool is_child{};
  std::string attributes{}; ///< Of the event that asks for it, as JSON.
  std::string metadata{};   ///< JSON; empty: none.
  replay::cancellation_type on_cancel{};
};

/// A call that lacks its input.
template <class Unused>
class basic_map_target {
public:
  explicit basic_map_target(operation_request call) : call_{std::move(call)} {}
  explicit basic_map_target(recorded_target const& from) {
    call_.on_cancel = from.on_cancel;
    if (from.is_child) {
      call_.kind = replay::operation_kind::child_workflow;
      this->template read<child>(from);
    } else {
      call_.kind = replay::operation_kind::activity;
      this->template read<activity>(from);
    }
    if (!from.metadata.empty())
      call_.metadata = struct_from_json<perdure::user_metadata>(from.metadata);
  }

  /// For the `index`-th input. An id that was asked for gets `_<index>` appended.
  [[nodiscard]] auto call(std::size_t index, payloads input) const -> lazy_operation<payloads> {
    operation_request made{call_.kind, call_.on_cancel, {}, call_.source, call_.metadata};
    if (is_child()) {
      child asked = call_.attributes.get<child>();
      if (!asked.workflow_id.empty())
        asked.workflow_id = asked.workflow_id.str() + "_" + std::to_string(index);
      asked.input = std::move(input);
      made.attributes = event_attributes::make(std::move(asked));
    } else {
      activity asked = call_.attributes.get<activity>();
      if (!asked.activity_id.empty()) asked.activity_id += "_" + std::to_string(index);
      asked.input = std::move(input);
      made.attributes = event_attributes::make(std::move(asked));
    }
    return lazy_operation<payloads>{std::move(made)};
  }

  [[nodiscard]] auto record() const -> recorded_target {
    recorded_target to{.is_child = is_child(), .on_cancel = call_.on_cancel};
    to.attributes = is_child() ? struct_to_json(call_.attributes.get<child>())
                               : struct_to_json(call_.attributes.get<activity>());
    if (call_.metadata) to.metadata = struct_to_json(*call_.metadata);
    return to;
  }
  /// Of what is called.
  [[nodiscard]] auto name() const -> std::string_view {
    return is_child() ? call_.attributes.get<child>().workflow_type.view()
                      : call_.attributes.get<activity>().activity_type.view();
  }
  [[nodiscard]] auto source() const noexcept -> std::source_location { return call_.source; }

private:
  using activity = events::activity_task_scheduled;
  using child = events::start_child_workflow_execution_initiated;

  template <class Asked>
  void read(recorded_target const& from) {
    call_.attributes = event_attributes::make(struct_from_json<Asked>(from.attributes));
  }
  [[nodiscard]] auto is_child() const noexcept -> bool {
    return call_.kind == replay::operation_kind::child_workflow;
  }

  operation_request call_{};
};
using map_target = basic_map_target<void>;

} // namespace perdure::inline v0::detail
