// A metric sink that keeps what it is told, for tests and for Prometheus.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/metrics.hpp"

namespace perdure::inline v0 {

/// Keeps the sums of all series in memory, as many as there are different tags. Thread-safe.
class metric_store final : public metric_sink {
public:
  /// Tags by name; a tag without a value is left out, as Prometheus has it.
  using labels = std::map<std::string, std::string, std::less<>>;

  /// The upper bounds of a histogram's buckets, in milliseconds; one without a bound follows.
  static constexpr std::array<double, 14> bounds{1,   5,     10,  50,  100, 250, 500,
                                                 1e3, 2.5e3, 5e3, 1e4, 6e4, 6e5, 3.6e6};

  /// One series: a metric with certain tags.
  struct series {
    metric_kind kind{};
    double value{};                                         ///< The sum; of a gauge the last value.
    std::uint64_t count{};                                  ///< How many measurements were taken.
    std::array<std::uint64_t, bounds.size() + 1> buckets{}; ///< Of a histogram, each on its own.
  };

  void record(metric_point const& point) noexcept override {
    try {
      add(point);
    } catch (...) {
      // No memory: this measurement is lost, and nothing else.
    }
  }

  /// The series of a metric that have these tags, and any others, added up; of gauges: the last one
  /// in the order of their tags.
  [[nodiscard]] auto find(std::string_view name, labels const& having = {}) const -> series {
    std::lock_guard const lock{mutex_};
    series sum{};
    auto const found = all_.find(name);
    if (found == all_.end()) return sum;
    for (auto const& [tags, each] : found->second) {
      if (!has(tags, having)) continue;
      sum.kind = each.kind;
      sum.value = each.kind == metric_kind::gauge ? each.value : sum.value + each.value;
      sum.count += each.count;
      for (std::size_t i = 0; i < sum.buckets.size(); ++i) sum.buckets[i] += each.buckets[i];
    }
    return sum;
  }
  /// The value of the same.
  [[nodiscard]] auto value(std::string_view name, labels const& having = {}) const -> double {
    return find(name, having).value;
  }

  /// All of it in Prometheus' text format, version 0.0.4: the answer to a scrape. Metrics and their
  /// series are in the order of their names.
  [[nodiscard]] auto to_prometheus() const -> std::string {
    std::lock_guard const lock{mutex_};
    std::string text;
    for (auto const& [name, tables] : all_) {
      std::string const shown = name_for_prometheus(name);
      if (tables.empty()) continue;
      static constexpr char const* kinds[] = {"counter", "gauge", "histogram"};
      text += "# TYPE " + shown + " " + kinds[static_cast<int>(tables.begin()->second.kind)] + "\n";
      for (auto const& [tags, each] : tables) write(text, shown, tags, each);
    }
    return text;
  }

private:
  [[nodiscard]] static auto has(labels const& tags, labels const& wanted) -> bool {
    for (auto const& [name, value] : wanted) {
      auto const found = tags.find(name);
      if (found == tags.end() || found->second != value) return false;
    }
    return true;
  }
  void add(metric_point const& point) {
    labels tags;
    for (metric_tag const& each : point.tags)
      if (!each.value.empty()) tags[std::string{each.name}] = each.value;
    std::lock_guard const lock{mutex_};
    series& to = all_[std::string{point.name}][std::move(tags)];
    to.kind = point.kind;
    ++to.count;
    to.value = point.kind == metric_kind::gauge ? point.value : to.value + point.value;
    if (point.kind != metric_kind::histogram) return;
    std::size_t bucket = 0;
    while (bucket < bounds.size() && point.value > bounds[bucket]) ++bucket;
    ++to.buckets[bucket];
  }

  /// Other characters than letters, digits and _ become _.
  [[nodiscard]] static auto name_for_prometheus(std::string_view name) -> std::string {
    std::string made;
    for (char const c : name) {
      bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      bool const digit = c >= '0' && c <= '9';
      made += letter || (digit && !made.empty()) ? c : '_';
    }
    return made;
  }
  [[nodiscard]] static auto number(double value) -> std::string {
    if (value >= -9e15 && value <= 9e15 &&
        value == static_cast<double>(static_cast<std::int64_t>(value)))
      return std::to_string(static_cast<std::int64_t>(value));
    return std::to_string(value);
  }
  static void write_labels(std::string& text, labels const& tags, std::string_view bound = {}) {
    if (tags.empty() && bound.empty()) return;
    char before = '{';
    auto const pair = [&](std::string_view name, std::string_view value) {
      text += before;
      text += name_for_prometheus(name) + "=\"";
      for (char const c : value) {
        if (c == '\\' || c == '"') text += '\\';
        if (c == '\n')
          text += "\\n";
        else
          text += c;
      }
      text += '"';
      before = ',';
    };
    for (auto const& [name, value] : tags) pair(name, value);
    if (!bound.empty()) pair("le", bound);
    text += '}';
  }
  static void write(std::string& text, std::string const& name, labels const& tags,
                    series const& from) {
    auto const line = [&](char const* suffix, std::string_view bound, std::string const& value) {
      text += name + suffix;
      write_labels(text, tags, bound);
      text += " " + value + "\n";
    };
    if (from.kind != metric_kind::histogram) return line("", {}, number(from.value));
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < from.buckets.size(); ++i) {
      below += from.buckets[i];
      line("_bucket", i < bounds.size() ? number(bounds[i]) : "+Inf", std::to_string(below));
    }
    line("_sum", {}, number(from.value));
    line("_count", {}, std::to_string(from.count));
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::map<labels, series>, std::less<>> all_;
};

} // namespace perdure::inline v0
