// What a run has beside its machine and its coroutines: signals, conditions, what few runs have.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/workflow/fifo.hpp"
#include "perdure/workflow/strand.hpp"

namespace perdure::inline v0::detail {

/// Signals of one name: those nobody has received, or those who wait for one. Never both.
struct signal_buffer {
  struct signal {
    payloads input{};
    indirect<payload_map> header{};
    std::uint64_t order{}; ///< Among all signals of the run.
  };
  shared_string name{};
  fifo<signal> arrived{};
  fifo<waiter*> receivers{};
  bool received{false}; ///< Workflow code has asked for it by name.
};

/// Who handles messages for a run: see message_desk.hpp.
class message_receiver {
public:
  virtual ~message_receiver() = default;
  /// False if nobody handles signals of that name.
  virtual auto take_signal(shared_string const& name, payloads const& input) -> bool = 0;
  /// Of itself and what it keeps, but for coroutines.
  [[nodiscard]] virtual auto heap_bytes() const noexcept -> std::size_t = 0;
};

/// Where workflow code runs that may look but not touch.
struct read_only_section {
  char const* what; ///< "the handler of query", ...
  std::string_view name;
};

class run_context;
struct local_state; // see local_work.hpp

/// A predicate that a strand waits for. One of the ring of those of its run.
class condition : public waiter {
public:
  /// Looks once around the ring, from here on, and wakes the first whose predicate holds. What it
  /// does next may change what the others see, so only one. False if none holds.
  auto wake_one(run_context& run) -> bool;

protected:
  condition() = default;
  condition(condition&&) = default;
  auto operator=(condition&&) -> condition& = delete;
  ~condition() = default;
  [[nodiscard]] virtual auto holds() noexcept -> bool = 0;
  virtual void wake() = 0;
  void link(run_context& run) noexcept;
  void unlink(run_context& run) noexcept;

private:
  condition* before_{nullptr};
  condition* after_{nullptr};
};

/// What few runs have. The memo and the search attributes are as the run's code sees them: those of
/// its start, with its own changes so far. What the library upserts for patches is not among them.
struct run_values {
  indirect<payload_map> memo{};
  indirect<payload_map> search_attributes{};
  std::map<std::string, int> versions{}; ///< By the id given to `get_version`.
  std::string current_details{};         ///< What the run says of itself, for people.
};

} // namespace perdure::inline v0::detail
