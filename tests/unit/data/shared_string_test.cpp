#include "perdure/data/shared_string.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <string_view>

namespace {

TEST_CASE("a text whose length does not fit is refused before it is read", "[data]") {
  static constexpr char first = 'x';
  for (std::size_t const size : {std::size_t{1} << 32, (std::size_t{1} << 32) + 10}) {
    CAPTURE(size);
    std::string_view const text{&first, size}; // there is no such text
    CHECK_THROWS_MATCHES(perdure::shared_string{text}, perdure::error,
                         perdure_test::has_code<perdure::error>(perdure::errc::limit_exceeded));
  }
}

} // namespace
