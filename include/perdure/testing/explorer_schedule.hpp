// What can happen next to a run that is explored, and schedules of it as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/error.hpp"

namespace perdure::inline v0::detail {

/// One thing that happens to a run from the outside.
struct explorer_move {
  enum class kind : std::uint8_t {
    task,     ///< A worker takes the next workflow task and answers it.
    complete, ///< An activity runs and answers.
    stop,     ///< An activity that was cancelled stops, and has done nothing.
    fail,     ///< An activity fails for good, and has done nothing.
    lose,     ///< An activity runs, and its worker dies before it has answered.
    send,     ///< A signal or an update arrives.
    time,     ///< Time passes until the next deadline.
    cancel,   ///< Somebody cancels the run.
    evict,    ///< The live runs are dropped: the next task replays.
    crash     ///< A worker works on the next workflow task and dies before it has answered.
  };
  kind what{};
  std::uint32_t number{0}; ///< Of the attempt or message, from 1; 0 where there is only one.

  friend auto operator==(explorer_move, explorer_move) -> bool = default;
};

inline constexpr std::string_view explorer_words[] = {
    "task", "complete", "stop", "fail", "lose", "send", "time", "cancel", "evict", "crash"};

/// `complete 2 (charge)`; what stands in brackets is for readers.
[[nodiscard]] inline auto text_of(explorer_move move, std::string_view about = {}) -> std::string {
  std::string text{explorer_words[static_cast<std::size_t>(move.what)]};
  if (move.number != 0) text += " " + std::to_string(move.number);
  if (!about.empty()) text += " (" + std::string{about} + ")";
  return text;
}

/// What happened, move by move, and what else could have happened then.
struct explorer_trace {
  struct step {
    explorer_move taken{};
    std::uint32_t first{0}; ///< Of its moves; the first of them is the one taken by default.
    std::uint32_t count{0};
    std::string about{}; ///< The type of the activity, the name of the message.
  };
  std::vector<step> steps{};
  std::vector<explorer_move> moves{};

  [[nodiscard]] auto deviates(std::size_t at) const noexcept -> bool {
    return steps[at].taken != moves[steps[at].first];
  }
  /// All up to the last step that was not the default one: what follows goes without saying.
  [[nodiscard]] auto text() const -> std::string {
    std::size_t end = steps.size();
    while (end > 0 && !deviates(end - 1)) --end;
    std::string all;
    for (std::size_t i = 0; i < end; ++i)
      all += (i == 0 ? "" : "; ") + text_of(steps[i].taken, steps[i].about);
    return all;
  }
  [[nodiscard]] auto hash() const noexcept -> std::uint64_t {
    std::uint64_t value = 0xcbf2'9ce4'8422'2325U;
    for (step const& each : steps) {
      value = (value ^ static_cast<std::uint64_t>(each.taken.what)) * 0x100'0000'01b3U;
      value = (value ^ each.taken.number) * 0x100'0000'01b3U;
    }
    return value;
  }
};

[[nodiscard]] inline auto trimmed(std::string_view text) noexcept -> std::string_view {
  auto const first = text.find_first_not_of(" \n\t");
  return first == text.npos ? std::string_view{}
                            : text.substr(first, text.find_last_not_of(" \n\t") - first + 1);
}

/// Reads one move. \throws error (invalid_argument) if it is none
[[nodiscard]] inline auto parse_move(std::string_view text) -> explorer_move {
  std::string_view rest = trimmed(text.substr(0, text.find('(')));
  auto const space = rest.find(' ');
  std::string_view const word = rest.substr(0, space);
  rest = space == rest.npos ? std::string_view{} : trimmed(rest.substr(space));
  explorer_move move{};
  for (char const digit : rest) {
    if (digit < '0' || digit > '9' || move.number > 1'000'000)
      throw error{errc::invalid_argument, "schedule: '" + std::string{text} + "' has no number"};
    move.number = move.number * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  for (std::size_t i = 0; i < std::size(explorer_words); ++i) {
    if (explorer_words[i] != word) continue;
    move.what = static_cast<explorer_move::kind>(i);
    return move;
  }
  throw error{errc::invalid_argument, "schedule: '" + std::string{text} + "' is no move"};
}

/// Reads `complete 2; crash; fail 1`. \throws error (invalid_argument), which names the move
[[nodiscard]] inline auto parse_schedule(std::string_view text) -> std::vector<explorer_move> {
  std::vector<explorer_move> moves;
  while (!text.empty()) {
    auto const end = text.find(';');
    std::string_view const part = trimmed(text.substr(0, end));
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    if (!part.empty()) moves.push_back(parse_move(part));
  }
  return moves;
}

/// Says which of the moves that are possible is made: by its place, the first one is the default.
class explorer_chooser {
public:
  [[nodiscard]] virtual auto choose(std::size_t step, explorer_move const* moves, std::size_t count)
      -> std::size_t = 0;

protected:
  ~explorer_chooser() = default;
};

[[nodiscard]] inline auto find_move(explorer_move wanted, explorer_move const* moves,
                                    std::size_t count) noexcept -> std::optional<std::size_t> {
  for (std::size_t i = 0; i < count; ++i)
    if (moves[i] == wanted) return i;
  return std::nullopt;
}

} // namespace perdure::inline v0::detail
