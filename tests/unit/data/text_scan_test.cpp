// Scanning text many bytes at a time: what each length and each place of a byte gives.
#include "perdure/data/detail/text_scan.hpp"

#include "support/catch.hpp"

#include <string>

using perdure::detail::are_same;
using perdure::detail::plain_run_end;

TEST_CASE("texts of any length are the same until one byte of one differs", "[json]") {
  for (std::size_t size = 0; size <= 40; ++size) {
    std::string const text(size, 'x');
    std::string other = text;
    CAPTURE(size);
    CHECK(are_same(text.data(), other.data(), size));
    for (std::size_t at = 0; at < size; ++at) {
      CAPTURE(at);
      other[at] = 'y';
      CHECK_FALSE(are_same(text.data(), other.data(), size));
      other[at] = 'x';
    }
  }
}

TEST_CASE("bytes after the size do not count", "[json]") {
  CHECK(are_same("key:1", "key:2", 4));
  CHECK(are_same("a longer key:1", "a longer key:2", 13));
}

TEST_CASE("a run of plain bytes ends at the first special one, wherever it is", "[json]") {
  for (std::size_t size = 0; size <= 50; ++size) {
    std::string text(size, 'x');
    auto const* const begin = text.data();
    CAPTURE(size);
    CHECK(plain_run_end(begin, begin + size) == begin + size);
    for (std::size_t at = 0; at < size; ++at)
      for (char const special : {'"', '\\', '\n', '\xC3'}) {
        CAPTURE(at, special);
        text[at] = special;
        CHECK(plain_run_end(begin, begin + size) == begin + at);
        text[at] = 'x';
      }
  }
}
