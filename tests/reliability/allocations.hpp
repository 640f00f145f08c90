// Memory that runs out at chosen allocations. The tool `oom` is linked with this in the place of
// the shim that makes the disk fail: an allocation is what the shim calls a call.
#pragma once

#include "shim/io_shim.hpp"

namespace reliability {

/// The only kind of call there is.
inline constexpr unsigned io_allocation = 1;

/// While one lives, allocations of this thread are neither counted nor refused: they are the
/// tool's.
class undisturbed {
public:
  undisturbed();
  undisturbed(undisturbed const&) = delete;
  auto operator=(undisturbed const&) -> undisturbed& = delete;
  ~undisturbed();
};

} // namespace reliability
