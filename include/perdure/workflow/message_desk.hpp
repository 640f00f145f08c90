// The handlers of one run, what they have in flight, and the messages that wait for one.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/history/failure_error.hpp"
#include "perdure/workflow/message_handler.hpp"

namespace perdure::inline v0::detail {

class message_desk final : public message_receiver, public strand_owner {
public:
  explicit message_desk(run_context& run) noexcept : run_{&run} {}

  // -------------------------------------------------------------------------------- registrations
  /// Registers a handler, for `deliver_waiting`. \throws error (already_registered,
  /// invalid_argument)
  template <class Unused = void>
  void add(message_handler& handler, char const* what);
  /// Gives it what has waited for it.
  template <class Unused = void>
  void deliver_waiting(message_handler& handler);
  /// Removes it, with what it has in flight.
  template <class Unused = void>
  void remove(owned<message_handler> handler) noexcept;

  // ------------------------------------------------------------------------------------- messages
  auto take_signal(shared_string const& name, payloads const& input) -> bool override;
  [[nodiscard]] auto heap_bytes() const noexcept -> std::size_t override;
  /// `live`: history does not hold its acceptance yet.
  void deliver(delivered_update update, bool live);
  void begin_turn();
  /// At the end of a turn: updates for which there is no handler are rejected.
  template <class Unused = void>
  void reject_waiting();

  /// The handler of a message, by its name or else the one for all names; null if there is none.
  [[nodiscard]] auto find(message_kind kind, std::string_view name) const noexcept
      -> message_handler*;
  [[nodiscard]] auto handlers() const noexcept -> std::vector<message_handler*> const& {
    return handlers_;
  }
  /// The names of one kind, for messages: `a, b, c`.
  template <class Unused = void>
  [[nodiscard]] auto names(message_kind kind) const -> std::string;

  /// A handler of that query was there, and its registration is gone.
  [[nodiscard]] auto is_gone(std::string_view query) const noexcept -> bool;

  // ------------------------------------------------------------------------------------ in flight
  [[nodiscard]] auto running() const noexcept -> std::size_t { return running_; }
  void on_strand_done(strand& ended) override;
  /// Between turns, when no coroutine runs: destroys what is over.
  void sweep();
  /// What left a handler, if something did, and whether the run's main coroutine was over by then.
  [[nodiscard]] auto take_thrown(bool& after_end) noexcept -> std::exception_ptr;
  template <class Unused = void>
  void warn_of_unfinished() const;

  // ---------------------------------------------------------------------------- words to the
  // server
  struct rejected_update {
    shared_string id;
    std::exception_ptr why;
  };
  std::vector<update_message> outgoing{};  ///< Of this turn.
  std::vector<rejected_update> rejected{}; ///< In this turn.
  /// Says it at this place among the commands.
  void say(update_message message);
  [[nodiscard]] auto run() const noexcept -> run_context& { return *run_; }

private:
  struct waiting_update {
    delivered_update update;
    bool live;
  };

  void start(message_handler& handler, workflow<void> coroutine, shared_string update_id);
  void drop_running(message_handler& handler) noexcept;
  void note_gone(shared_string const& query) noexcept;
  static void warn_of_removal(message_handler const& handler) noexcept;
  [[nodiscard]] static auto describe(message_handler const& handler) -> std::string;

  run_context* run_;
  std::vector<message_handler*> handlers_; ///< In the order of their registration.
  std::vector<waiting_update> waiting_;
  owned<handler_strand> finished_; ///< A list, as it is added to where nothing may be thrown.
  owned<message_handler> retired_; ///< The same: removed by what they had running.
  std::vector<shared_string> gone_queries_;
  std::size_t running_{0};
  std::exception_ptr thrown_{};
  bool thrown_after_end_{false};
};

/// The desk of a run that has one.
[[nodiscard]] inline auto find_desk(run_context const& run) noexcept -> message_desk* {
  return static_cast<message_desk*>(run.messages.get());
}
[[nodiscard]] auto desk_of(run_context& run) -> message_desk&;

#if PERDURE_DEFINES
PERDURE_INLINE auto message_desk::take_signal(shared_string const& name, payloads const& input)
    -> bool {
  message_handler* const handler = find(message_kind::signal, name);
  if (handler == nullptr || (handler->name.empty() && run_->signals(name).received)) return false;
  start(*handler, static_cast<signal_handler&>(*handler).start(name, input), {});
  return true;
}
PERDURE_INLINE auto message_desk::heap_bytes() const noexcept -> std::size_t {
  std::size_t bytes = sizeof(*this) + handlers_.capacity() * sizeof(message_handler*);
  for (message_handler const* const each : handlers_) // what they capture is not known
    bytes += sizeof(update_handler) + each->running.capacity() * sizeof(void*) +
             each->running.size() * sizeof(handler_strand);
  return bytes;
}
PERDURE_INLINE void message_desk::deliver(delivered_update update, bool live) {
  message_handler* const handler = find(message_kind::update, update.request.input.name);
  if (handler == nullptr) return waiting_.push_back({std::move(update), live});
  shared_string id = update.id;
  start(*handler, static_cast<update_handler&>(*handler).start({*this, std::move(update), live}),
        std::move(id));
}
PERDURE_INLINE void message_desk::begin_turn() {
  outgoing.clear();
  rejected.clear();
}
PERDURE_INLINE auto message_desk::find(message_kind kind, std::string_view name) const noexcept
    -> message_handler* {
  message_handler* any = nullptr;
  for (message_handler* const each : handlers_) {
    if (each->kind != kind) continue;
    if (each->name == name) return each;
    if (each->name.empty()) any = each;
  }
  return any;
}
PERDURE_INLINE auto message_desk::is_gone(std::string_view query) const noexcept -> bool {
  for (shared_string const& each : gone_queries_)
    if (each == query) return true;
  return false;
}
PERDURE_INLINE void message_desk::on_strand_done(strand& ended) {
  auto& done = static_cast<handler_strand&>(ended);
  --running_;
  if (auto const& thrown = done.coroutine.handle().promise().thrown; thrown && !thrown_) {
    thrown_ = thrown;
    thrown_after_end_ = run_->main_coroutine && run_->main_coroutine.done();
  }
  // Its frame is still in use by who called this.
  auto const finish = [&](owned<handler_strand>& at) {
    done.next_finished = std::move(finished_);
    finished_ = std::move(at);
  };
  if (done.handler->last_running.get() == &done) return finish(done.handler->last_running);
  auto& all = done.handler->running;
  for (auto& each : all)
    if (each.get() == &done) {
      finish(each);
      each = std::move(all.back());
      all.pop_back();
      return;
    }
}
PERDURE_INLINE void message_desk::sweep() {
  while (auto const last = std::move(finished_)) finished_ = std::move(last->next_finished);
  while (auto const last = std::move(retired_)) {
    retired_ = std::move(last->next_retired);
    if (last->last_running == nullptr) continue; // it has ended
    --running_;
    run_->forget(*last->last_running);
  }
}
PERDURE_INLINE auto message_desk::take_thrown(bool& after_end) noexcept -> std::exception_ptr {
  after_end = thrown_after_end_;
  return std::exchange(thrown_, nullptr);
}
PERDURE_INLINE void message_desk::say(update_message message) {
  run_->machine.record(command_type::protocol_message,
                       event_attributes::make(protocol_message_command{message.message_id}), {});
  if (!run_->machine.replaying()) outgoing.push_back(std::move(message));
}
PERDURE_INLINE void message_desk::start(message_handler& handler, workflow<void> coroutine,
                                        shared_string update_id) {
  auto made = make_owned<handler_strand>(
      handler_strand{{.run = run_, .scope = &run_->root_scope, .base = &run_->root_scope},
                     &handler,
                     std::move(update_id),
                     std::move(coroutine)});
  made->root = made.get();
  auto& all = handler.running; // has room before the coroutine is ready to run
  if (all.size() == all.capacity()) all.reserve(2 * all.size() + 1);
  auto const handle = made->coroutine.handle();
  handle.promise().owner = made.get();
  handle.promise().done = this;
  run_->make_ready(handle, made.get());
  all.push_back(std::move(made));
  ++running_;
}
PERDURE_INLINE void message_desk::drop_running(message_handler& handler) noexcept {
  auto const all = std::exchange(handler.running, {});
  running_ -= all.size();
  for (auto const& each : all) run_->forget(*each);
}
PERDURE_INLINE auto message_desk::describe(message_handler const& handler) -> std::string {
  static constexpr char const* kinds[] = {"signal", "query", "update"};
  std::string text = kinds[static_cast<std::size_t>(handler.kind)];
  return handler.name.empty() ? "any " + text : text + " '" + handler.name.str() + "'";
}
PERDURE_INLINE auto desk_of(run_context& run) -> message_desk& {
  if (!run.messages) run.messages = make_owned<message_desk>(run);
  return *find_desk(run);
}
template <class Unused>
void message_desk::add(message_handler& handler, char const* what) {
  if (run_->read_only != nullptr) run_->refuse_change(what);
  if (handler.name.view().starts_with("__temporal_"))
    throw error{errc::invalid_argument, std::string{what} + ": the name '" + handler.name.str() +
                                            "' is reserved: names must not begin with __temporal_"};
  for (message_handler const* const each : handlers_)
    if (each->kind == handler.kind && each->name == handler.name)
      throw error{errc::already_registered, std::string{what} + ": there is a handler of " +
                                                describe(handler) +
                                                " already; reset() its registration first"};
  handlers_.push_back(&handler);
  if (handler.kind == message_kind::query) std::erase(gone_queries_, handler.name);
}
template <class Unused>
void message_desk::deliver_waiting(message_handler& handler) {
  if (handler.kind == message_kind::query) return;
  if (handler.kind == message_kind::update) {
    auto const all = std::exchange(waiting_, {});
    for (waiting_update const& each : all) deliver(each.update, each.live);
    return;
  }
  while (true) { // of all buffered signals that it takes, the one that came first
    signal_buffer* first = nullptr;
    for (signal_buffer& each : run_->all_signals()) {
      bool const wanted = handler.name.empty() ? !each.received : each.name == handler.name;
      if (wanted && !each.arrived.empty() &&
          (first == nullptr || each.arrived.front().order < first->arrived.front().order))
        first = &each;
    }
    if (first == nullptr) return;
    payloads const input = std::move(first->arrived.front().input);
    first->arrived.pop_front();
    start(handler, static_cast<signal_handler&>(handler).start(first->name, input), {});
  }
}
template <class Unused>
void message_desk::remove(owned<message_handler> handler) noexcept {
  std::erase(handlers_, handler.get());
  if (run_->closing) return;
  if (handler->kind == message_kind::query) return note_gone(handler->name);
  if (handler->running.empty()) return;
  owned<handler_strand> self{}; // cannot be destroyed yet: it is what runs
  if (run_->current != nullptr)
    for (auto& each : handler->running)
      if (run_->current->root == each.get()) {
        self = std::move(each);
        each = std::move(handler->running.back());
        handler->running.pop_back();
        break;
      }
  if (!handler->running.empty() && handler->options.unfinished == unfinished_handlers::warn)
    warn_of_removal(*handler);
  drop_running(*handler);
  if (self == nullptr) return;
  handler->last_running = std::move(self);
  handler->next_retired = std::move(retired_);
  retired_ = std::move(handler);
}
PERDURE_INLINE void message_desk::note_gone(shared_string const& query) noexcept {
  try {
    gone_queries_.push_back(query);
  } catch (...) { // no memory: who asks is told that there is none, and not that it is gone
  }
}
PERDURE_INLINE void message_desk::warn_of_removal(message_handler const& handler) noexcept {
  try {
    log().warning("a handler was removed while it was at work: it will not finish",
                  {{"handler", describe(handler)}, {"at_work", handler.running.size()}});
  } catch (...) { // the log's sink failed, or there is no memory
  }
}
template <class Unused>
void message_desk::reject_waiting() {
  for (waiting_update& each : std::exchange(waiting_, {})) {
    if (!each.live) continue; // its acceptance, next in history, will be found to be without code
    shared_string const name = each.update.request.input.name;
    try {
      throw application_error{"no handler of update '" + name.str() +
                                  "' is registered (registered: " + names(message_kind::update) +
                                  ")",
                              {.type = "UpdateHandlerNotFound"}};
    } catch (failure_error const&) {
      update_call{*this, std::move(each.update), true}.reject();
    }
  }
}
template <class Unused>
auto message_desk::names(message_kind kind) const -> std::string {
  std::string all;
  for (message_handler const* const each : handlers_)
    if (each->kind == kind && !each->name.empty())
      all += (all.empty() ? "" : ", ") + each->name.str();
  return all.empty() ? "none" : all;
}
template <class Unused>
void message_desk::warn_of_unfinished() const {
  std::string text;
  for (message_handler const* const each : handlers_)
    if (!each->running.empty() && each->options.unfinished == unfinished_handlers::warn)
      text += (text.empty() ? "" : ", ") + describe(*each);
  if (!text.empty())
    log().warning("the workflow ended while handlers were at work: they will not finish; wait for "
                  "them with wait_until(all_handlers_finished)",
                  {{"handlers", text}});
}
PERDURE_INLINE auto update_call::run() const noexcept -> run_context* { return &desk_->run(); }
PERDURE_INLINE void update_call::accept() {
  if (auto const& hooks = desk_->run().hooks) hooks->updated(desk_->run(), update_.request.input);
  desk_->say({.what = update_message::kind::acceptance,
              .message_id = id().str() + "/accept",
              .update_id = id(),
              .sequencing_event_id = update_.sequencing_event_id,
              .request = update_.request});
}
PERDURE_INLINE void update_call::reject() {
  if (!live_) throw;
  try {
    throw;
  } catch (error const& e) {
    if (e.code() == errc::read_only) throw;
  } catch (...) { // anything else is an answer
  }
  desk_->rejected.push_back({id(), std::current_exception()});
}
PERDURE_INLINE void update_call::respond(payloads result) {
  update_message message{.what = update_message::kind::response,
                         .message_id = id().str() + "/complete",
                         .update_id = id(),
                         .request = {.meta = update_.request.meta}};
  message.outcome.success = std::move(result);
  finish(std::move(message));
}
PERDURE_INLINE void update_call::fail(failure why) {
  update_message message{.what = update_message::kind::response,
                         .message_id = id().str() + "/complete",
                         .update_id = id(),
                         .request = {.meta = update_.request.meta}};
  message.outcome.failure = std::move(why);
  finish(std::move(message));
}
PERDURE_INLINE void update_call::finish(update_message&& response) {
  if (auto const& hooks = desk_->run().hooks)
    hooks->update_ended(desk_->run(), update_.request, response.outcome);
  desk_->say(std::move(response));
}
  #ifdef PERDURE_SOURCE
template void message_desk::add<void>(message_handler& handler, char const* what);
template void message_desk::deliver_waiting<void>(message_handler& handler);
template void message_desk::remove<void>(owned<message_handler> handler) noexcept;
template void message_desk::reject_waiting<void>();
template auto message_desk::names<void>(message_kind kind) const -> std::string;
template void message_desk::warn_of_unfinished<void>() const;
  #endif
#endif

} // namespace perdure::inline v0::detail
