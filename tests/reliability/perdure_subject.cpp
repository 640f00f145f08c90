#include "perdure_subject.hpp"

#include "durable_subject.hpp"

namespace reliability {

auto make_perdure_subject(std::string_view name, std::uint64_t seed) -> std::unique_ptr<subject> {
  if (name == "memory") return std::make_unique<durable_subject<memory_kind>>(memory_kind{}, seed);
  using perdure::sqlite_synchronous;
  if (name == "perdure")
    return std::make_unique<durable_subject<sqlite_kind<true>>>(sqlite_kind<true>{}, seed);
  if (name == "perdure-normal")
    return std::make_unique<durable_subject<sqlite_kind<true>>>(
        sqlite_kind<true>{.synchronous = sqlite_synchronous::normal}, seed);
  if (name == "perdure-real")
    return std::make_unique<durable_subject<sqlite_kind<false>>>(sqlite_kind<false>{}, seed);
  if (name == "perdure-crowd")
    return std::make_unique<durable_subject<sqlite_kind<false>>>(
        sqlite_kind<false>{.lease = std::chrono::milliseconds{50}}, seed);
  return nullptr;
}

} // namespace reliability
