// What a program does with the library beside calling it, by import: it specialises the library's
// templates, compares, hashes and formats its values.
#include <chrono>
#include <coroutine>
#include <cstdio>
#include <string>
#include <unordered_set>
#include <vector>

import perdure;

using namespace std::chrono_literals;

enum class http { ok = 200, not_found = 404 };
template <>
inline constexpr auto perdure::enum_range<http> = perdure::enum_bounds{100, 499};

struct answer {
  http status{};
  std::vector<int> numbers{};
};

auto ask(int number) -> answer { return {http::not_found, {number, number + 1}}; }
template <>
inline auto const perdure::default_activity_options<ask> =
    perdure::activity_options{.start_to_close_timeout = 10s};

auto twice(int number) -> perdure::workflow<answer> {
  auto const all = co_await perdure::when_all(perdure::execute_activity<ask>(number),
                                              perdure::execute_activity<ask>(number + 1));
  co_await perdure::sleep(1ms);
  co_return std::get<1>(all);
}

static auto holds(bool fact, char const* what) -> int {
  if (!fact) std::printf("not so: %s\n", what);
  return fact ? 0 : 1;
}

int main() {
  perdure::memory_backend backend;
  perdure::worker worker{backend, {.task_queue = "imports"}};
  worker.add<twice, ask>();
  worker.start();
  perdure::client client{backend};
  auto const run = client.start_workflow<twice>(3, {.id = "one", .task_queue = "imports"});
  int wrong = holds(perdure::to_json(run.result()) == R"({"status":"not_found","numbers":[4,5]})",
                    "an enumeration is written by name");

  perdure::history const history = run.fetch_history();
  wrong += holds(history == run.fetch_history(), "a history is equal to itself");
  wrong += holds(history.events.front() != history.events.back(), "its first event is its last");
  std::unordered_set<perdure::shared_string> ids{"one", "two", "one"};
  wrong += holds(ids.size() == 2, "two texts are two");
  wrong += holds(perdure::base64::encode("perdure") == "cGVyZHVyZQ==", "base64");
  try {
    static_cast<void>(client.get_handle<twice>("none").result());
    wrong += holds(false, "there is no such run");
  } catch (perdure::error const& why) {
    wrong += holds(why.code() == perdure::errc::not_found, "an error has its code");
  }
  return wrong;
}
