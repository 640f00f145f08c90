// Messages with many parts: made, filled and destroyed with few allocations.
#pragma once

#include <memory>

#include <google/protobuf/arena.h>

namespace perdure::inline v0::temporal {

/// A message on an arena of its own, which goes with it.
template <class M>
[[nodiscard]] auto make_arena_message() -> std::shared_ptr<M> {
  google::protobuf::ArenaOptions options;
  options.start_block_size = 4096; // of a task with a short history
  auto arena = std::make_shared<google::protobuf::Arena>(options);
#if GOOGLE_PROTOBUF_VERSION >= 4022000 // where the other name has gone since
  auto* const made = google::protobuf::Arena::Create<M>(arena.get());
#else
  auto* const made = google::protobuf::Arena::CreateMessage<M>(arena.get());
#endif
  return {std::move(arena), made};
}

} // namespace perdure::inline v0::temporal
