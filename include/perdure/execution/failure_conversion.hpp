// From a C++ exception to a failure, which is data: done once, where user code ends.
#pragma once

#include <exception>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/data_converter.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/failure_converter.hpp"
#include "perdure/history/failure_error.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {
namespace detail {

/// Tries to name the exception that is being handled; false if it is of another type.
using failure_namer = bool (*)(std::exception_ptr const& thrown, std::string& message);

struct failure_type_table {
  struct row {
    failure_namer matches;
    std::string type;
  };
  std::mutex mutex;
  std::vector<row> rows;
};
auto failure_types() -> failure_type_table&;

template <class E>
auto name_exception(std::exception_ptr const& thrown, std::string& message) -> bool {
  try {
    std::rethrow_exception(thrown);
  } catch (E const& e) {
    if constexpr (requires { e.what(); }) message = e.what();
    return true;
  } catch (...) {
    return false;
  }
}

} // namespace detail

/// The failure that stands for an exception, unless a `failure_converter` says otherwise. Types
/// that were not registered are recorded as "std::exception", or "unknown" when they do not derive
/// from it: never by what a compiler calls them.
[[nodiscard]] auto default_failure(std::exception_ptr const& thrown) -> failure;

namespace detail {

/// \throws nothing but what the converter throws
[[nodiscard, gnu::cold]] auto convert_failure(failure_converter const& by,
                                              std::exception_ptr const& thrown) -> failure;
/// The failure that stands for the exception being handled, in the client, workflow or activity
/// that calls.
[[nodiscard]] auto failure_of_current_exception() -> failure;

} // namespace detail

/// Names an exception type in recorded failures: what retry policies' `non_retryable_error_types`
/// list and what `application_error::type()` gives. Process-wide; call it before workers start,
/// most derived first.
template <class E>
void register_failure_type(std::string type) {
  auto& table = detail::failure_types();
  std::lock_guard const lock{table.mutex};
  table.rows.push_back({&detail::name_exception<E>, std::move(type)});
}

} // namespace perdure::inline v0

PERDURE_SELDOM_END

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE auto failure_types() -> failure_type_table& {
  static failure_type_table table;
  return table;
}
PERDURE_SELDOM_END
} // namespace perdure::inline v0::detail
namespace perdure::inline v0 {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE auto default_failure(std::exception_ptr const& thrown) -> failure {
  failure why{};
  why.source = "perdure";
  application_failure_info info{};
  try {
    std::rethrow_exception(thrown);
  } catch (failure_error const& e) {
    return e.failure();
  } catch (std::exception const& e) {
    info.type = "std::exception";
    why.message = e.what();
  } catch (...) {
    info.type = "unknown";
    why.message = "an exception that does not derive from std::exception";
  }
  auto& table = detail::failure_types();
  std::lock_guard const lock{table.mutex};
  for (auto const& row : table.rows)
    if (row.matches(thrown, why.message)) {
      info.type = row.type;
      break;
    }
  why.info = std::move(info);
  return why;
}
PERDURE_SELDOM_END
} // namespace perdure::inline v0
namespace perdure::inline v0::detail {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE auto convert_failure(failure_converter const& by, std::exception_ptr const& thrown)
    -> failure {
  try {
    std::rethrow_exception(thrown);
  } catch (cancelled_error const& cancelled) {
    return cancelled.failure();
  } catch (...) {
    auto why = by.to_failure(thrown);
    return why ? *std::move(why) : default_failure(thrown);
  }
}
PERDURE_INLINE auto failure_of_current_exception() -> failure {
  data_converter const* const converter = current_converter;
  if (converter != nullptr && converter->failures() != nullptr)
    return convert_failure(*converter->failures(), std::current_exception());
  return default_failure(std::current_exception());
}
PERDURE_SELDOM_END
} // namespace perdure::inline v0::detail
#endif
