// Tells those who look into a run what happens in it.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/execution/worker_interceptor.hpp"
#include "perdure/history/task.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

class run_interceptors final : public run_hooks {
public:
  /// Those who look into a run; null if nobody does.
  [[nodiscard]] static auto make(worker_interceptors const& from) -> owned<run_interceptors> {
    std::vector<std::unique_ptr<workflow_interceptor>> all;
    for (auto const& each : from)
      if (auto made = each->intercept_workflow()) all.push_back(std::move(made));
    if (all.empty()) return nullptr;
    return owned<run_interceptors>{new run_interceptors{std::move(all)}};
  }
  /// Of a run that has some; null in others.
  [[nodiscard]] static auto of(run_context const& run) noexcept -> run_interceptors* {
    return static_cast<run_interceptors*>(run.hooks.get());
  }

  void started(run_context& run) {
    auto const& first = run.machine.started().get<events::workflow_execution_started>();
    tell(run, {first.workflow_type, first.input, named_values{first.header}},
         &workflow_interceptor::started);
  }
  void signaled(run_context& run, events::workflow_execution_signaled const& signal) {
    tell(run, {signal.signal_name, signal.input, named_values{signal.header}},
         &workflow_interceptor::signaled);
  }
  void updated(run_context& run, update_input const& input) override {
    tell(run, {input.name, input.args, named_values{input.header}}, &workflow_interceptor::updated);
  }
  void update_ended(run_context& run, update_request const& which,
                    update_outcome const& outcome) override {
    update_end const end{which.input.name.view(), which.meta.update_id.view(), outcome.success,
                         outcome.failure.get(), run.machine.replaying()};
    enter_read_only const section{run, what, {}};
    for (auto const& each : all_) each->update_ended(end);
  }
  void queried(run_context& run, workflow_query const& asked, query_answer const& answer) {
    incoming_call const call{asked.type, asked.arguments, named_values{asked.header}, false};
    enter_read_only const section{run, what, {}};
    for (auto const& each : all_) each->queried(call, answer.failed.get());
  }
  void outgoing(run_context& run, event_attributes& attributes, bool local) override {
    switch (attributes.type()) {
    case event_type::activity_task_scheduled:
      return send<events::activity_task_scheduled>(
          run, attributes, local ? outgoing_kind::local_activity : outgoing_kind::activity);
    case event_type::start_child_workflow_execution_initiated:
      return send<events::start_child_workflow_execution_initiated>(run, attributes,
                                                                    outgoing_kind::child_workflow);
    case event_type::signal_external_workflow_execution_initiated:
      return send<events::signal_external_workflow_execution_initiated>(
          run, attributes, outgoing_kind::signal_external);
    case event_type::workflow_execution_continued_as_new:
      return send<events::workflow_execution_continued_as_new>(run, attributes,
                                                               outgoing_kind::continue_as_new);
    default: return; // nothing that has a header
    }
  }
  /// `last`: of the terminal command.
  void ended(run_context& run, event_attributes const& last) {
    workflow_end end{};
    end.replaying = run.machine.replaying();
    switch (last.type()) {
    case event_type::workflow_execution_failed:
      end.how = workflow_ending::failed;
      end.why = last.get<events::workflow_execution_failed>().failure.get();
      break;
    case event_type::workflow_execution_canceled: end.how = workflow_ending::cancelled; break;
    case event_type::workflow_execution_continued_as_new:
      end.how = workflow_ending::continued_as_new;
      break;
    default: break;
    }
    enter_read_only const section{run, what, {}};
    for (auto const& each : all_) each->ended(end);
  }
  void evicted() noexcept {
    for (auto const& each : all_) each->evicted();
  }

private:
  static constexpr char const* what = "an interceptor";

  explicit run_interceptors(std::vector<std::unique_ptr<workflow_interceptor>> all) noexcept
      : all_{std::move(all)} {}

  void tell(run_context& run, incoming_call call,
            void (workflow_interceptor::*hook)(incoming_call const&)) {
    call.replaying = run.machine.replaying();
    enter_read_only const section{run, what, {}};
    for (auto const& each : all_) (each.get()->*hook)(call);
  }
  template <class A>
  [[nodiscard]] static auto name_of(A const& asked) -> std::string_view {
    if constexpr (requires { asked.activity_type; })
      return asked.activity_type.view();
    else if constexpr (requires { asked.signal_name; })
      return asked.signal_name.view();
    else
      return asked.workflow_type.view();
  }
  template <class A>
  void send(run_context& run, event_attributes& attributes, outgoing_kind kind) {
    A const& asked = attributes.get<A>();
    if constexpr (requires { asked.child_workflow_only; })
      if (asked.child_workflow_only) kind = outgoing_kind::signal_child;
    indirect<payload_map> header = asked.header;
    outgoing_call call{kind, name_of(asked), asked.input, run.machine.replaying(), header};
    enter_read_only const section{run, what, {}};
    for (auto const& each : all_) each->outgoing(call);
    if (header == asked.header) return;
    A changed = asked; // that of a local activity's earlier attempt, which may still run
    changed.header = std::move(header);
    attributes = event_attributes::make(std::move(changed));
  }

  std::vector<std::unique_ptr<workflow_interceptor>> all_;
};

} // namespace perdure::inline v0::detail
