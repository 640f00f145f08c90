// What happened in the order in which it did.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace perdure_test {

/// What happened, from several threads.
class diary {
public:
  void write(std::string line) {
    std::lock_guard const lock{mutex_};
    lines_.push_back(std::move(line));
  }
  [[nodiscard]] auto take() -> std::vector<std::string> {
    std::lock_guard const lock{mutex_};
    return std::exchange(lines_, {});
  }
  [[nodiscard]] auto count(std::string const& line) -> std::ptrdiff_t {
    std::lock_guard const lock{mutex_};
    return std::count(lines_.begin(), lines_.end(), line);
  }

private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

} // namespace perdure_test
