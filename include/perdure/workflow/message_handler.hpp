// What a handler of messages is to its run, with the type of its function erased.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/detail/owned.hpp"
#include "perdure/history/task.hpp"
#include "perdure/workflow/member_message.hpp"
#include "perdure/workflow/workflow.hpp"

namespace perdure::inline v0 {

/// What is said when a workflow ends, or drops the registration, while a handler still runs.
enum class unfinished_handlers : unsigned char {
  warn,    ///< A warning in the log: the sender's work is lost.
  abandon, ///< Nothing: it may be lost.
};

struct handler_options {
  unfinished_handlers unfinished{unfinished_handlers::warn};
  std::string description{}; ///< For people who look at the workflow from outside.
};

namespace detail {

class message_desk;
class message_handler;

/// A handler at work on one message.
struct handler_strand : strand {
  message_handler* handler{nullptr};
  shared_string update_id{}; ///< Empty for a signal.
  workflow<void> coroutine;
  owned<handler_strand> next_finished{};
};

/// One registered handler: its function, and what it has in flight.
class message_handler {
public:
  message_handler(message_kind takes, std::string_view named, handler_options&& with)
      : kind{takes}, name{named}, options{std::move(with)} {}
  message_handler(message_handler const&) = delete;
  auto operator=(message_handler const&) -> message_handler& = delete;
  virtual ~message_handler();

  message_kind kind;
  shared_string name; ///< Empty: it takes what no other one does.
  handler_options options;
  std::vector<owned<handler_strand>> running{};
  owned<handler_strand> last_running{}; ///< Of one that was removed: by what this ran.
  owned<message_handler> next_retired{};
};

class signal_handler : public message_handler {
public:
  explicit signal_handler(std::string_view named, handler_options&& with)
      : message_handler{message_kind::signal, named, std::move(with)} {}
  [[nodiscard]] virtual auto start(shared_string const& named, payloads const& input)
      -> workflow<void> = 0;
};

class query_handler : public message_handler {
public:
  explicit query_handler(std::string_view named, handler_options&& with)
      : message_handler{message_kind::query, named, std::move(with)} {}
  [[nodiscard]] virtual auto answer(std::string_view named, payloads const& input) const
      -> payloads = 0;
};

/// One update on its way through its handler: what is said to the server about it.
class update_call {
public:
  update_call(message_desk& desk, delivered_update&& update, bool live)
      : desk_{&desk}, update_{std::move(update)}, live_{live} {}
  [[nodiscard]] auto name() const noexcept -> shared_string const& {
    return update_.request.input.name;
  }
  [[nodiscard]] auto input() const noexcept -> payloads const& {
    return update_.request.input.args;
  }
  [[nodiscard]] auto id() const noexcept -> shared_string const& { return update_.id; }
  /// Whether it may still be rejected: history does not hold its acceptance.
  [[nodiscard]] auto live() const noexcept -> bool { return live_; }
  [[nodiscard]] auto run() const noexcept -> run_context*;

  void accept();
  /// Rejects it for the exception being handled; rethrows that where it is no answer: in a replay,
  /// and when a validator did what it must not.
  void reject();
  void respond(payloads result);
  void fail(failure why);

private:
  void finish(update_message&& response);

  message_desk* desk_;
  delivered_update update_;
  bool live_;
};

class update_handler : public message_handler {
public:
  explicit update_handler(std::string_view named, handler_options&& with)
      : message_handler{message_kind::update, named, std::move(with)} {}
  [[nodiscard]] virtual auto start(update_call call) -> workflow<void> = 0;
};

#if PERDURE_DEFINES
PERDURE_INLINE message_handler::~message_handler() = default;
#endif

} // namespace detail
} // namespace perdure::inline v0
