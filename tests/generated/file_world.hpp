// Programs on an SQLite file, which is closed and opened again on the way.
#pragma once

#include <perdure/sqlite.hpp>

#include <memory>

#include "generated/harness.hpp"
#include "support/temporary_folder.hpp"

namespace generated {

/// Runs a program on a file. Whatever comes from outside then meets a process that knows nothing
/// but what stands in it.
[[nodiscard]] inline auto perform_in_file(program const& p, std::size_t cached) -> performance {
  perdure_test::temporary_folder const folder;
  std::uint64_t openings = 0;
  auto const open = [&](perdure::duration now) {
    perdure::sqlite_backend_options options{};
    options.synchronous = perdure::sqlite_synchronous::normal;
    options.clock = perdure::clock_mode::virtual_time;
    options.start_time += now;
    options.seed = p.seed * 1'000 + ++openings;
    return std::make_unique<perdure::sqlite_backend>(folder.file(), options);
  };
  stage<perdure::sqlite_backend, decltype(open)> on{open, cached};
  // An attempt that goes on for ever would be lost with its process.
  return perform_on(on, p, true, !has(kind::stuck, p.steps));
}

} // namespace generated
