#include "perdure/backend/temporal/worker/tasks_in_hand.hpp"

namespace perdure::inline v0::temporal {

auto run_number_of(std::string_view run_id) noexcept -> run_number {
  std::uint64_t hash =
      14'695'981'039'346'656'037ULL; // FNV-1a, then mixed: UUIDs differ in few bits
  for (char const c : run_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  hash ^= hash >> 32U;
  hash *= 0x9e37'79b9'7f4a'7c15ULL;
  hash ^= hash >> 29U;
  return static_cast<run_number>(hash >> 1U);
}

} // namespace perdure::inline v0::temporal
