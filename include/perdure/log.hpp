// Structured log lines, tagged with where they come from; one name in workflows and in activities.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdio>
#include <initializer_list>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "perdure/config.hpp"
#include "perdure/time.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

enum class log_level : unsigned char { debug, info, warning, error };

/// A name and a value, as text.
struct log_field {
  template <class T>
  log_field(std::string_view field, T const& content) : name{field} {
    if constexpr (std::same_as<T, bool>)
      value = content ? "true" : "false";
    else if constexpr (std::is_arithmetic_v<T>)
      value = std::to_string(content);
    else
      value = std::string{std::string_view{content}};
  }
  std::string_view name{};
  std::string value{};
};

/// One line on its way to the sink. Views are valid during the call only.
struct log_record {
  log_level level{};
  std::string_view message{};
  std::string_view workflow_type{}; ///< Empty outside of workflows and activities.
  std::string_view workflow_id{};
  std::string_view run_id{};
  std::string_view activity_type{}; ///< Empty outside of activities.
  int attempt{};                    ///< Of the activity; 0 elsewhere.
  std::span<log_field const> fields{};
};

/// Where lines go. Called from any thread, one call at a time.
using log_sink = void (*)(log_record const&);

/// Writes `LEVEL message name=value ... [workflow_type workflow_id]` to stderr: the default sink.
void log_to_stderr(log_record const& record);

namespace detail {

/// What a thread that runs user code knows about where it is.
struct metric_route; // see metrics.hpp
struct log_context {
  bool silent{false}; ///< Replaying: these lines were written before.
  metric_route const* metrics{nullptr};
  log_record tags{};
};

inline constinit thread_local log_context const* current_log_context = nullptr;

struct log_target {
  std::mutex mutex;
  log_sink sink{&log_to_stderr};
  std::atomic<log_level> least{log_level::info}; ///< Read first, without the lock.
};
auto log_destination() -> log_target&;

} // namespace detail

/// Sends all lines at or above `least` to `sink`. Process-wide; safe at any time.
void set_log_sink(log_sink sink, log_level least = log_level::info);

/// Writes log lines; see `log()`.
class logger {
public:
  void debug(std::string_view message, std::initializer_list<log_field> fields = {}) const {
    write(log_level::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<log_field> fields = {}) const {
    write(log_level::info, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<log_field> fields = {}) const {
    write(log_level::warning, message, fields);
  }
  void error(std::string_view message, std::initializer_list<log_field> fields = {}) const {
    write(log_level::error, message, fields);
  }

private:
  static void write(log_level level, std::string_view message,
                    std::initializer_list<log_field> fields);
};

/// The log of the workflow or activity that calls; elsewhere, a log without tags. Lines of workflow
/// code are dropped while it replays, so each is written once (again after a crash that lost the
/// task).
[[nodiscard]] inline auto log() noexcept -> logger { return {}; }

} // namespace perdure::inline v0

PERDURE_SELDOM_END

#if PERDURE_DEFINES
namespace perdure::inline v0 {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE void log_to_stderr(log_record const& record) {
  static constexpr char const* levels[] = {"DEBUG", "INFO", "WARN", "ERROR"};
  std::string line =
      std::string{levels[static_cast<int>(record.level)]} + " " + std::string{record.message};
  for (log_field const& field : record.fields)
    line += " " + std::string{field.name} + "=" + field.value;
  if (!record.workflow_id.empty()) {
    line += " [" + std::string{record.workflow_type} + " " + std::string{record.workflow_id};
    if (!record.activity_type.empty())
      line +=
          " / " + std::string{record.activity_type} + " attempt " + std::to_string(record.attempt);
    line += "]";
  }
  line += "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}
PERDURE_SELDOM_END
} // namespace perdure::inline v0
namespace perdure::inline v0::detail {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE auto log_destination() -> log_target& {
  static log_target target;
  return target;
}
PERDURE_SELDOM_END
} // namespace perdure::inline v0::detail
namespace perdure::inline v0 {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE void set_log_sink(log_sink sink, log_level least) {
  auto& target = detail::log_destination();
  std::lock_guard const lock{target.mutex};
  target.sink = sink;
  target.least = least;
}
PERDURE_INLINE void logger::write(log_level level, std::string_view message,
                                  std::initializer_list<log_field> fields) {
  detail::log_context const* const context = detail::current_log_context;
  if (context != nullptr && context->silent) return;
  auto& target = detail::log_destination();
  if (level < target.least.load(std::memory_order_relaxed)) return;
  std::lock_guard const lock{target.mutex};
  if (target.sink == nullptr) return;
  log_record record = context == nullptr ? log_record{} : context->tags;
  record.level = level;
  record.message = message;
  record.fields = {fields.begin(), fields.size()};
  target.sink(record);
}
PERDURE_SELDOM_END
} // namespace perdure::inline v0
#endif
