// The backends that the behaviours are checked on. To add one: name it in a list below, and say in
// worlds.cpp how it is opened.
#pragma once

#include "conformance/any_backend.hpp"

#include <memory>

/// Every backend, in virtual and in real time. `each(name, ...)` is expanded for each of them.
#define PERDURE_WORLDS(each, ...) each(memory, __VA_ARGS__)

/// Those that can be closed and opened again, in virtual time. They are checked for that alone:
/// one that is more than a tool of this suite is in the other list too.
#define PERDURE_DURABLE_WORLDS(each, ...) each(journal, __VA_ARGS__)

namespace perdure_test::conformance::worlds {

/// One function for each name in the lists: a fresh backend with nothing in it.
[[nodiscard]] auto memory(perdure::clock_mode clock) -> std::unique_ptr<any_backend>;
[[nodiscard]] auto journal(perdure::clock_mode clock) -> std::unique_ptr<any_backend>;

} // namespace perdure_test::conformance::worlds
