#include "perdure_subject.hpp"

#include "durable_subject.hpp"

namespace reliability {

auto make_perdure_subject(std::string_view name, std::uint64_t seed) -> std::unique_ptr<subject> {
  if (name == "memory") return std::make_unique<durable_subject<memory_kind>>(memory_kind{}, seed);
  return nullptr;
}

} // namespace reliability
