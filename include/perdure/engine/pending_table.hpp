// What a run has begun and not finished, by the event that began it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "perdure/history/ids.hpp"
#include "perdure/replay/event_index.hpp"

namespace perdure::inline v0::engine {

/// A table of T by event id. A few entries are searched one by one; more get an index. Insert, find
/// and erase are O(1); iteration is in no useful order: see `ids`.
template <class T>
class pending_table {
public:
  auto insert(event_id id, T value) -> T& {
    std::uint32_t const at = place();
    slots_[at] = {id, std::move(value)};
    ++count_;
    if (indexed_)
      index_.insert(id, at);
    else if (count_ > few)
      build_index();
    return slots_[at].value;
  }
  [[nodiscard]] auto find(event_id id) noexcept -> T* {
    std::uint32_t const at = locate(id);
    return at == none ? nullptr : &slots_[at].value;
  }
  /// Has the processor fetch where `find` will look.
  void fetch(event_id id) const noexcept {
    if (indexed_) index_.fetch(id);
  }
  /// If it throws nothing has changed.
  void erase(event_id id) {
    std::uint32_t const at = locate(id);
    if (at == none) return;
    if (count_ > 1) free_.push_back(at);
    slots_[at] = {};
    if (indexed_) index_.erase(id);
    if (--count_ == 0) {
      slots_.clear();
      free_.clear();
      index_ = {};
      indexed_ = false;
    }
  }
  void clear() noexcept {
    slots_ = {};
    free_ = {};
    index_ = {};
    count_ = 0;
    indexed_ = false;
  }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return count_; }
  [[nodiscard]] auto empty() const noexcept -> bool { return count_ == 0; }

  template <class F>
  void for_each(F&& f) {
    for (slot& each : slots_)
      if (each.id != 0) f(each.id, each.value);
  }
  /// The ids, ascending: the order in which things were begun.
  [[nodiscard]] auto ids() const -> std::vector<event_id> {
    std::vector<event_id> all;
    all.reserve(count_);
    for (slot const& each : slots_)
      if (each.id != 0) all.push_back(each.id);
    sort(all);
    return all;
  }

private:
  static constexpr std::uint32_t none = replay::event_index::none;
  static constexpr std::size_t few = 8;
  struct slot {
    event_id id{};
    T value{};
  };

  [[nodiscard]] auto place() -> std::uint32_t {
    if (free_.empty()) {
      slots_.emplace_back();
      return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    std::uint32_t const at = free_.back();
    free_.pop_back();
    return at;
  }
  [[nodiscard]] auto locate(event_id id) const noexcept -> std::uint32_t {
    if (indexed_) return index_.find(id);
    if (id != 0)
      for (std::size_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].id == id) return static_cast<std::uint32_t>(i);
    return none;
  }
  void build_index() {
    indexed_ = true;
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].id != 0) index_.insert(slots_[i].id, static_cast<std::uint32_t>(i));
  }
  /// Shell sort: nearly sorted input is the rule.
  static void sort(std::vector<event_id>& ids) {
    for (std::size_t gap = ids.size() / 2; gap > 0; gap /= 2)
      for (std::size_t i = gap; i < ids.size(); ++i)
        for (std::size_t j = i; j >= gap && ids[j] < ids[j - gap]; j -= gap)
          std::swap(ids[j], ids[j - gap]);
  }

  std::vector<slot, detail::block_allocator<slot>> slots_;
  std::vector<std::uint32_t> free_;
  replay::event_index index_;
  std::size_t count_{0};
  bool indexed_{false};
};

} // namespace perdure::inline v0::engine
