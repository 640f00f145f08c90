// Numbers about what runs: counts, levels and distributions, for any monitoring system.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/log.hpp"

namespace perdure::inline v0 {

enum class metric_kind : unsigned char {
  counter,   ///< Grows by the value.
  gauge,     ///< Is the value now.
  histogram, ///< The value is one of many, whose distribution is of interest.
};

/// What one of several series of a metric is about.
struct metric_tag {
  std::string_view name{};
  std::string_view value{};
};

/// One measurement on its way to the sink. Views are valid during the call only. Of latencies the
/// value is in milliseconds.
struct metric_point {
  metric_kind kind{};
  std::string_view name{};
  double value{};
  std::span<metric_tag const> tags{};
};

/// Where measurements go; see `worker_options::metrics` and `client_options::metrics`. Called from
/// any thread, from several at once, in the middle of the work: it must be quick and must not
/// throw.
class metric_sink {
public:
  metric_sink() = default;
  metric_sink(metric_sink const&) = delete;
  auto operator=(metric_sink const&) -> metric_sink& = delete;
  virtual ~metric_sink() = default;
  virtual void record(metric_point const& point) noexcept = 0;
};

namespace detail {

/// A sink, and what all that one worker measures has in common.
struct metric_route {
  metric_sink* sink{nullptr};
  std::string_view task_queue{};
};

} // namespace detail

/// Takes measurements; see `metrics()`.
class meter {
public:
  /// Of one measurement, beside those of the library; others are left out.
  static constexpr std::size_t tags_max = 12;

  /// Adds to a counter; `by` is not negative.
  void count(std::string_view name, double by = 1,
             std::initializer_list<metric_tag> tags = {}) const {
    record(metric_kind::counter, name, by, tags);
  }
  /// Says how high a level is now.
  void set(std::string_view name, double value, std::initializer_list<metric_tag> tags = {}) const {
    record(metric_kind::gauge, name, value, tags);
  }
  /// Adds one value to a distribution.
  void observe(std::string_view name, double value,
               std::initializer_list<metric_tag> tags = {}) const {
    record(metric_kind::histogram, name, value, tags);
  }

private:
  static void record(metric_kind kind, std::string_view name, double value,
                     std::initializer_list<metric_tag> own);
};

/// The metrics of the workflow or activity that calls, with its `task_queue`, `workflow_type` and
/// `activity_type` as tags: `metrics().count("orders_shipped", 1, {{"country", country}})`.
/// Elsewhere, and where the worker has no sink, nothing happens. Measurements of workflow code are
/// dropped while it replays, so each is taken once (again after a crash that lost the task).
/// Allocates nothing.
[[nodiscard]] inline auto metrics() noexcept -> meter { return {}; }

#if PERDURE_DEFINES
PERDURE_INLINE void meter::record(metric_kind kind, std::string_view name, double value,
                                  std::initializer_list<metric_tag> own) {
  detail::log_context const* const context = detail::current_log_context;
  if (context == nullptr || context->metrics == nullptr || context->silent) return;
  metric_tag tags[tags_max + 3]{};
  std::size_t count = 0;
  for (metric_tag const& each : own)
    if (count < tags_max) tags[count++] = each;
  tags[count++] = {"task_queue", context->metrics->task_queue};
  tags[count++] = {"workflow_type", context->tags.workflow_type};
  if (!context->tags.activity_type.empty())
    tags[count++] = {"activity_type", context->tags.activity_type};
  context->metrics->sink->record({kind, name, value, {tags, count}});
}
#endif

} // namespace perdure::inline v0
