// When the attempts of a run's local activities begin, when they are tried again, and when they
// have taken too long.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "perdure/execution/local_call.hpp"
#include "perdure/history/retry_policy.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// The local activities of one run that are under way. Plain values: no clock, no thread; whoever
/// calls says what time it is, begins the attempts that `take_start` names, and says how they
/// ended. A few at a time are the rule: every call looks at all.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_local_schedule {
public:
  /// An attempt to begin.
  struct start {
    std::uint32_t sequence{};
    std::uint32_t attempt{};
    time_point scheduled_time{}; ///< Of the first attempt.
    local_call const* call{};
  };

  void add(local_call call, time_point now) {
    entry made{};
    made.attempt = call.attempt;
    made.begun = made.attempt_scheduled = now;
    made.first = call.original_schedule_time.value_or(now);
    made.cancel_requested = call.cancel_requested;
    made.call = std::move(call);
    entries_.push_back(std::move(made));
    if (entries_.back().cancel_requested) conclude(entries_.back(), cancelled(), now);
  }
  /// The next attempt that is to begin now.
  [[nodiscard]] auto take_start(time_point now) -> std::optional<start> {
    for (entry& each : entries_) {
      if (each.now == phase::backing_off && each.retry_at <= now) {
        each.now = phase::due;
        each.attempt_scheduled = now;
      }
      if (each.now != phase::due) continue;
      each.now = phase::queued;
      return start{each.call.sequence, each.attempt, each.first, &each.call};
    }
    return std::nullopt;
  }
  /// An attempt that was to begin has begun.
  void on_begun(std::uint32_t sequence, std::uint32_t attempt, time_point at) {
    if (entry* const of = find(sequence, attempt); of != nullptr && of->now == phase::queued) {
      of->now = phase::running;
      of->started = at;
    }
  }
  /// An attempt has ended. One that does not count any more is not missed.
  void on_end(std::uint32_t sequence, std::uint32_t attempt, activity_outcome outcome,
              time_point now) {
    entry* const of = find(sequence, attempt);
    if (of == nullptr || (of->now != phase::queued && of->now != phase::running)) return;
    if (outcome.what == activity_outcome::kind::failed)
      fail(*of, std::move(outcome), true, now);
    else
      conclude(*of, std::move(outcome), now);
  }
  /// The workflow asks it to stop and waits for its outcome: that of the attempt that runs, which
  /// is the last one; or, if none runs, that it was cancelled.
  void cancel(std::uint32_t sequence, time_point now) {
    for (entry& each : entries_)
      if (each.call.sequence == sequence && each.now != phase::over) {
        each.cancel_requested = true;
        if (each.now != phase::running) conclude(each, cancelled(), now);
      }
  }
  /// Its outcome is of no interest any more.
  void drop(std::uint32_t sequence) {
    std::erase_if(entries_, [&](entry const& each) { return each.call.sequence == sequence; });
  }
  /// Ends attempts that have taken too long. Gives those to be told, one at a time.
  [[nodiscard]] auto take_expired(time_point now) -> std::optional<start> {
    for (entry& each : entries_) {
      auto const due = deadline(each);
      if (each.now == phase::over || due.at > now) continue;
      if (due.what == timeout_type::unspecified) continue; // a retry, see take_start
      start const told{each.call.sequence, each.attempt, each.first, &each.call};
      fail(each, timed_out(due.what, each), due.what == timeout_type::start_to_close, now);
      return told;
    }
    return std::nullopt;
  }
  /// The next one that has ended.
  [[nodiscard]] auto take_result() -> std::optional<local_result> {
    if (results_.empty()) return std::nullopt;
    local_result first = std::move(results_.front());
    results_.erase(results_.begin());
    drop(first.sequence);
    return first;
  }
  /// When `take_start` or `take_expired` will have something; the end of time if nothing will.
  [[nodiscard]] auto next_deadline() const -> time_point {
    time_point next = time_point::max();
    for (entry const& each : entries_)
      if (each.now == phase::due)
        return time_point::min();
      else if (each.now != phase::over && deadline(each).at < next)
        next = deadline(each).at;
    return next;
  }
  [[nodiscard]] auto empty() const noexcept -> bool { return entries_.empty(); }

private:
  enum class phase : std::uint8_t { due, queued, running, backing_off, over };
  struct entry {
    local_call call{};
    phase now{phase::due};
    bool cancel_requested{false};
    std::uint32_t attempt{1};
    time_point first{};             ///< When the first attempt was scheduled.
    time_point begun{};             ///< When this call was.
    time_point attempt_scheduled{}; ///< When this attempt was.
    time_point started{};
    time_point retry_at{};
    indirect<failure> last_failure{};
    [[nodiscard]] auto asked() const -> events::activity_task_scheduled const& {
      return call.asked.get<events::activity_task_scheduled>();
    }
  };
  struct due_time {
    time_point at{time_point::max()};
    timeout_type what{}; ///< unspecified: not a timeout but the next attempt.
  };

  [[nodiscard]] static auto deadline(entry const& of) -> due_time {
    auto const& asked = of.asked();
    due_time next{};
    auto const consider = [&](time_point since, std::optional<duration> const& timeout,
                              timeout_type what) {
      if (!timeout || *timeout <= duration{}) return;
      time_point const at = later(since, *timeout);
      if (at < next.at) next = {at, what};
    };
    consider(of.first, asked.schedule_to_close_timeout, timeout_type::schedule_to_close);
    if (of.now == phase::queued)
      consider(of.attempt_scheduled, asked.schedule_to_start_timeout,
               timeout_type::schedule_to_start);
    if (of.now == phase::running)
      consider(of.started, asked.start_to_close_timeout, timeout_type::start_to_close);
    if (of.now == phase::backing_off && of.retry_at < next.at) next = {of.retry_at, {}};
    return next;
  }
  [[nodiscard]] auto find(std::uint32_t sequence, std::uint32_t attempt) -> entry* {
    for (entry& each : entries_)
      if (each.call.sequence == sequence && each.attempt == attempt) return &each;
    return nullptr;
  }
  [[nodiscard]] static auto cancelled() -> activity_outcome {
    activity_outcome ended{};
    ended.what = activity_outcome::kind::cancelled;
    failure& why = ended.why.make();
    why.message = "local activity cancelled";
    why.info = canceled_failure_info{};
    return ended;
  }
  [[nodiscard]] static auto timed_out(timeout_type which, entry const& of) -> activity_outcome {
    activity_outcome ended{};
    ended.what = activity_outcome::kind::failed;
    failure& why = ended.why.make();
    why.message = "local activity timeout";
    why.info = timeout_failure_info{.timeout_type = which};
    if (which != timeout_type::start_to_close) why.cause = of.last_failure;
    return ended;
  }

  void fail(entry& of, activity_outcome outcome, bool retryable, time_point now) {
    auto const delay = retryable ? retry_delay(of, outcome.why.make(), now) : std::nullopt;
    if (!delay) return conclude(of, std::move(outcome), now);
    if (*delay > retry_threshold_of(of.asked()))
      return conclude(of, std::move(outcome), now, delay);
    of.last_failure = std::move(outcome.why);
    of.now = phase::backing_off;
    of.retry_at = later(now, *delay);
    ++of.attempt;
  }
  [[nodiscard]] static auto retry_delay(entry const& of, failure const& why, time_point now)
      -> std::optional<duration> {
    if (of.cancel_requested) return std::nullopt;
    auto const& asked = of.asked();
    static perdure::retry_policy const standard{};
    perdure::retry_policy const& policy = asked.retry_policy ? *asked.retry_policy : standard;
    auto const* const info = std::get_if<application_failure_info>(&why.info);
    if (info != nullptr) {
      if (info->non_retryable) return std::nullopt;
      for (auto const& type : policy.non_retryable_error_types)
        if (type == info->type) return std::nullopt;
    }
    auto delay = next_delay(policy, of.attempt);
    if (delay && info != nullptr && info->next_retry_delay) delay = info->next_retry_delay;
    auto const& whole = asked.schedule_to_close_timeout;
    if (delay && whole && *whole > duration{} && later(now, *delay) >= later(of.first, *whole))
      return std::nullopt;
    return delay;
  }
  void conclude(entry& of, activity_outcome outcome, time_point now,
                std::optional<duration> backoff = std::nullopt) {
    of.now = phase::over;
    results_.push_back({of.call.sequence, of.attempt, std::move(outcome), backoff, now - of.begun});
  }

  std::vector<entry> entries_;
  std::vector<local_result> results_;
};
using local_schedule = basic_local_schedule<void>;

} // namespace perdure::inline v0::detail
