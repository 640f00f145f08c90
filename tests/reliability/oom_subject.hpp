// Programs whose memory runs out for a moment: they go on in the same process, and all comes out as
// computed.
#pragma once

#include <stdexcept>

#include "allocations.hpp"
#include "durable_subject.hpp"

/// LeakSanitizer's, where there is one.
extern "C" __attribute__((weak)) auto __lsan_do_recoverable_leak_check() -> int;

namespace reliability {

/// Whether memory was lost so far, if that is known.
inline auto leaks() -> bool {
  return __lsan_do_recoverable_leak_check != nullptr && __lsan_do_recoverable_leak_check() != 0;
}

/// A durable program that never restarts: calls may say that there is no memory, and are repeated.
template <class Kind>
class oom_subject final : public subject {
public:
  oom_subject(Kind kind, std::uint64_t seed)
      : kind_{kind}, program_{make_program(seed)}, whole_{kind, seed} {}

  void prepare(place const& where) override { whole_.prepare(where); }

  void run(place const& where, reporter const& acked) override {
    std::optional<player<Kind>> playing;
    {
      undisturbed const preparing;
      playing.emplace(kind_, where, program_, 1);
    }
    player<Kind>& mine = *playing;
    std::string wrong;
    bool refused = false;
    try {
      if (!mine.play(&acked, false)) wrong = "the client gave up, though there is memory again";
    } catch (perdure::error const& e) {
      // A step in memory is not undone: no call is taken after one that was not done to its end.
      refused = !Kind::is_durable && e.code() == perdure::errc::stopped;
      if (!refused) wrong = e.what();
    }
    {
      undisturbed const looking;
      if (wrong.empty() && !refused)
        wrong = wrong_at_the_end(survey_of(mine.backend()), program_, mine.sent());
    }
    mine.close(); // may find no memory, too
    io_shim_end_of_run();
    playing.reset();
    if (wrong.empty() && leaks()) wrong = "memory is lost";
    if (!wrong.empty()) throw std::runtime_error{wrong};
  }

  auto check(place const& where, std::vector<std::string> const& acked) -> std::string override {
    if constexpr (Kind::is_durable) return whole_.check(where, acked);
    return {};
  }

private:
  Kind kind_;
  program program_;
  durable_subject<Kind> whole_;
};

/// Everything in memory, with threads and the real clock.
struct real_memory_kind : memory_kind {
  static constexpr bool is_virtual = false;
  [[nodiscard]] auto open(place const&, std::uint64_t) const -> std::unique_ptr<backend> {
    return std::make_unique<backend>();
  }
};

/// Notes lines in a list; a list for which there is no memory is shorter than was said, or not.
class oom_canary final : public subject {
public:
  explicit oom_canary(bool sick) : sick_{sick} {}
  void run(place const&, reporter const& acked) override {
    std::vector<std::string> kept;
    constexpr std::size_t lines = 20;
    while (kept.size() + lost_ < lines) {
      try {
        kept.emplace_back(100, 'x');
      } catch (std::bad_alloc const&) {
        if (sick_) ++lost_; // and goes on as if it were there
      }
    }
    io_shim_end_of_run();
    acked.say("kept");
    if (kept.size() != lines) throw std::runtime_error{"a line is lost"};
  }
  auto check(place const&, std::vector<std::string> const&) -> std::string override { return {}; }

private:
  bool sick_;
  std::size_t lost_{0};
};

} // namespace reliability
