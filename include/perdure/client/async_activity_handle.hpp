// The attempt of an activity that is completed from elsewhere.
#pragma once

#include <string>
#include <utility>

#include "perdure/activity/activity_token.hpp"
#include "perdure/backend/backend.hpp"
#include "perdure/client/client_route.hpp"
#include "perdure/history/failure_error.hpp"

namespace perdure::inline v0 {

/// An attempt that somebody else than a worker answers: see `complete_asynchronously`. Cheap to
/// copy. All calls return when the backend has recorded what they say.
/// Errors of all: `error` (task_lost) if the attempt counts no more: it was answered, it timed out,
/// another attempt has begun; of a handle by id also (not_found, already_closed).
template <backend B>
class async_activity_handle {
  using kind = async_activity_answer::kind;

public:
  /// Of one attempt. \throws error (invalid_argument) if it is no token
  async_activity_handle(detail::client_route<B> backend, activity_token const& token)
      : backend_{std::move(backend)} {
    named_.opaque = detail::read_opaque_token(token);
    if (named_.opaque.empty()) named_.token = detail::read_token(token);
  }
  /// Of whichever attempt runs.
  async_activity_handle(detail::client_route<B> backend, workflow_execution run,
                        std::string activity_id)
      : backend_{std::move(backend)} {
    named_.execution = std::move(run);
    named_.activity_id = std::move(activity_id);
  }

  /// Gives the activity's result: nothing, or a value of its result type. By id also an activity
  /// that waits for an attempt is completed.
  template <class... Result>
    requires(sizeof...(Result) <= 1)
  void complete(Result const&... result) const {
    (void)answer(kind::completed, backend_.encode(result...), {});
  }
  /// Fails the attempt; it is tried again if the activity's retry policy allows it.
  void fail(failure why) const { (void)answer(kind::failed, {}, std::move(why)); }
  void fail(failure_error const& why) const { fail(why.failure()); }
  /// Says that the attempt is alive, with details for the next one. Every one is sent.
  /// \throws cancelled_error when the activity was cancelled: `report_cancellation` then.
  template <class... Details>
  void heartbeat(Details const&... details) const {
    if (answer(kind::heartbeat, backend_.encode(details...), {}))
      throw cancelled_error{"the activity was asked to stop"};
  }
  /// Says that the attempt has stopped as it was asked to. An attempt that nobody asked has failed.
  template <class... Details>
  void report_cancellation(Details const&... details) const {
    failure why{};
    why.message = "the activity was cancelled";
    canceled_failure_info info{};
    info.details = backend_.encode(details...);
    why.info = info;
    (void)answer(kind::cancelled, std::move(info.details), std::move(why));
  }

private:
  auto answer(kind what, payloads data, failure why) const -> bool {
    async_activity_answer full = named_;
    full.what = what;
    full.data = std::move(data);
    full.why = std::move(why);
    return backend_->answer_async_activity(full);
  }
  detail::client_route<B> backend_;
  async_activity_answer named_{};
};

} // namespace perdure::inline v0
