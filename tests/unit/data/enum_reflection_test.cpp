#include "perdure/data/enum_reflection.hpp"

#include "support/catch.hpp"

#include <cstdint>

namespace {

enum class colour { red, green = 5, blue = -3 };
enum plain { first, last = 6 };
enum class byte_sized : unsigned char { low = 3, high = 200 };
enum class http { ok = 200, missing = 404 };
enum class huge : std::uint64_t { one = 1, far = ~std::uint64_t{0} };
enum class negative : std::int64_t { edge = -128, far = -129, top = 127, over = 128 };
enum class empty {};

template <class T>
struct scope {
  enum class inside { here, there };
};

} // namespace

template <>
inline constexpr auto perdure::enum_range<http> = perdure::enum_bounds{100, 599};
template <>
inline constexpr auto perdure::enum_range<byte_sized> = perdure::enum_bounds{0, 255};

using perdure::reflect::enum_from_name;
using perdure::reflect::enum_name;

static_assert(enum_name(colour::red) == "red");
static_assert(enum_name(colour::blue) == "blue");
static_assert(enum_name(colour{1}).empty());
static_assert(enum_name(last) == "last");
static_assert(enum_name(byte_sized::high) == "high");
static_assert(enum_name(http::missing) == "missing");
static_assert(enum_name(http{99}).empty() && enum_name(http{600}).empty());
static_assert(enum_name(huge::one) == "one");
static_assert(enum_name(scope<colour>::inside::there) == "there");

TEST_CASE("an enumerator within the range is found by name and by value", "[data][reflect]") {
  CHECK(enum_from_name<colour>("green") == colour::green);
  CHECK(enum_from_name<plain>("first") == first);
  CHECK(enum_from_name<byte_sized>("high") == byte_sized::high);
  CHECK(enum_from_name<negative>("edge") == negative::edge);
  CHECK(enum_from_name<negative>("top") == negative::top);
}

TEST_CASE("what is outside of the range, or no enumerator, has no name", "[data][reflect]") {
  CHECK(enum_name(huge::far).empty());
  CHECK(enum_name(negative::far).empty());
  CHECK(enum_name(negative::over).empty());
  CHECK(enum_name(empty{}).empty());
  for (auto const* const text : {"", "Green", "gree", "greenn", "colour::green", "1"}) {
    CAPTURE(text);
    CHECK_FALSE(enum_from_name<colour>(text).has_value());
  }
}
