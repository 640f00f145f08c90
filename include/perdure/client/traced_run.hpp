// The spans of clients, runs and attempts: their ids, and how headers carry them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/backend/random_uuid.hpp"
#include "perdure/tracing.hpp"
#include "perdure/workflow/run_facts.hpp"
#include "perdure/workflow/timer.hpp"
#include "perdure/workflow/workflow_interceptor.hpp"

namespace perdure::inline v0 {

/// The entry of headers that carries the trace: a JSON map with `traceparent` and `tracestate`, as
/// in Temporal's other SDKs, whose workers and clients continue our traces and we theirs.
inline constexpr std::string_view trace_header = "_tracer-data";

namespace detail {

[[nodiscard]] inline auto write_trace(span_context const& context) -> payload {
  std::map<std::string, std::string> carrier{{"traceparent", to_traceparent(context)}};
  if (!context.state.empty()) carrier["tracestate"] = context.state;
  return default_to_payload(carrier);
}
inline void write_trace(indirect<payload_map>& header, span_context const& context) {
  header.make()[std::string{trace_header}] = write_trace(context);
}
/// The trace of a header; one that names nothing if there is none, or if it cannot be read.
[[nodiscard]] inline auto read_trace(named_values const& header) -> span_context {
  try {
    auto const found = header.entries().find(std::string{trace_header});
    if (found == header.entries().end()) return {};
    auto const carrier = default_from_payload<std::map<std::string, std::string>>(found->second);
    if (!carrier.contains("traceparent")) return {};
    auto context = parse_traceparent(carrier.at("traceparent"));
    if (!context) return {};
    if (auto const state = carrier.find("tracestate"); state != carrier.end())
      context->state = state->second;
    return *context;
  } catch (error const&) {
    return {}; // somebody else's: a trace is lost, and no work
  }
}

/// A span with a new id, in its parent's trace or a new one.
[[nodiscard]] inline auto begin_span(std::string name, span_kind kind, span_context const& parent)
    -> span {
  auto const digits = [](std::string const& uuid, std::size_t half) {
    std::uint64_t number = 0;
    std::size_t seen = 0;
    for (char const c : uuid) {
      if (c == '-' || seen++ / 16 != half) continue;
      number = number << 4 | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return number;
  };
  span made{};
  made.name = std::move(name);
  made.kind = kind;
  made.context = parent;
  made.parent_id = parent ? parent.span_id : 0;
  if (!parent) {
    std::string const trace = random_uuid();
    made.context = {digits(trace, 0), digits(trace, 1), 0, true, {}};
  }
  made.context.span_id = digits(random_uuid(), 1);
  made.start = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
  return made;
}

/// A span that begins and ends here, with the exception that leaves, if one does.
class live_span {
public:
  live_span(tracer& to, span begun)
      : to_{&to}, span_{std::move(begun)}, thrown_before_{std::uncaught_exceptions()} {
    if (span_.context.sampled) to_->started(span_);
  }
  live_span(live_span const&) = delete;
  auto operator=(live_span const&) -> live_span& = delete;
  ~live_span() {
    if (!span_.context.sampled) return;
    span_.failed = span_.failed || std::uncaught_exceptions() > thrown_before_;
    span_.end = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
    try {
      to_->ended(span_);
    } catch (...) {
      // The span is lost, and no work.
    }
  }
  [[nodiscard]] auto context() const noexcept -> span_context const& { return span_.context; }
  /// Calls what the span is about, and keeps the words of what it throws.
  template <class Call>
  auto watch(Call&& call) -> decltype(call()) {
    try {
      return call();
    } catch (std::exception const& e) {
      fail(e.what());
      throw;
    }
  }
  void fail(std::string why) {
    span_.failed = true;
    span_.message = std::move(why);
  }

private:
  tracer* to_;
  span span_;
  int thrown_before_;
};

/// The spans of one run. Their ids are drawn from the run id and counted, so that a replay, which
/// records none, knows the ids of those that were recorded before.
class traced_run final : public workflow_interceptor {
public:
  explicit traced_run(tracer& to) noexcept : to_{&to} {}

  void started(incoming_call const& call) override {
    own_ = next(std::string{"RunWorkflow:"}.append(call.name), read_trace(call.header));
    own_.kind = span_kind::server;
  }
  void signaled(incoming_call const& call) override { handled("HandleSignal:", call); }
  void updated(incoming_call const& call) override { handled("HandleUpdate:", call); }
  void queried(incoming_call const& call, failure const* failed) override {
    auto const sender = read_trace(call.header);
    span made = begin_span(std::string{"HandleQuery:"}.append(call.name), span_kind::server,
                           sender ? sender : own_.context);
    about_run(made);
    made.end = made.start;
    if (failed != nullptr) {
      made.failed = true;
      made.message = failed->message;
    }
    record(made, false);
  }
  void outgoing(outgoing_call& call) override {
    if (call.kind == outgoing_kind::continue_as_new) return write_trace(call.header, own_.context);
    static constexpr char const* names[] = {
        "StartActivity:", "StartActivity:", "StartChildWorkflow:", "SignalChildWorkflow:",
        "SignalExternalWorkflow:"};
    span made =
        next(names[static_cast<std::size_t>(call.kind)] + std::string{call.name}, own_.context);
    made.kind = span_kind::client;
    write_trace(call.header, made.context);
    record(made, call.replaying);
  }
  void ended(workflow_end const& end) override {
    own_.end = now();
    if (end.why != nullptr) {
      own_.failed = true;
      own_.message = end.why->message;
    }
    if (end.how == workflow_ending::cancelled) own_.attributes.emplace_back("cancelled", "true");
    record(own_, end.replaying);
  }

private:
  /// A span that begins and ends now, in its parent's trace, or in one that the run's id names.
  [[nodiscard]] auto next(std::string name, span_context const& parent) -> span {
    if (seed_ == 0) seed_ = seed_of_trace(info().run_id);
    span made{};
    made.name = std::move(name);
    made.context = parent ? parent : span_context{mixed(seed_, 1), mixed(seed_, 2), 0, true, {}};
    made.parent_id = parent ? parent.span_id : 0;
    made.context.span_id = mixed(seed_, 3 + count_++);
    made.start = made.end = now();
    about_run(made);
    return made;
  }
  void handled(char const* what, incoming_call const& call) {
    auto const sender = read_trace(call.header);
    span made = next(what + std::string{call.name}, sender ? sender : own_.context);
    made.kind = span_kind::server;
    record(made, call.replaying);
  }
  static void about_run(span& to) {
    to.attributes = {{"temporalWorkflowID", info().workflow_id}, {"temporalRunID", info().run_id}};
  }
  void record(span const& made, bool replaying) const {
    if (!replaying && made.context.sampled) to_->ended(made);
  }
  /// FNV-1a, and the finaliser of splitmix64: no hash that may differ between machines.
  [[nodiscard]] static auto seed_of_trace(std::string_view text) noexcept -> std::uint64_t {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
    return hash == 0 ? 1 : hash;
  }
  [[nodiscard]] static auto mixed(std::uint64_t seed, std::uint64_t number) noexcept
      -> std::uint64_t {
    std::uint64_t z = seed + number * 0x9e37'79b9'7f4a'7c15;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
    z ^= z >> 31;
    return z == 0 ? 1 : z;
  }

  tracer* to_;
  span own_{};
  std::uint64_t seed_{0};
  std::uint64_t count_{0};
};

} // namespace detail

} // namespace perdure::inline v0
