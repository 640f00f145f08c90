// A value that comes to be later, once: what a coroutine returns.
#pragma once

#include <memory>
#include <new>
#include <utility>

namespace perdure::inline v0::detail {

/// As std::optional where that is enough, which costs a compiler several times as much for each T.
template <class T>
class late_value {
public:
  late_value() noexcept {}
  late_value(late_value const&) = delete;
  auto operator=(late_value const&) -> late_value& = delete;
  ~late_value() {
    if (is_there_) value_.~T();
  }

  /// \pre it has no value
  void emplace(T&& from) {
    ::new (static_cast<void*>(std::addressof(value_))) T(std::move(from));
    is_there_ = true;
  }
  /// \pre it has a value
  [[nodiscard]] auto take() -> T { return std::move(value_); }

private:
  union {
    T value_;
  };
  bool is_there_{false};
};

} // namespace perdure::inline v0::detail
