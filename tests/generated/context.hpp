// What the coroutines of one generated run share, and its handlers of messages.
#pragma once

#include <string>
#include <vector>

#include "generated/observations.hpp"
#include "generated/program.hpp"

namespace generated {

inline constexpr perdure::signal<int> signals[signal_kinds + 1]{{"s0"}, {"s1"}, {"s2"}, {"set"}};
inline constexpr perdure::update<int(int)> add_update{"add"};
inline constexpr perdure::query<std::string()> look_query{"look"};

/// What the coroutines of one run share.
struct context {
  job const* mine{};
  std::vector<std::string> notes{};
  std::string run_id{};
  int state{};
  std::vector<perdure::handler_registration> handlers{}; ///< Go first: they use the others.

  void note(step const& s, std::string const& what) { note("#" + std::to_string(s.id), what); }
  void note(std::string const& who, std::string const& what) {
    notes.push_back(
        who + " " + what + " @" +
        std::to_string(perdure::now().time_since_epoch().count() - 1'577'836'800'000'000'000));
    observed().traces[run_id] = notes;
  }
};

/// Counts the frames that hold it.
struct frame_mark {
  frame_mark() { ++observed().frames; }
  frame_mark(frame_mark const&) = delete;
  auto operator=(frame_mark const&) -> frame_mark& = delete;
  ~frame_mark() { --observed().frames; }
};

// ---- messages

/// What a message does to the state.
inline auto take_message(context& c, std::string name, int value) -> perdure::workflow<void> {
  frame_mark const mark;
  c.state += weight(value);
  c.note(name, std::to_string(value));
  if (waits(value)) {
    co_await perdure::sleep(perdure::duration{wait_of(value)});
    ++c.state;
    c.note(name, std::to_string(value) + " is over");
  }
  if (is_fatal(value)) throw perdure::application_error{"as planned", {.type = "bad " + name}};
}
inline auto take_update(context& c, int value) -> perdure::workflow<int> {
  frame_mark const mark;
  co_await take_message(c, "add", value);
  co_return c.state;
}
inline void listen(context& c) {
  if (!c.handlers.empty()) return;
  c.handlers.push_back(perdure::on(signals[set_signal], [&c](int value) -> perdure::workflow<void> {
    co_await take_message(c, "set", value);
  }));
  c.handlers.push_back(perdure::handle(
      add_update,
      [&c](int value) -> perdure::workflow<int> { co_return co_await take_update(c, value); },
      [](int value) {
        if (is_refused(value)) throw perdure::application_error{"as planned", {.type = "refused"}};
      }));
  c.handlers.push_back(perdure::handle(look_query, [&c] {
    return std::to_string(c.state) + " after " + std::to_string(c.notes.size()) + " notes";
  }));
}

} // namespace generated
