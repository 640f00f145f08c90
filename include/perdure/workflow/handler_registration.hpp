// How long a handler of messages is there.
#pragma once

#include <utility>

#include "perdure/config.hpp"
#include "perdure/data/detail/owned.hpp"
#include "perdure/workflow/message_handler.hpp"
#include "perdure/workflow/run_context.hpp"
#if PERDURE_DEFINES
  #include "perdure/workflow/message_desk.hpp"
#endif

namespace perdure::inline v0 {

/// A handler of messages is registered as long as this lives. Its end removes the handler and
/// destroys what it has in flight. Movable.
class [[nodiscard("the handler goes when its registration does")]] handler_registration {
public:
  handler_registration() noexcept = default;
  handler_registration(detail::message_desk& desk,
                       detail::owned<detail::message_handler> handler) noexcept
      : desk_{&desk}, handler_{std::move(handler)} {}
  handler_registration(handler_registration&&) noexcept = default;
  auto operator=(handler_registration&& other) noexcept -> handler_registration& {
    reset();
    desk_ = other.desk_;
    handler_ = std::move(other.handler_);
    return *this;
  }
  ~handler_registration() { reset(); }

  /// Removes the handler now. Called by what the handler itself runs, that is destroyed a little
  /// later: when it suspends or ends.
  void reset() noexcept;
  [[nodiscard]] explicit operator bool() const noexcept { return handler_ != nullptr; }

private:
  detail::message_desk* desk_{nullptr};
  detail::owned<detail::message_handler> handler_{};
};

namespace detail {

[[nodiscard]] auto add_handler(run_context& run, message_handler& handler, char const* what)
    -> message_desk&;
void deliver_waiting(message_desk& desk, message_handler& added);

template <class H>
auto register_handler(char const* what, owned<H> handler) -> handler_registration {
  run_context& run = require_run(what);
  if (run.closing) return {};
  H& added = *handler;
  message_desk& desk = add_handler(run, added, what);
  handler_registration made{desk, std::move(handler)}; // removes it if what follows throws
  deliver_waiting(desk, added);
  return made;
}

} // namespace detail

/// Whether no handler of a signal or update is at work in this run: what to wait for before the
/// workflow ends. \throws error (outside_workflow)
[[nodiscard]] auto all_handlers_finished() -> bool;

#if PERDURE_DEFINES
PERDURE_INLINE void handler_registration::reset() noexcept {
  if (auto handler = std::move(handler_)) desk_->remove(std::move(handler));
}
PERDURE_INLINE auto detail::add_handler(run_context& run, message_handler& handler,
                                        char const* what) -> message_desk& {
  message_desk& desk = desk_of(run);
  desk.add(handler, what);
  return desk;
}
PERDURE_INLINE void detail::deliver_waiting(message_desk& desk, message_handler& added) {
  desk.deliver_waiting(added);
}
PERDURE_INLINE auto all_handlers_finished() -> bool {
  detail::message_desk const* const desk =
      detail::find_desk(detail::require_run("all_handlers_finished()"));
  return desk == nullptr || desk->running() == 0;
}
#endif

} // namespace perdure::inline v0
