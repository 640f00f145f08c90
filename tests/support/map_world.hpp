// What the tests of maps call, and how they look at what came of it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "support/virtual_world.hpp"

namespace perdure_test {

inline perdure::activity_options const once{.start_to_close_timeout = std::chrono::seconds{10}};

inline auto square(int value) -> int {
  if (value < 0)
    throw perdure::application_error{"no " + std::to_string(value),
                                     {.type = "Negative", .non_retryable = true}};
  return value * value;
}
inline auto join(std::string left, int right) -> std::string {
  return left + std::to_string(right);
}
inline void nothing(int) {}
/// The later in line, the sooner it ends.
inline auto slow_child(int value) -> perdure::workflow<int> {
  co_await perdure::sleep(std::chrono::minutes{10 - value});
  co_return value + 100;
}

inline auto numbers(int count) -> std::vector<int> {
  std::vector<int> all;
  for (int i = 0; i < count; ++i) all.push_back(i);
  return all;
}
/// "-" for a failure.
inline auto told(std::vector<perdure::outcome<int>> const& all) -> std::string {
  std::string text;
  for (auto const& each : all) text += (each ? std::to_string(*each) : "-") + " ";
  return text;
}
/// How many were under way at once, by events of history.
inline auto most_at_once(std::vector<perdure::event> const& events, perdure::event_type begin,
                         perdure::event_type end) -> int {
  int now = 0;
  int most = 0;
  for (auto const& each : events) {
    if (each.type == begin) most = std::max(most, ++now);
    if (each.type == end) --now;
  }
  return most;
}

} // namespace perdure_test
