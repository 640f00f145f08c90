// A value, or the failure that came instead.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/data/indirect.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/failure_error.hpp"

namespace perdure::inline v0 {

/// The result of something that may fail: a `T`, or a `failure` as data. What an await gives when
/// its failure should not be thrown.
template <class T>
class [[nodiscard("it may hold a failure")]] outcome {
  static_assert(std::is_object_v<T> && !std::is_same_v<std::remove_cv_t<T>, failure>,
                "an outcome holds a value that is not itself a failure");

public:
  using value_type = T;

  outcome(T value) : value_{std::move(value)} {}
  outcome(failure why) : why_{std::move(why)} {}

  [[nodiscard]] auto has_value() const noexcept -> bool { return value_.has_value(); }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  /// The value. \throws failure_error (the typed one that matches) if there is a failure instead.
  [[nodiscard]] auto value() & -> T& { return throw_if_failed(), *value_; }
  [[nodiscard]] auto value() const& -> T const& { return throw_if_failed(), *value_; }
  [[nodiscard]] auto value() && -> T&& { return throw_if_failed(), std::move(*value_); }
  /// \pre has_value()
  [[nodiscard]] auto operator*() & noexcept -> T& { return *value_; }
  [[nodiscard]] auto operator*() const& noexcept -> T const& { return *value_; }
  [[nodiscard]] auto operator*() && noexcept -> T&& { return std::move(*value_); }
  [[nodiscard]] auto operator->() noexcept -> T* { return &*value_; }
  [[nodiscard]] auto operator->() const noexcept -> T const* { return &*value_; }
  /// The value, or `otherwise` if there is a failure instead.
  [[nodiscard]] auto value_or(T otherwise) const& -> T {
    return has_value() ? *value_ : std::move(otherwise);
  }

  /// \pre !has_value()
  [[nodiscard]] auto error() const noexcept -> failure const& { return *why_; }

  friend auto operator==(outcome const& a, outcome const& b) -> bool {
    return a.value_ == b.value_ && a.why_ == b.why_;
  }

private:
  void throw_if_failed() const {
    if (!value_) throw_failure(*why_);
  }

  std::optional<T> value_{};
  indirect<failure> why_{};
};

/// Success without a value, or a failure.
template <>
class [[nodiscard("it may hold a failure")]] outcome<void> {
public:
  using value_type = void;

  outcome() noexcept = default;
  outcome(failure why);

  [[nodiscard]] auto has_value() const noexcept -> bool { return !why_; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  /// \throws failure_error (the typed one that matches) if there is a failure.
  void value() const;
  /// \pre has_value()
  void operator*() const noexcept {}
  /// \pre !has_value()
  [[nodiscard]] auto error() const noexcept -> failure const& { return *why_; }

  friend auto operator==(outcome const& a, outcome const& b) -> bool = default;

private:
  indirect<failure> why_{};
};

#if PERDURE_DEFINES
PERDURE_INLINE outcome<void>::outcome(failure why) : why_{std::move(why)} {}
PERDURE_INLINE void outcome<void>::value() const {
  if (why_) throw_failure(*why_);
}
#endif

} // namespace perdure::inline v0
