// A sort that costs nothing to include. Heap sort: its worst case is its usual case.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace perdure::inline v0::detail {

template <class T, class Before>
void heap_sort(std::vector<T>& items, Before before) {
  auto const sink = [&](std::size_t at, std::size_t size) {
    for (auto child = 2 * at + 1; child < size; at = child, child = 2 * at + 1) {
      if (child + 1 < size && before(items[child], items[child + 1])) ++child;
      if (!before(items[at], items[child])) return;
      std::swap(items[at], items[child]);
    }
  };
  for (auto i = items.size() / 2; i-- > 0;) sink(i, items.size());
  for (auto size = items.size(); size > 1;) {
    std::swap(items[0], items[--size]);
    sink(0, size);
  }
}

} // namespace perdure::inline v0::detail
