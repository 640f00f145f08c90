// Messages that are made, written and forgotten, without allocations while they are short.
#pragma once

#include <array>
#include <cstddef>

#include <google/protobuf/arena.h>

namespace perdure::inline v0::temporal {

/// A message on an arena of its own, which begins on the stack.
template <class M>
class scratch_message {
public:
  scratch_message() = default;
  scratch_message(scratch_message const&) = delete;
  auto operator=(scratch_message const&) -> scratch_message& = delete;

  [[nodiscard]] auto operator*() noexcept -> M& { return *made_; }
  [[nodiscard]] auto operator->() noexcept -> M* { return made_; }

private:
  [[nodiscard]] auto options() noexcept -> google::protobuf::ArenaOptions {
    google::protobuf::ArenaOptions made;
    made.initial_block = block_.data();
    made.initial_block_size = block_.size();
    return made;
  }
  [[nodiscard]] auto make() -> M* {
#if GOOGLE_PROTOBUF_VERSION >= 4022000 // where the other name has gone since
    return google::protobuf::Arena::Create<M>(&arena_);
#else
    return google::protobuf::Arena::CreateMessage<M>(&arena_);
#endif
  }

  alignas(std::max_align_t) std::array<char, 4096> block_; // not filled: the arena does that
  google::protobuf::Arena arena_{options()};
  M* made_{make()};
};

} // namespace perdure::inline v0::temporal
