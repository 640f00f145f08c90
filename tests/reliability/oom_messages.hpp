// A program of updates, queries, a local activity and heartbeats, whose memory runs out for a
// moment.
#pragma once

#include "oom_subject.hpp"

namespace reliability {

inline constexpr perdure::update<int(int)> add{"add"};
inline constexpr perdure::query<int()> total{"total"};

inline auto twice(int n) -> int { return 2 * n; }
inline auto beats(int n) -> int {
  perdure::heartbeat(n);
  perdure::heartbeat(n + 1);
  return n + 1;
}
/// Puts the digits that it is sent behind each other.
inline auto collects(std::size_t digits) -> perdure::workflow<int> {
  std::vector<int> seen;
  int sum = 0;
  auto const adds = perdure::handle(add, [&](int digit) {
    seen.push_back(digit);
    sum = sum * 10 + digit;
    return sum;
  });
  auto const asked = perdure::handle(total, [&] { return sum; });
  co_await perdure::wait_until([&] { return seen.size() == digits; });
  int const here = co_await perdure::execute_local_activity<twice>(
      sum, {.start_to_close_timeout = std::chrono::minutes{1}});
  perdure::activity_options options{};
  options.start_to_close_timeout = std::chrono::minutes{1};
  options.heartbeat_timeout = std::chrono::seconds{10};
  co_return co_await perdure::execute_activity<beats>(here, options);
}

template <class Kind>
class message_subject final : public subject {
public:
  explicit message_subject(Kind kind) : kind_{kind} {}

  void prepare(place const& where) override { (void)kind_.open(where, 500); }

  void run(place const& where, reporter const& acked) override {
    {
      undisturbed const preparing;
      perdure::set_log_sink(&perdure::log_to_stderr, perdure::log_level::error);
    }
    std::string wrong;
    try {
      wrong = play(where);
    } catch (perdure::error const& e) {
      bool const refused = !Kind::is_durable && e.code() == perdure::errc::stopped;
      if (!refused) wrong = e.what();
    }
    io_shim_end_of_run();
    acked.say("played");
    if (wrong.empty() && leaks()) wrong = "memory is lost";
    if (!wrong.empty()) throw std::runtime_error{wrong};
  }
  auto check(place const& where, std::vector<std::string> const&) -> std::string override {
    if constexpr (!Kind::is_durable) return {};
    auto const backend = kind_.open(where, 1'000);
    survey const all = survey_of(*backend);
    if (all.size() != 1) return std::to_string(all.size()) + " runs";
    std::string const wrong = wrong_in(all.begin()->second);
    return wrong.empty() ? kind_.check_file(where) : wrong;
  }

private:
  static auto wrong_in(perdure::history const& run) -> std::string {
    int updates = 0;
    for (perdure::event const& each : run.events)
      updates +=
          each.attributes.get_if<perdure::events::workflow_execution_update_completed>() != nullptr;
    if (updates != 3) return std::to_string(updates) + " updates have completed";
    return end_of(run) == "=247" ? "" : "it ended with " + end_of(run);
  }
  /// Until there is memory for it. What there is none for is said in several ways.
  template <class F>
  static auto insist(F&& f) {
    for (int tries = 0;; ++tries) {
      try {
        return f();
      } catch (std::bad_alloc const&) {
        if (!io_shim_struck()) throw;
      } catch (perdure::failure_error const&) { // a rejected update, a query that was not answered
        if (!io_shim_struck() || tries > 2'000) throw;
      } catch (perdure::error const& e) {
        if (e.code() == perdure::errc::already_started) throw;
        if (!io_shim_struck() || tries > 2'000 || !Kind::is_durable) throw;
      }
    }
  }
  auto play(place const& where) -> std::string {
    auto const backend = insist([&] { return kind_.open(where, 1); });
    std::optional<perdure::worker<typename Kind::backend>> worker;
    insist([&] {
      worker.reset();
      worker.emplace(*backend, perdure::worker_options{.task_queue = "q"});
      worker->template add<collects, twice, beats>();
      worker->start();
    });
    perdure::client client{*backend};
    perdure::workflow_options options{};
    insist([&] {
      options.id = "w";
      options.task_queue = "q";
      options.error_when_already_started = false;
      (void)client.template start_workflow<collects>(std::size_t{3}, options);
    });
    auto const handle = insist([&] { return client.template get_handle<collects>("w"); });
    for (int digit = 1, sum = 0; digit <= 3; ++digit) {
      sum = sum * 10 + digit;
      int const given =
          insist([&] { return handle.update(add, digit, {.id = "u" + std::to_string(digit)}); });
      if (given != sum) return "an update gave " + std::to_string(given);
      if (digit == 3) break; // it may have ended
      int const asked = insist([&] { return handle.query(total); });
      if (asked != sum) return "a query gave " + std::to_string(asked);
    }
    int const result = insist([&] { return handle.result(); });
    return result == 247 ? "" : "the result is " + std::to_string(result);
  }

  Kind kind_;
};

} // namespace reliability
