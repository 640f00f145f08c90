// Fact: an exception from await_resume is caught around the co_await, its cause stays readable after the handler,
// and a coroutine that left the handler can await again. Failures reach workflow code this way.
#include "mini_coroutine.hpp"

#include <stdexcept>
#include <string>

namespace {

struct failing {
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  auto await_resume() -> int { throw std::runtime_error{"failed on resume"}; }
};

auto cleans_up() -> fact::coroutine<std::string> {
  std::string reason;
  fact::counted const outer{};
  try {
    fact::counted const inner{};
    co_await failing{};
  } catch (std::exception const& caught) {
    reason = caught.what();
  }
  reason += co_await fact::later<std::string>{", cleaned up"};
  co_return reason;
}

} // namespace

auto main() -> int {
  {
    auto run = cleans_up();
    run.run_to_end();
    if (run.value() != "failed on resume, cleaned up") return 1;
  }
  return fact::alive == 0 ? 0 : 2;
}
