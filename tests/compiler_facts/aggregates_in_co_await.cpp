// Fact: an aggregate made with braces inside a co_await expression is destroyed exactly once. GCC 12 destroys it
// twice, which is why it is refused in config.hpp: this is how workflows are written.
#include "mini_coroutine.hpp"

#include <string>

namespace {

struct options {
  std::string name{}, queue{};
  fact::counted once{};
};

struct result {
  std::string text{};
  fact::counted once{};
};

struct outer {
  result inner{};
};

auto activity(options const& given) -> fact::later<result> {
  return {.value = {.text = given.name + given.queue, .once = {}}};
}

auto name() -> std::string { return std::string(100, 'a'); }

auto in_an_argument() -> fact::coroutine<result> {
  co_return co_await activity(options{.name = name(), .queue = std::string(80, 'q'), .once = {}});
}

auto without_its_type() -> fact::coroutine<result> {
  co_return co_await activity({.name = name(), .queue = std::string(80, 'q'), .once = {}});
}

auto in_what_is_returned() -> fact::coroutine<outer> {
  co_return outer{co_await activity({.name = name(), .queue = "q", .once = {}})};
}

auto in_braces_that_are_returned() -> fact::coroutine<outer> {
  co_return {co_await activity({.name = name(), .queue = "q", .once = {}})};
}

auto captured(std::string text) -> fact::coroutine<result> {
  auto make = [text, once = fact::counted{}] { return text; };
  co_return co_await activity({.name = make(), .queue = text, .once = {}});
}

template <class T>
auto ends_well(fact::coroutine<T> const& made, std::size_t size) -> bool {
  if constexpr (requires { made.value().inner; }) return made.done() && made.value().inner.text.size() == size;
  else return made.done() && made.value().text.size() == size;
}

auto all_right() -> bool {
  auto a = in_an_argument();
  auto b = without_its_type();
  auto c = in_what_is_returned();
  auto d = in_braces_that_are_returned();
  auto e = captured(name());
  a.run_to_end();
  b.run_to_end();
  c.run_to_end();
  d.run_to_end();
  e.run_to_end();
  return ends_well(a, 180) && ends_well(b, 180) && ends_well(c, 101) && ends_well(d, 101) && ends_well(e, 200);
}

} // namespace

auto main() -> int {
  if (!all_right()) return 1;
  return fact::alive == 0 ? 0 : 2;
}
