// What is done to payloads on their way to a backend, and undone on their way back.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/data/payload.hpp"

namespace perdure::inline v0 {

/// The workflow, and mostly the run, that a payload belongs to.
struct payload_home {
  std::string workflow_id{};
  std::string run_id{}; ///< Empty: it belongs to whichever run of the workflow there is.

  friend auto operator==(payload_home const&, payload_home const&) -> bool = default;
};

/// Where a payload lives: what a codec may tie it to, so that it counts nowhere else. Whoever
/// writes a payload and whoever reads it give the same place. What is known on every path is in it,
/// and no more: no event ids (a command has none yet), and no run id for what passes between runs
/// or comes from a client. The texts are good during the call.
struct payload_place {
  std::string_view namespace_{}; ///< `codec_options::namespace_`.
  std::string_view workflow_id{};
  std::string_view run_id{};     ///< Empty: it is not tied to one run.
  std::string_view subject{};    ///< "workflow", "activity", "signal", "update", "query", ...
  std::string_view subject_id{}; ///< The activity id, the name of the signal, the update id, ...
  std::string_view field{};      ///< "input", "result", "failure", "heartbeat", "memo", ...
  std::string_view key{};        ///< Of an entry of a memo or a header; the part of a failure.
  std::uint32_t index{};         ///< Among the payloads of one list, from 0.
  /// When it is read: where else it may have been written. A run that was reset or forked holds
  /// what its base has written; a run that a schedule started, what was given to the schedule.
  std::span<payload_home const> other_homes{};
};

/// One text for a place in one of its homes: equal only if all parts are.
[[nodiscard]] inline auto place_text(payload_place const& place, std::string_view workflow_id,
                                     std::string_view run_id) -> std::string {
  std::string text{"perdure place 1"};
  for (auto const part : {place.namespace_, workflow_id, run_id, place.subject, place.subject_id,
                          place.field, place.key}) {
    text += '\n';
    text += std::to_string(part.size());
    text += ' ';
    text += part;
  }
  text += '\n';
  return text += std::to_string(place.index);
}

/// The home that `place` names first, and then the others: calls `fn(std::string place_text)` until
/// one call gives true. False if none did.
template <class Fn>
auto any_home(payload_place const& place, Fn&& fn) -> bool {
  if (fn(place_text(place, place.workflow_id, place.run_id))) return true;
  for (auto const& each : place.other_homes)
    if (fn(place_text(place, each.workflow_id, each.run_id))) return true;
  return false;
}

/// Changes payloads: compresses, encrypts, or keeps them elsewhere. Thread-safe. May throw
/// `perdure::error`: what was to be done with the payload then does not happen.
class payload_codec {
public:
  virtual ~payload_codec() = default;

  /// What the backend gets instead of `value`.
  [[nodiscard]] virtual auto encode(payload value, payload_place const& place) const -> payload = 0;
  /// The value that `encode` was given. A payload that is none of this codec's is given back as it
  /// is, so that histories which began without the codec can go on with it.
  [[nodiscard]] virtual auto decode(payload value, payload_place const& place) const -> payload = 0;
  /// Whether nobody else is to read what is encoded. Then the texts of failures become payloads.
  [[nodiscard]] virtual auto hides_content() const noexcept -> bool { return true; }
};

/// Codecs in the order in which they encode; they decode in the reverse order.
using payload_codecs = std::vector<std::shared_ptr<payload_codec const>>;

} // namespace perdure::inline v0
