// Builds the bytes of time zone files, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace perdure_test {

struct tzif {
  char version{'2'};
  std::vector<std::int32_t> offsets{0};                          ///< Of its local time types.
  std::vector<std::pair<std::int64_t, unsigned char>> changes{}; ///< Time, type.
  std::string footer{};
  std::uint32_t leaps{0};

  [[nodiscard]] auto bytes() const -> std::string {
    if (version == '\0') return block(4);
    tzif empty{};
    empty.version = version;
    return empty.block(4) + block(8) + "\n" + footer + "\n";
  }

private:
  static void put(std::string& to, std::int64_t value, int width) {
    for (int i = width - 1; i >= 0; --i)
      to += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
  [[nodiscard]] auto block(int width) const -> std::string {
    std::string made = "TZif";
    made += version;
    made.append(15, '\0');
    for (std::size_t const count : {std::size_t{0}, std::size_t{0}, std::size_t{leaps},
                                    changes.size(), offsets.size(), std::size_t{4}})
      put(made, static_cast<std::int64_t>(count), 4);
    for (auto const& [at, type] : changes) put(made, at, width);
    for (auto const& [at, type] : changes) made += static_cast<char>(type);
    for (auto const offset : offsets) {
      put(made, offset, 4);
      made += '\0';
      made += '\0';
    }
    made += std::string{"LMT\0", 4};
    made.append(leaps * static_cast<std::size_t>(width + 4), '\0');
    return made;
  }
};

} // namespace perdure_test
