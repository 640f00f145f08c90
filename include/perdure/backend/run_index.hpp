// From a workflow id to its current run: an open-addressing hash table that keeps hashes beside
// pointers, so that a look-up reads one line of it and, if it hits, one run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "perdure/engine/run_state.hpp"

namespace perdure::inline v0::engine {

/// Runs by workflow id; one per id, the one that was set last. Runs stay where they are. O(1) each.
class run_index {
public:
  [[nodiscard]] auto find(std::string_view workflow_id) const noexcept -> run_state* {
    return slots_.empty() ? nullptr : slots_[place(workflow_id, hash(workflow_id))].run;
  }
  /// Has the processor fetch what `find` will read first.
  void fetch(std::string_view workflow_id) const noexcept {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash(workflow_id) & (slots_.size() - 1)]);
  }
  void set(run_state& run) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    std::size_t const key = hash(run.execution.workflow_id);
    slot& found = slots_[place(run.execution.workflow_id, key)];
    if (found.run == nullptr) ++count_;
    found = {key, &run};
  }

  /// Takes the run out if it is the one of its workflow id.
  void erase(run_state const& run) {
    if (slots_.empty()) return;
    std::size_t const mask = slots_.size() - 1;
    std::size_t hole = place(run.execution.workflow_id, hash(run.execution.workflow_id));
    if (slots_[hole].run != &run) return;
    // Whatever was put further on because this place was taken moves up.
    for (std::size_t at = (hole + 1) & mask; slots_[at].run != nullptr; at = (at + 1) & mask)
      if (((at - slots_[at].hash) & mask) >= ((at - hole) & mask)) {
        slots_[hole] = slots_[at];
        hole = at;
      }
    slots_[hole] = {};
    --count_;
  }

private:
  struct slot {
    std::size_t hash{};
    run_state* run{};
  };
  [[nodiscard]] static auto hash(std::string_view text) noexcept -> std::size_t {
    std::uint64_t key = text.size();
    auto const mix = [&](std::uint64_t with) {
      key = (key ^ with) * 0x9e37'79b9'7f4a'7c15U; // carries differences up, and then
      key ^= key >> 32U;                           // down
    };
    auto const take_in = [&](std::size_t from) {
      std::uint64_t word{};
      std::memcpy(&word, text.data() + from, 8);
      mix(word);
    };
    if (text.size() < 8) {
      for (char const c : text) mix(static_cast<unsigned char>(c));
    } else {
      for (std::size_t at = 0; at + 8 < text.size(); at += 8) take_in(at);
      take_in(text.size() - 8);
    }
    mix(0); // what differs in the last bytes has come down half way
    return key;
  }
  /// Where the id is, or where it would be put.
  [[nodiscard]] auto place(std::string_view workflow_id, std::size_t key) const noexcept
      -> std::size_t {
    std::size_t const mask = slots_.size() - 1;
    std::size_t at = key & mask;
    while (slots_[at].run != nullptr &&
           (slots_[at].hash != key || slots_[at].run->execution.workflow_id != workflow_id))
      at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    std::size_t const mask = slots_.size() - 1;
    for (slot const& each : old) {
      if (each.run == nullptr) continue;
      std::size_t at = each.hash & mask; // all ids differ: no need to read them
      while (slots_[at].run != nullptr) at = (at + 1) & mask;
      slots_[at] = each;
    }
  }

  std::vector<slot> slots_;
  std::size_t count_{0};
};

} // namespace perdure::inline v0::engine
