// Fact: braces evaluate from left to right everywhere, call arguments do not. It is why a combinator numbers
// the lazy operations it is given, and takes eager ones only as lvalues.
#include "mini_coroutine.hpp"

#include <string>

namespace {

std::string order;

auto draw(char name) -> int {
  order += name;
  return 0;
}

auto awaited(char name) -> fact::later<int> {
  order += name;
  return {};
}

struct three {
  int a{}, b{}, c{};
};

auto call(int, int, int) -> int { return 0; }

auto in_braces() -> fact::coroutine<int> {
  auto const values = three{co_await awaited('a'), co_await awaited('b'), co_await awaited('c')};
  co_return values.a;
}

auto in_a_call() -> fact::coroutine<int> {
  co_return call(co_await awaited('a'), co_await awaited('b'), co_await awaited('c'));
}

auto is_order_of_a_call() -> bool {
#if defined(__clang__)
  return order == "abc";
#else
  return order == "abc" || order == "cba"; // from one end or the other, by version
#endif
}

} // namespace

auto main() -> int {
  (void)three{draw('a'), draw('b'), draw('c')};
  if (order != "abc") return 1;
  order.clear();
  in_braces().run_to_end();
  if (order != "abc") return 2;
  order.clear();
  call(draw('a'), draw('b'), draw('c'));
  if (!is_order_of_a_call()) return 3;
  order.clear();
  in_a_call().run_to_end();
  return is_order_of_a_call() ? 0 : 4;
}
