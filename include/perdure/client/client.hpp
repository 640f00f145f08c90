// A client: starts workflows, waits for them, and talks to them.
#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/random_uuid.hpp"
#include "perdure/client/async_activity_handle.hpp"
#include "perdure/client/schedule_handle.hpp"
#include "perdure/client/visibility.hpp"
#include "perdure/client/with_start.hpp"
#include "perdure/client/workflow_handle.hpp"
#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/priority_options.hpp"

namespace perdure::inline v0 {

/// How a workflow is started. Names, meanings and defaults are Temporal's; a zero duration is
/// unset.
struct workflow_options {
  std::string id{};                      ///< Must be set: the name of this piece of work.
  std::string task_queue{};              ///< Must be set: the queue that a worker polls.
  duration workflow_execution_timeout{}; ///< Of all runs: retries and continue-as-new included.
  duration workflow_run_timeout{};       ///< Of one run.
  duration workflow_task_timeout{};      ///< Of one workflow task; unset: 10 s.
  perdure::retry_policy retry_policy{};  ///< Unset: a failed workflow is not retried.
  workflow_id_reuse_policy id_reuse_policy{};       ///< After it closed. Unset: allow_duplicate.
  workflow_id_conflict_policy id_conflict_policy{}; ///< While it runs. Unset: fail.
  /// False: where the policies forbid another run, the handle is of the current or last one, as in
  /// Temporal's Go SDK. With reject_duplicate: the work is done once, whoever asks for it again.
  bool error_when_already_started{true};
  duration start_delay{}; ///< Before its first workflow task.
  /// "minute hour day month weekday", "@daily" and its like or "@every 90m", in UTC unless it
  /// begins with "CRON_TZ=Europe/Berlin ": runs the workflow at these times, one run after the
  /// other, each with the last result (see `last_completion_result`), until it is cancelled or
  /// terminated. Of two restricted days one is enough. New programs are better served by
  /// `create_schedule`.
  std::string cron_schedule{};
  payload_map memo{};
  payload_map search_attributes{}; ///< `{customer("acme")}`, see `search_attribute`.
  perdure::priority priority{}; ///< Of its tasks, and of what it starts unless that says otherwise.
  std::string static_summary{}; ///< Says in one line what it is for; shown by tools.
  std::string static_details{}; ///< More of that, in Markdown.
};

namespace detail {

template <auto F>
[[nodiscard]] auto start_request(payloads input, workflow_options options)
    -> start_workflow_request {
  static_assert(detail::callable<F>::is_checked && detail::callable<F>::is_workflow_function,
                "perdure: a workflow is a function that returns workflow<T>");
  start_workflow_request request{};
  request.workflow_id = options.id;
  request.workflow_type = detail::shared_wire_name<F>();
  request.task_queue = options.task_queue;
  request.input = std::move(input);
  request.workflow_execution_timeout = options.workflow_execution_timeout;
  request.workflow_run_timeout = options.workflow_run_timeout;
  request.workflow_task_timeout = options.workflow_task_timeout;
  request.retry_policy = std::move(options.retry_policy);
  request.id_reuse_policy = options.id_reuse_policy;
  request.id_conflict_policy = options.id_conflict_policy;
  request.start_delay = options.start_delay;
  if (detail::is_set(options.priority)) {
    detail::check_priority(options.priority, "workflow '" + options.id + "'");
    request.priority = std::move(options.priority);
  }
  if (!options.cron_schedule.empty()) request.cron_schedule = options.cron_schedule;
  if (!options.memo.empty()) request.memo = std::move(options.memo);
  if (!options.search_attributes.empty())
    request.search_attributes = std::move(options.search_attributes);
  request.user_metadata = metadata_of(options.static_summary, options.static_details);
  return request;
}

} // namespace detail

/// Starts workflows on a backend and finds those that run. Thread-safe as far as the backend is.
template <backend B>
class client : public detail::with_start_calls<client<B>, workflow_options, B>,
               public detail::schedule_calls<client<B>, B>,
               public detail::visibility_calls<client<B>> {
public:
  explicit client(B& backend) noexcept : backend_{backend} {}
  client(B& backend, client_options options) : backend_{backend, std::move(options)} {}

  /// A handle of the run with these ids (without a run id: of the current one). Nothing is looked
  /// up.
  template <auto F>
  [[nodiscard]] auto get_handle(std::string workflow_id, std::string run_id = {}) const
      -> workflow_handle<detail::result_of<F>, B> {
    return {*backend_, {workflow_id, run_id}};
  }
  /// The same for a workflow whose result type is T, or whose result is not asked for.
  template <class T = void>
  [[nodiscard]] auto get_handle(std::string workflow_id, std::string run_id = {}) const
      -> workflow_handle<T, B> {
    return {*backend_, {workflow_id, run_id}};
  }

  /// A handle of the attempt that a token names; see `complete_asynchronously`. Nothing is looked
  /// up.
  /// \throws error (invalid_argument) if it is no token
  [[nodiscard]] auto get_async_activity_handle(activity_token const& token) const
      -> async_activity_handle<B> {
    return {*backend_, token};
  }
  /// A handle of the open activity with an id, whichever attempt of it runs. An empty run id: of
  /// the current run. Nothing is looked up.
  [[nodiscard]] auto get_async_activity_handle(std::string workflow_id, std::string run_id,
                                               std::string activity_id) const
      -> async_activity_handle<B> {
    return {*backend_, {workflow_id, run_id}, std::move(activity_id)};
  }

  /// A handle of an update that somebody has sent, whose result is an R. Nothing is looked up.
  template <class R = void>
  [[nodiscard]] auto get_update_handle(std::string workflow_id, std::string update_id,
                                       std::string run_id = {}) const -> update_handle<R, B> {
    return {*backend_, {workflow_id, run_id}, update_id};
  }

  /// One page; the next one by `filter.next_page_token`. \throws error (invalid_argument)
  [[nodiscard]] auto list_workflows(list_filter const& filter = {}) const -> list_page {
    return backend_->list_workflows(filter);
  }
  [[nodiscard]] auto count_workflows(list_filter const& filter = {}) const -> std::size_t {
    return backend_->count_workflows(filter);
  }

  /// New runs, and those that upgrade by themselves, go on at this build of a deployment from their
  /// next task on; with an empty build id, at workers without a version. Runs that are pinned stay
  /// where they are. The build's workers may come later.
  /// \throws error (invalid_argument)
  void set_current_version(std::string_view deployment, std::string_view build_id) const {
    backend_->set_current_version(deployment, build_id);
  }
  /// The builds of a deployment, which one is current, and how many open runs are pinned to each.
  /// \throws error (not_found)
  [[nodiscard]] auto describe_deployment(std::string_view name) const -> deployment_description {
    return backend_->describe_deployment(name);
  }

  /// Gives activity F of a run the result `value`. The handle is of the run that goes on: the same
  /// one if the activity is open; else a new one, whose copy of history has the new result.
  /// \throws error (not_found, invalid_argument, already_closed, backend_busy, limit_exceeded)
  template <auto F, class T>
    requires(!std::is_void_v<detail::result_of<F>>)
  auto override_activity_result(workflow_handle<T, B> const& run, std::string id,
                                std::type_identity_t<detail::result_of<F>> const& value,
                                std::string reason = {}) const -> workflow_handle<T, B> {
    return {
        *backend_,
        backend_->override_activity_result(
            {run.execution(), std::move(id), 0, backend_.encode(value), std::move(reason), {}})};
  }
  template <auto F, class T>
    requires(std::is_void_v<detail::result_of<F>>)
  auto override_activity_result(workflow_handle<T, B> const& run, std::string id,
                                std::string reason = {}) const -> workflow_handle<T, B> {
    return {*backend_, backend_->override_activity_result(
                           {run.execution(), std::move(id), 0, {}, std::move(reason), {}})};
  }

  // `start_workflow<f>(arguments..., options)` starts a run and gives its handle;
  // `execute_workflow<f>(arguments..., options)` also waits for its result.
  // Errors: `error` (already_started, invalid_argument) at the start; see workflow_handle::result
  // for the rest. One overload for each number of parameters, since braces cannot be passed through
  // a pack.

  template <auto F>
    requires(detail::arity<F> == 0)
  auto start_workflow(workflow_options options) const -> workflow_handle<detail::result_of<F>, B> {
    return start<F>(backend_.encode(), std::move(options));
  }
  template <auto F>
    requires(detail::arity<F> == 0)
  auto execute_workflow(workflow_options options) const -> detail::result_of<F> {
    return start_workflow<F>(std::move(options)).result();
  }

  template <auto F>
    requires(detail::arity<F> == 1)
  auto start_workflow(detail::parameter<F, 0> const& a0, workflow_options options) const
      -> workflow_handle<detail::result_of<F>, B> {
    return start<F>(backend_.encode(a0), std::move(options));
  }
  template <auto F>
    requires(detail::arity<F> == 1)
  auto execute_workflow(detail::parameter<F, 0> const& a0, workflow_options options) const
      -> detail::result_of<F> {
    return start_workflow<F>(a0, std::move(options)).result();
  }

  template <auto F>
    requires(detail::arity<F> == 2)
  auto start_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                      workflow_options options) const -> workflow_handle<detail::result_of<F>, B> {
    return start<F>(backend_.encode(a0, a1), std::move(options));
  }
  template <auto F>
    requires(detail::arity<F> == 2)
  auto execute_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                        workflow_options options) const -> detail::result_of<F> {
    return start_workflow<F>(a0, a1, std::move(options)).result();
  }

  template <auto F>
    requires(detail::arity<F> == 3)
  auto start_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                      detail::parameter<F, 2> const& a2, workflow_options options) const
      -> workflow_handle<detail::result_of<F>, B> {
    return start<F>(backend_.encode(a0, a1, a2), std::move(options));
  }
  template <auto F>
    requires(detail::arity<F> == 3)
  auto execute_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                        detail::parameter<F, 2> const& a2, workflow_options options) const
      -> detail::result_of<F> {
    return start_workflow<F>(a0, a1, a2, std::move(options)).result();
  }

  template <auto F>
    requires(detail::arity<F> == 4)
  auto start_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                      detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                      workflow_options options) const -> workflow_handle<detail::result_of<F>, B> {
    return start<F>(backend_.encode(a0, a1, a2, a3), std::move(options));
  }
  template <auto F>
    requires(detail::arity<F> == 4)
  auto execute_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                        detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                        workflow_options options) const -> detail::result_of<F> {
    return start_workflow<F>(a0, a1, a2, a3, std::move(options)).result();
  }

  template <auto F>
    requires(detail::arity<F> == 5)
  auto start_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                      detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                      detail::parameter<F, 4> const& a4, workflow_options options) const
      -> workflow_handle<detail::result_of<F>, B> {
    return start<F>(backend_.encode(a0, a1, a2, a3, a4), std::move(options));
  }
  template <auto F>
    requires(detail::arity<F> == 5)
  auto execute_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                        detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                        detail::parameter<F, 4> const& a4, workflow_options options) const
      -> detail::result_of<F> {
    return start_workflow<F>(a0, a1, a2, a3, a4, std::move(options)).result();
  }

  template <auto F>
    requires(detail::arity<F> == 6)
  auto start_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                      detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                      detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                      workflow_options options) const -> workflow_handle<detail::result_of<F>, B> {
    return start<F>(backend_.encode(a0, a1, a2, a3, a4, a5), std::move(options));
  }
  template <auto F>
    requires(detail::arity<F> == 6)
  auto execute_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                        detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                        detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                        workflow_options options) const -> detail::result_of<F> {
    return start_workflow<F>(a0, a1, a2, a3, a4, a5, std::move(options)).result();
  }

  template <auto F>
    requires(detail::arity<F> == 7)
  auto start_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                      detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                      detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                      detail::parameter<F, 6> const& a6, workflow_options options) const
      -> workflow_handle<detail::result_of<F>, B> {
    return start<F>(backend_.encode(a0, a1, a2, a3, a4, a5, a6), std::move(options));
  }
  template <auto F>
    requires(detail::arity<F> == 7)
  auto execute_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                        detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                        detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                        detail::parameter<F, 6> const& a6, workflow_options options) const
      -> detail::result_of<F> {
    return start_workflow<F>(a0, a1, a2, a3, a4, a5, a6, std::move(options)).result();
  }

  template <auto F>
    requires(detail::arity<F> == 8)
  auto start_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                      detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                      detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                      detail::parameter<F, 6> const& a6, detail::parameter<F, 7> const& a7,
                      workflow_options options) const -> workflow_handle<detail::result_of<F>, B> {
    return start<F>(backend_.encode(a0, a1, a2, a3, a4, a5, a6, a7), std::move(options));
  }
  template <auto F>
    requires(detail::arity<F> == 8)
  auto execute_workflow(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                        detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                        detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                        detail::parameter<F, 6> const& a6, detail::parameter<F, 7> const& a7,
                        workflow_options options) const -> detail::result_of<F> {
    return start_workflow<F>(a0, a1, a2, a3, a4, a5, a6, a7, std::move(options)).result();
  }

private:
  friend detail::with_start_calls<client<B>, workflow_options, B>;
  friend detail::schedule_calls<client<B>, B>;
  template <auto F>
  [[nodiscard]] static auto request_of(payloads input, workflow_options options)
      -> start_workflow_request {
    return detail::start_request<F>(std::move(input), std::move(options));
  }
  template <auto F>
  auto start(payloads input, workflow_options options) const
      -> workflow_handle<detail::result_of<F>, B> {
    bool const must_start = options.error_when_already_started;
    start_workflow_request request = request_of<F>(std::move(input), std::move(options));
    try {
      return {*backend_, backend_.start_workflow(request).execution};
    } catch (error const& why) {
      if (why.code() != errc::already_started || must_start) throw;
    }
    return {*backend_, backend_->describe_workflow({request.workflow_id, {}}).execution};
  }

  detail::client_route<B> backend_;
};

} // namespace perdure::inline v0
