// An object on the heap that has one owner.
#pragma once

#include <type_traits>
#include <utility>

namespace perdure::inline v0::detail {

/// As std::unique_ptr is, without a deleter to choose: each type that std::unique_ptr is made for
/// costs whoever includes it some milliseconds.
template <class T>
class owned {
public:
  owned() noexcept = default;
  owned(decltype(nullptr)) noexcept {}
  explicit owned(T* object) noexcept : object_{object} {}
  owned(owned&& other) noexcept : object_{other.release()} {}
  template <class Derived>
  owned(owned<Derived>&& other) noexcept : object_{other.release()} {
    static_assert(std::has_virtual_destructor_v<T>, "it is destroyed as what the owner names");
  }
  auto operator=(owned&& other) noexcept -> owned& {
    owned before{other.release()};
    swap(before);
    return *this;
  }
  ~owned() {
    static_assert(sizeof(T) > 0, "the type must be complete where its owner is destroyed");
    delete object_;
  }

  [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }
  [[nodiscard]] auto get() const noexcept -> T* { return object_; }
  [[nodiscard]] auto operator*() const noexcept -> T& { return *object_; }
  [[nodiscard]] auto operator->() const noexcept -> T* { return object_; }
  [[nodiscard]] auto release() noexcept -> T* {
    T* const object = object_;
    object_ = nullptr;
    return object;
  }
  void reset() noexcept { *this = owned{}; }
  void swap(owned& other) noexcept {
    T* const object = object_;
    object_ = other.object_;
    other.object_ = object;
  }
  friend auto operator==(owned const& owner, decltype(nullptr)) noexcept -> bool {
    return owner.object_ == nullptr;
  }

private:
  T* object_{nullptr};
};

template <class T, class... Parts>
[[nodiscard]] auto make_owned(Parts&&... parts) -> owned<T> {
  return owned<T>{new T(std::forward<Parts>(parts)...)};
}

} // namespace perdure::inline v0::detail
