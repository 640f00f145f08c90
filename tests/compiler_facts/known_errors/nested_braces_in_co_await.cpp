// GCC 14.2 stops with an internal error on a list of two or more braced aggregates within one co_await
// expression. Where it compiles it must be right.
#include "../mini_coroutine.hpp"

#include <string>
#include <vector>

namespace {

struct input {
  std::string a{}, b{};
};

struct batch {
  std::vector<input> inputs{};
};

auto start(batch given) -> fact::later<std::size_t> { return {given.inputs.size() + given.inputs[1].b.size()}; }

auto two_in_a_list() -> fact::coroutine<std::size_t> {
  co_return co_await start({.inputs = {{"a", "b"}, {"c", std::string(100, 'd')}}});
}

} // namespace

auto main() -> int {
  auto run = two_in_a_list();
  run.run_to_end();
  return run.value() == 102 ? 0 : 1;
}
