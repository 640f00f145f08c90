// Attempts whose answers come from elsewhere than the worker that was given them.
#pragma once

#include <string>
#include <utility>

#include "perdure/engine/engine.hpp"
#include "perdure/engine/override.hpp"
#include "perdure/engine/run_control.hpp"

namespace perdure::inline v0::engine {

/// The attempt that runs of the open activity with an id. \throws error (not_found, already_closed;
/// task_lost: it waits for a worker or for its next attempt)
template <store S>
[[nodiscard]] auto running_attempt_of(step_context<S>& step, async_activity_answer const& answer)
    -> activity_task_token {
  run_state& run = find_open_run(step.store, answer.execution, "answer an activity of");
  auto const [id, activity] = find_activity(run, answer.activity_id);
  if (activity->now != activity_state::phase::started)
    throw error{errc::task_lost, "no attempt of activity '" + answer.activity_id +
                                     "' of workflow '" + run.execution.workflow_id.str() +
                                     "' runs now"};
  return {run.number, id, activity->attempt, activity->lease & ~detached_lease};
}

/// Takes an answer. True if it was a heartbeat and the attempt should stop. An activity that is
/// named by its id may be completed whether an attempt of it runs or not, as on a Temporal server.
/// \throws error (task_lost, not_found, already_closed, limit_exceeded, invalid_argument)
template <store S>
auto answer_async_activity(engine<S>& on, time_point now, notices& news,
                           async_activity_answer const& answer) -> bool {
  using kind = async_activity_answer::kind;
  if (!answer.opaque.empty())
    throw error{errc::invalid_argument, "the activity token is of a Temporal server, and this "
                                        "backend is none"};
  activity_task_token token = answer.token;
  if (token.lease == 0) {
    if (answer.what == kind::completed) {
      on.perform(now, news, [&](step_context<S>& step) {
        run_state& run = find_open_run(step.store, answer.execution, "complete an activity of");
        auto const [id, activity] = find_activity(run, answer.activity_id);
        override_request request{};
        request.result = answer.data;
        if (step.limits->refuses(byte_size(request.result)))
          throw error{errc::limit_exceeded, "the result is larger than payload_bytes_max"};
        request.identity = activity->identity.str();
        override_open(step, run, id, *activity, request);
      });
      return false;
    }
    token = on.perform(now, news,
                       [&](step_context<S>& step) { return running_attempt_of(step, answer); });
  }
  switch (answer.what) {
  case kind::detached: on.detach_activity(token); break;
  case kind::heartbeat: return on.record_heartbeat(now, token, answer.data);
  case kind::completed: on.complete_activity(now, token, answer.data, news); break;
  case kind::failed: on.fail_activity(now, token, answer.why, news); break;
  case kind::cancelled: on.cancel_activity_task(now, token, answer.data, answer.why, news); break;
  }
  return false;
}

} // namespace perdure::inline v0::engine
