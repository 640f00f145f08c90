// The version of the library, in one place: CMake reads it from here.
#pragma once

#define PERDURE_VERSION_MAJOR 0
#define PERDURE_VERSION_MINOR 1
#define PERDURE_VERSION_PATCH 0

namespace perdure::inline v0 {

/// The version as text, `major.minor.patch`. Recorded in histories as the SDK's version.
inline constexpr char version[] = "0.1.0";

} // namespace perdure::inline v0
