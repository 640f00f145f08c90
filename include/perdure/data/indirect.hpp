// A value kept behind one pointer, for parts of a struct that are rarely there.
#pragma once

#include <utility>

namespace perdure::inline v0 {

/// An optional value on the heap: one pointer wide, empty by default, copies deeply, compares by value.
template <class T>
class indirect {
public:
  indirect() noexcept = default;
  indirect(T value) : value_{new T(std::move(value))} {}
  indirect(indirect const& other) : value_{other.value_ == nullptr ? nullptr : new T(*other.value_)} {}
  indirect(indirect&& other) noexcept : value_{std::exchange(other.value_, nullptr)} {}
  auto operator=(indirect other) noexcept -> indirect& {
    std::swap(value_, other.value_);
    return *this;
  }
  ~indirect() { delete value_; }

  [[nodiscard]] explicit operator bool() const noexcept { return value_ != nullptr; }
  [[nodiscard]] auto has_value() const noexcept -> bool { return value_ != nullptr; }
  [[nodiscard]] auto operator*() const noexcept -> T const& { return *value_; }
  [[nodiscard]] auto operator->() const noexcept -> T const* { return value_; }
  [[nodiscard]] auto get() const noexcept -> T const* { return value_; }
  /// The value, made (empty) if there is none yet.
  [[nodiscard]] auto make() -> T& {
    if (value_ == nullptr) value_ = new T{};
    return *value_;
  }
  void reset() noexcept { delete std::exchange(value_, nullptr); }

  friend auto operator==(indirect const& a, indirect const& b) -> bool {
    if (a.value_ == nullptr || b.value_ == nullptr) return a.value_ == b.value_;
    return *a.value_ == *b.value_;
  }

private:
  T* value_{nullptr};
};

} // namespace perdure::inline v0
