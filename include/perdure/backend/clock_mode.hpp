// What moves time in an embedded backend.
#pragma once

namespace perdure::inline v0 {

enum class clock_mode : unsigned char {
  real,         ///< The system's clock; workers have threads.
  virtual_time, ///< Time stands still while anything is ready and then jumps to the next deadline.
                ///< No threads: workers run on the thread that waits for a result, in a fixed
                ///< order.
};

} // namespace perdure::inline v0
