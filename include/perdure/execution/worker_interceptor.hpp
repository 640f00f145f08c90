// What a worker's user may put around the activities and workflows that the worker runs.
#pragma once

#include <cstddef>
#include <memory>

#include "perdure/activity/activity.hpp"
#include "perdure/config.hpp"
#include "perdure/history/search_attribute.hpp"
#include "perdure/workflow/workflow_interceptor.hpp"

namespace perdure::inline v0 {

/// An attempt of an activity that is about to run; who it is says `activity_info_now()`.
struct activity_call {
  payloads input{};      ///< Its arguments; an interceptor may put others in their place.
  named_values header{}; ///< What its workflow sent along.
};

namespace detail {

/// The interceptors of one attempt, and the function in their midst.
class activity_chain {
public:
  virtual auto call(std::size_t from, activity_call& what) -> payloads = 0;
  [[nodiscard]] virtual auto begin(std::size_t from, activity_call& what) -> activity<payloads> = 0;

protected:
  ~activity_chain() = default;
};

} // namespace detail

/// The rest of an attempt: the interceptors after this one, then the activity's function.
class next_activity {
public:
  next_activity(detail::activity_chain& chain, std::size_t from) noexcept
      : chain_{&chain}, from_{from} {}
  /// Gives the result as payloads: none for void. \throws what the activity throws
  auto operator()(activity_call& call) const -> payloads { return chain_->call(from_, call); }

private:
  detail::activity_chain* chain_;
  std::size_t from_;
};

/// The same for an activity that is a coroutine: `co_await next(call)`.
class next_activity_coroutine {
public:
  next_activity_coroutine(detail::activity_chain& chain, std::size_t from) noexcept
      : chain_{&chain}, from_{from} {}
  [[nodiscard]] auto operator()(activity_call& call) const -> activity<payloads> {
    return chain_->begin(from_, call);
  }

private:
  detail::activity_chain* chain_;
  std::size_t from_;
};

/// Stands around what a worker runs; see `worker_options::interceptors`. Called in the order in
/// which they are listed there, the first one outermost, from all threads of the worker at once.
class worker_interceptor {
public:
  worker_interceptor() = default;
  worker_interceptor(worker_interceptor const&) = delete;
  auto operator=(worker_interceptor const&) -> worker_interceptor& = delete;
  virtual ~worker_interceptor() = default;

  /// Runs an attempt of an activity, local ones included: calls `next(call)` once, or not at all,
  /// and gives its result, or another one. Runs as a part of the attempt: `activity_info_now()`,
  /// `heartbeat()`, `log()` work; what it throws fails the attempt as if the activity had thrown
  /// it.
  virtual auto execute_activity(activity_call& call, next_activity next) -> payloads {
    return next(call);
  }
  /// The same for an activity that is a coroutine. `call` lives until the attempt has ended.
  [[nodiscard]] virtual auto execute_activity(activity_call& call, next_activity_coroutine next)
      -> activity<payloads> {
    return next(call);
  }
  /// Gives who looks into a run that becomes live in this worker; null: nobody.
  [[nodiscard]] virtual auto intercept_workflow() -> std::unique_ptr<workflow_interceptor>;
};

/// Interceptors, the outermost one first.
using worker_interceptors = std::vector<std::shared_ptr<worker_interceptor>>;

#if PERDURE_DEFINES
PERDURE_INLINE auto worker_interceptor::intercept_workflow()
    -> std::unique_ptr<workflow_interceptor> {
  return nullptr;
}
#endif

} // namespace perdure::inline v0
