// Spans: what took how long, and on whose behalf, across programs and languages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/time.hpp"

namespace perdure::inline v0 {

/// Names a span and the trace that it is a part of. As W3C's Trace Context has it.
struct span_context {
  std::uint64_t trace_high{}; ///< The first half of the trace's id.
  std::uint64_t trace_low{};
  std::uint64_t span_id{};
  bool sampled{true};  ///< False: it is handed on, and nothing is recorded.
  std::string state{}; ///< `tracestate`: handed on as it came.

  /// Whether it names anything: no id is 0.
  [[nodiscard]] explicit operator bool() const noexcept {
    return (trace_high | trace_low) != 0 && span_id != 0;
  }
  friend auto operator==(span_context const&, span_context const&) -> bool = default;
};

/// 16 digits, of lower case.
[[nodiscard]] inline auto hex_id(std::uint64_t id) -> std::string {
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; id >>= 4) text[i] = "0123456789abcdef"[id & 0xF];
  return text;
}

/// `00-<trace id>-<span id>-<flags>`, the value of W3C's `traceparent`.
[[nodiscard]] inline auto to_traceparent(span_context const& of) -> std::string {
  return "00-" + hex_id(of.trace_high) + hex_id(of.trace_low) + "-" + hex_id(of.span_id) +
         (of.sampled ? "-01" : "-00");
}

/// Nothing if it is none: of another form, or with an id that is 0. A later version's is read as
/// far as this one goes, as the standard asks.
[[nodiscard]] inline auto parse_traceparent(std::string_view text) -> std::optional<span_context> {
  auto const read = [&](std::size_t at, std::size_t size) -> std::optional<std::uint64_t> {
    std::uint64_t number = 0;
    for (char const c : text.substr(at, size)) {
      bool const digit = c >= '0' && c <= '9';
      if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
      number = number << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
    }
    return number;
  };
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  auto const edition = read(0, 2);
  if (!edition || *edition == 0xFF || (*edition == 0 && text.size() != 55)) return std::nullopt;
  if (text.size() > 55 && text[55] != '-') return std::nullopt;
  auto const high = read(3, 16), low = read(19, 16), span = read(36, 16), flags = read(53, 2);
  if (!high || !low || !span || !flags) return std::nullopt;
  span_context const made{*high, *low, *span, (*flags & 1U) != 0, {}};
  if (!made) return std::nullopt;
  return made;
}

/// As in OpenTelemetry, whose numbers these are.
enum class span_kind : std::uint8_t { internal = 1, server = 2, client = 3 };

/// Something that took time, or happened at one.
struct span {
  std::string name{};
  span_kind kind{span_kind::internal};
  span_context context{};
  std::uint64_t parent_id{}; ///< 0: it is the first of its trace.
  time_point start{};
  time_point end{}; ///< Not before it has ended.
  std::vector<std::pair<std::string, std::string>> attributes{};
  bool failed{};
  std::string message{}; ///< Why it failed.
};

/// Where spans go; see `tracing_interceptor`. Called from any thread, from several at once. The ids
/// are given: those of workflows must be the same whoever makes them. What an exporter may be given
/// twice, after a crash or when a workflow task is tried again, is the same span, by its id.
class tracer {
public:
  tracer() = default;
  tracer(tracer const&) = delete;
  auto operator=(tracer const&) -> tracer& = delete;
  virtual ~tracer() = default;
  /// A call or an attempt of an activity begins. Not told of spans of workflows: they may begin and
  /// end in different processes.
  virtual void started(span const& begun) { (void)begun; }
  virtual void ended(span const& done) = 0;
};

namespace detail {
inline constinit thread_local span_context const* current_span = nullptr;
} // namespace detail

/// The span that this thread works in: that of the activity function that it runs, or one that a
/// `span_scope` names; else one that names nothing.
[[nodiscard]] inline auto current_span() -> span_context {
  return detail::current_span == nullptr ? span_context{} : *detail::current_span;
}

/// While it lives, calls of clients on this thread are parts of a span, of any tracing library.
/// Not across a `co_await`: the thread that goes on may be another.
class [[nodiscard]] span_scope {
public:
  explicit span_scope(span_context context)
      : context_{std::move(context)}, before_{std::exchange(detail::current_span, &context_)} {}
  span_scope(span_scope const&) = delete;
  auto operator=(span_scope const&) -> span_scope& = delete;
  ~span_scope() { detail::current_span = before_; }

private:
  span_context context_;
  span_context const* before_;
};

} // namespace perdure::inline v0
