// Planted bugs about effects: what was done is not undone, not waited for, or counted elsewhere.
#pragma once

#include <perdure/perdure.hpp>

#include <string>

#include "messages.hpp"

namespace planted {

/// Only a failure is undone: a cancellation after the charge, and a charge whose answer was lost,
/// keep the money.
namespace missing_compensation {

inline void charge(int) {}
inline void ship(int) {}
inline void refund(int) {}

inline auto wrong(int price) -> perdure::workflow<void> {
  co_await perdure::execute_activity<charge>(price, one_minute);
  bool shipped = true;
  try {
    co_await perdure::execute_activity<ship>(price, one_minute);
  } catch (perdure::activity_error const&) {
    shipped = false;
  }
  if (!shipped) co_await perdure::execute_activity<refund>(price, one_minute);
}
inline auto right(int price) -> perdure::workflow<void> {
  co_await perdure::with_compensations(
      [&](perdure::compensations& undo) -> perdure::workflow<void> {
        undo.add([=] { return perdure::execute_activity<refund>(price, one_minute); });
        co_await perdure::execute_activity<charge>(price, one_minute);
        co_await perdure::execute_activity<ship>(price, one_minute);
      });
}
/// Whatever was charged and did not ship was refunded.
inline auto nothing_is_kept(auto const& run) -> bool {
  return run.template count<charge>() == 0 || run.template count<ship>() > 0 ||
         run.template count<refund>() > 0;
}

} // namespace missing_compensation

/// The first offer is taken for the best one: they happen to be asked for in that order.
namespace race_of_completions {

inline auto near_shop(std::string) -> int { return 10; }
inline auto far_shop(std::string) -> int { return 12; }

inline auto wrong(std::string what) -> perdure::workflow<int> {
  auto const first =
      co_await perdure::when_any(perdure::execute_activity<near_shop>(what, one_minute),
                                 perdure::execute_activity<far_shop>(what, one_minute));
  co_return first.index == 0 ? std::get<0>(first.value) : std::get<1>(first.value);
}
inline auto right(std::string what) -> perdure::workflow<int> {
  auto const both =
      co_await perdure::when_all(perdure::execute_activity<near_shop>(what, one_minute),
                                 perdure::execute_activity<far_shop>(what, one_minute));
  co_return std::get<0>(both) < std::get<1>(both) ? std::get<0>(both) : std::get<1>(both);
}
inline auto the_best_offer_is_taken(auto const& run) -> bool {
  return !run.completed() || run.template result<int>() == 10;
}

} // namespace race_of_completions

/// Nobody waits for the letter: the run ends without it when it comes last.
namespace dropped_activity {

inline void write_letter(std::string) {}
inline void pack(std::string) {}

inline auto wrong(std::string to) -> perdure::workflow<void> {
  auto const letter = perdure::start_activity<write_letter>(to, one_minute);
  co_await perdure::execute_activity<pack>(to, one_minute);
}
inline auto right(std::string to) -> perdure::workflow<void> {
  auto letter = perdure::start_activity<write_letter>(to, one_minute);
  co_await perdure::execute_activity<pack>(to, one_minute);
  co_await letter;
}
/// Whoever got a parcel got a letter.
inline auto every_parcel_has_a_letter(auto const& run) -> bool {
  return !run.completed() || run.template count<write_letter>() > 0;
}

} // namespace dropped_activity

} // namespace planted
