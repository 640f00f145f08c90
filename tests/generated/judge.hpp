// Compares what the library made of a program with the oracle, and says what is wrong in words.
#pragma once

#include <cstdint>
#include <string>

#include "generated/file_world.hpp"
#include "generated/harness.hpp"

namespace generated {

/// `undecided`: what comes of the program depends on the order of what happens at one time, and
/// none of the orders tried gave what the library did.
enum class verdict : std::uint8_t { same, same_in_another_order, undecided, wrong };

struct judgement {
  verdict what{verdict::same};
  std::string why{};
};

[[nodiscard]] inline auto to_text(oracle::endings const& all) -> std::string {
  std::string text;
  for (auto const& [id, runs] : all)
    for (auto const& each : runs) {
      text += "  " + id + " " + each.status + "\n";
      for (auto const& note : each.notes) text += "      " + note + "\n";
    }
  return text;
}

[[nodiscard]] inline auto compare(program const& p, oracle::endings const& found) -> judgement {
  auto const expected = oracle::expect(p, 0);
  if (expected == found) return {};
  bool depends_on_order = false;
  for (std::uint64_t order = 1; order < 200; ++order) {
    auto const other = oracle::expect(p, order);
    if (other == found) return {verdict::same_in_another_order, {}};
    depends_on_order = depends_on_order || other != expected;
  }
  return {depends_on_order ? verdict::undecided : verdict::wrong,
          "the library:\n" + to_text(found) + "the oracle:\n" + to_text(expected)};
}

/// Runs a program with everything cached, twice, with nothing cached (so that every task replays
/// its run from the start), and with one or two runs cached.
[[nodiscard]] inline auto judge(program const& p) -> judgement {
  auto const first = perform(p, 10'000, true);
  if (!first.fault.empty()) return {verdict::wrong, first.fault};
  struct variation {
    std::size_t cached;
    char const* name;
  };
  for (variation const each : {variation{10'000, "the same again"}, variation{0, "nothing cached"},
                               variation{1, "one run cached"}, variation{2, "two runs cached"}}) {
    auto const other = perform(p, each.cached, false);
    std::string const with = std::string{"with "} + each.name + ": ";
    if (!other.fault.empty()) return {verdict::wrong, with + other.fault};
    if (other.endings != first.endings)
      return {verdict::wrong, with + "\n" + to_text(other.endings) + "with everything cached:\n" +
                                  to_text(first.endings)};
    if (other.histories != first.histories) return {verdict::wrong, with + "the histories differ"};
  }
  return compare(p, first.endings);
}

/// Runs a program on a file that is opened again and again, with everything and with nothing cached
/// meanwhile: it must come out as in memory, or, where that depends on the order of what happens at
/// one time, as the oracle says of another order.
[[nodiscard]] inline auto judge_in_file(program const& p) -> judgement {
  auto const in_memory = perform(p, 10'000, false);
  for (std::size_t const cached : {std::size_t{10'000}, std::size_t{0}}) {
    auto const in_file = perform_in_file(p, cached);
    std::string const with = "in a file, " + std::to_string(cached) + " cached: ";
    if (!in_file.fault.empty()) return {verdict::wrong, with + in_file.fault};
    if (in_file.endings != in_memory.endings && compare(p, in_file.endings).what == verdict::wrong)
      return {verdict::wrong,
              with + "\n" + to_text(in_file.endings) + "in memory:\n" + to_text(in_memory.endings)};
  }
  return {};
}

} // namespace generated
