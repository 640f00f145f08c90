// A list that is short nearly always.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace perdure::inline v0::detail {

/// As a vector of T, of which the first N items need no memory of their own.
template <class T, std::uint32_t N>
class short_list {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  short_list() noexcept = default;
  short_list(short_list const& other) {
    for (T const& item : other) push_back(item);
  }
  auto operator=(short_list const&) -> short_list& = delete;
  ~short_list() {
    if (items_ != here_) delete[] items_;
  }

  [[nodiscard]] auto begin() const noexcept -> T const* { return items_; }
  [[nodiscard]] auto end() const noexcept -> T const* { return items_ + size_; }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return size_; }
  [[nodiscard]] auto empty() const noexcept -> bool { return size_ == 0; }
  /// \pre index < size()
  [[nodiscard]] auto operator[](std::size_t index) const noexcept -> T const& {
    return items_[index];
  }
  [[nodiscard]] auto back() const noexcept -> T const& { return items_[size_ - 1]; }

  void push_back(T item) {
    if (size_ == capacity_) [[unlikely]]
      grow();
    items_[size_++] = item;
  }
  void pop_back() noexcept { --size_; }
  void clear() noexcept { size_ = 0; }

private:
  [[gnu::noinline]] void grow() {
    auto* const wider = new T[std::size_t{capacity_} * 2];
    std::memcpy(wider, items_, size_ * sizeof(T));
    if (items_ != here_) delete[] items_;
    items_ = wider;
    capacity_ *= 2;
  }

  T here_[N];
  T* items_{here_};
  std::uint32_t size_{0};
  std::uint32_t capacity_{N};
};

} // namespace perdure::inline v0::detail
