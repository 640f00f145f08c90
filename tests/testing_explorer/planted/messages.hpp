// Planted bugs about messages and cancellation: what arrives at another moment than its author had
// in mind. Each has a twin that is right.
#pragma once

#include <perdure/perdure.hpp>

#include <string>

namespace planted {

using namespace std::chrono_literals;
inline perdure::activity_options const one_minute{.start_to_close_timeout = 1min};

/// The flag is cleared after an await: an approval that came meanwhile is forgotten.
namespace lost_signal {

inline constexpr perdure::signal<void> approve{"approve"};
inline auto reserve(std::string order) -> std::string { return order; }

inline auto wrong(std::string order) -> perdure::workflow<std::string> {
  bool approved = false;
  auto const taken = perdure::on(approve, [&] { approved = true; });
  auto const reserved = co_await perdure::execute_activity<reserve>(order, one_minute);
  approved = false; // nobody can have approved it before
  co_await perdure::wait_until([&] { return approved; });
  co_return reserved;
}
inline auto right(std::string order) -> perdure::workflow<std::string> {
  bool approved = false;
  auto const taken = perdure::on(approve, [&] { approved = true; });
  auto const reserved = co_await perdure::execute_activity<reserve>(order, one_minute);
  co_await perdure::wait_until([&] { return approved; });
  co_return reserved;
}

} // namespace lost_signal

/// Updates that come while the first activity runs find no handler.
namespace late_handler {

inline constexpr perdure::update<int(int)> add{"add"};
inline auto open_account(std::string who) -> std::string { return who; }

inline auto wrong(std::string who) -> perdure::workflow<int> {
  int sum = 0;
  co_await perdure::execute_activity<open_account>(who, one_minute);
  auto const taken = perdure::handle(add, [&](int more) { return sum += more; });
  co_await perdure::wait_until([&] { return sum > 0; }, 24h);
  co_return sum;
}
inline auto right(std::string who) -> perdure::workflow<int> {
  int sum = 0;
  auto const taken = perdure::handle(add, [&](int more) { return sum += more; });
  co_await perdure::execute_activity<open_account>(who, one_minute);
  co_await perdure::wait_until([&] { return sum > 0; }, 24h);
  co_return sum;
}
/// Nobody who asked was told that there is no such handler.
inline auto every_update_was_taken(auto const& run) -> bool {
  return run.refused_updates().empty();
}

} // namespace late_handler

/// A cancellation is caught and dropped: what would have ended the run never comes.
namespace swallowed_cancel {

inline auto work(int amount) -> int { return amount; }

inline auto wrong(int amount) -> perdure::workflow<int> {
  bool worked = false;
  try {
    co_await perdure::execute_activity<work>(amount, one_minute);
    worked = true;
  } catch (perdure::cancelled_error const&) {
    worked = false; // it will be tried again
  }
  co_await perdure::wait_until([&] { return worked; });
  co_return amount;
}
inline auto right(int amount) -> perdure::workflow<int> {
  co_await perdure::execute_activity<work>(amount, one_minute);
  co_return amount;
}

} // namespace swallowed_cancel

} // namespace planted
