// Waiting for what a server does by itself, and mistakes by their codes.
#pragma once

#include <chrono>
#include <thread>

#include <perdure/error.hpp>

namespace perdure_test {

/// Whether it holds within half a minute: what servers list and index is a moment late.
template <class Holds>
auto holds_soon(Holds holds) -> bool {
  using clock = std::chrono::steady_clock;
  for (auto const end = clock::now() + std::chrono::seconds{30}; clock::now() < end;) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{20}); // the server limits such calls
  }
  return false;
}

/// What an error says, or 0 if there is none.
template <class Act>
auto code_of(Act act) -> perdure::errc {
  try {
    act();
  } catch (perdure::error const& why) {
    return why.code();
  }
  return {};
}

} // namespace perdure_test
