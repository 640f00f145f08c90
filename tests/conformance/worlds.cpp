#include "conformance/worlds.hpp"

#include "conformance/journaled_memory.hpp"

#include <stdexcept>

namespace perdure_test::conformance::worlds {

auto memory(perdure::clock_mode clock) -> std::unique_ptr<any_backend> {
  return std::make_unique<erased<perdure::memory_backend>>([clock] {
    perdure::memory_backend_options options{};
    options.clock = clock;
    return std::make_unique<perdure::memory_backend>(options);
  });
}

auto journal(perdure::clock_mode clock) -> std::unique_ptr<any_backend> {
  if (clock != perdure::clock_mode::virtual_time)
    throw std::logic_error{"the journal has no clock of its own"};
  auto kept = std::make_shared<journaled_memory::journal>();
  return std::make_unique<erased<journaled_memory>>(
      [kept] { return std::make_unique<journaled_memory>(kept); }, true);
}

} // namespace perdure_test::conformance::worlds
