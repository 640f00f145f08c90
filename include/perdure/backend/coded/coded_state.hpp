// What both sides of a coded backend share: the backend behind it, the codecs, and who knows where
// a payload lives.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/coded/event_places.hpp"
#include "perdure/backend/coded/tasks_in_hand.hpp"

namespace perdure::inline v0 {

/// How payloads are changed on their way to a backend.
struct codec_options {
  /// In the order in which they encode. Of storage and encryption, storage comes first.
  payload_codecs codecs{};
  /// Part of every payload's place: the Temporal namespace, or any name of the installation.
  std::string namespace_{};
};

namespace detail {

template <backend B>
class coded_state {
public:
  coded_state(B& inner, codec_options options)
      : inner_{&inner},
        options_{std::move(options)},
        encoder_{options_.codecs, coding::encode},
        decoder_{options_.codecs, coding::decode} {}
  // The coders refer to the options.
  coded_state(coded_state const&) = delete;
  auto operator=(coded_state const&) -> coded_state& = delete;

protected:
  ~coded_state() = default;

  [[nodiscard]] auto inner() const noexcept -> B& { return *inner_; }
  [[nodiscard]] auto encoder() const noexcept -> payload_coder const& { return encoder_; }
  [[nodiscard]] auto decoder() const noexcept -> payload_coder const& { return decoder_; }
  [[nodiscard]] auto in_hand() noexcept -> tasks_in_hand& { return in_hand_; }

  [[nodiscard]] auto places(run_lineage const& run) const -> run_places {
    return {options_.namespace_, run};
  }
  /// Of what a client sends to a workflow, and gets from it.
  [[nodiscard]] auto place(std::string_view workflow_id, std::string_view subject,
                           std::string_view id = {}, std::string_view field = {}) const
      -> payload_place {
    return {options_.namespace_, workflow_id, {}, subject, id, field, {}, 0, {}};
  }
  [[nodiscard]] static auto lineage_of(workflow_execution const& run,
                                       std::vector<event> const& events) -> run_lineage {
    run_lineage lineage{run};
    lineage.learn(events);
    return lineage;
  }
  void decode_all(std::vector<event>& events, run_lineage const& lineage) const {
    run_places const where = places(lineage);
    for (event& each : events) code_event(decoder_, each, where);
  }

private:
  B* inner_;
  codec_options options_;
  payload_coder encoder_;
  payload_coder decoder_;
  tasks_in_hand in_hand_;
};

} // namespace detail
} // namespace perdure::inline v0
