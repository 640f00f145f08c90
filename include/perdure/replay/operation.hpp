// What a machine keeps of each thing that workflow code asked for, and the news about it.
#pragma once

#include <cstdint>
#include <source_location>

#include "perdure/history/event.hpp"
#include "perdure/replay/operation_machine.hpp"

namespace perdure::inline v0::replay {

/// Where an operation is kept in its run's machine. Reused after `release`.
using operation_index = std::uint32_t;
inline constexpr operation_index no_operation = 0xffff'ffffU;

/// How a cancelled await treats the operation behind it. Names and defaults are Temporal's.
enum class cancellation_type : std::uint8_t {
  try_cancel,                  ///< Ask for cancellation; the await throws at once.
  wait_cancellation_completed, ///< Ask for cancellation; the await waits for the outcome.
  abandon,                     ///< Ask for nothing; the await throws at once.
};

/// One thing that workflow code asked for and that history will answer.
struct operation {
  operation_kind kind{};
  operation_state state{operation_state::requested};
  cancellation_type on_cancel{};
  bool cancelled{false};         ///< Resolved as cancelled by this run itself.
  bool resolved{false};          ///< Its outcome may be handed to workflow code.
  bool delivered{false};         ///< It was: whoever waits for it was woken.
  bool released{false};          ///< Nobody will ask for its outcome again.
  event_type closed_by{};        ///< The kind of `outcome`.
  std::uint32_t sequence{};      ///< Counts from 1 within its kind, as Temporal's Core does.
  std::uint32_t queue_slot{};    ///< Where its command waits while it is `requested`; of a free
                                 ///< one, the next free one.
  event_id command_event_id{};   ///< The event its command became.
  std::source_location source{}; ///< The call that issued it.
  event_attributes command{};    ///< What was asked.
  event_attributes start{};      ///< Child workflows: the started event.
  event_attributes outcome{};    ///< The event that closed it.
};

/// Something that workflow code must react to, found in history.
struct job {
  enum class kind : std::uint8_t { resolve, started, cancel_run };
  kind what{};
  operation_index operation{no_operation};
};

} // namespace perdure::inline v0::replay
