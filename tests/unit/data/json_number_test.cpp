// Goal: numbers are exact or refused. Method: the edges of every type, values however written,
// random bits.
#include "perdure/data/json.hpp"

#include "support/catch.hpp"
#include "unit/data/fault.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

using perdure::from_json;
using perdure::to_json;
using perdure_test::fault_of;

namespace {

template <class Integer>
void check_edges() {
  using limits = std::numeric_limits<Integer>;
  CAPTURE(sizeof(Integer), limits::is_signed);
  for (auto const value : {limits::min(), limits::max(), Integer{0}, Integer{1}}) {
    CHECK(to_json(value) == std::to_string(value));
    CHECK(from_json<Integer>(to_json(value)) == value);
  }
  auto above = std::to_string(limits::max());
  ++above.back(); // no maximum ends in 9
  auto below = limits::is_signed ? std::to_string(limits::min()) : "-0";
  ++below.back();
  auto const bits = std::to_string(sizeof(Integer) * 8) +
                    (limits::is_signed ? " bits (byte 0)" : " bits without a sign (byte 0)");
  for (auto const& text :
       {above, below, above + "0", above + "e3", std::string{"1e400"}, std::string(1'000, '9')}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(from_json<Integer>(text),
                      perdure_test::ends_with("the number is out of the range of " + bits));
  }
}

template <class Floating>
void check_round_trip(Floating value) {
  auto const text = to_json(value);
  CAPTURE(text);
  auto const read = from_json<Floating>(text);
  if (std::isnan(value))
    CHECK(std::isnan(read));
  else {
    CHECK(read == value);
    CHECK(std::signbit(read) == std::signbit(value));
  }
}

} // namespace

TEST_CASE("every integer type is exact to its edges and refuses what is past them",
          "[data][json]") {
  check_edges<std::int8_t>();
  check_edges<std::uint8_t>();
  check_edges<std::int16_t>();
  check_edges<std::uint16_t>();
  check_edges<std::int32_t>();
  check_edges<std::uint32_t>();
  check_edges<std::int64_t>();
  check_edges<std::uint64_t>();
  check_edges<long long>();
  check_edges<unsigned long>();
}

TEST_CASE("a whole number is read however it is written, and no other", "[data][json]") {
  std::pair<std::string_view, std::int64_t> const whole[]{
      {"1e2", 100},
      {"100.0", 100},
      {"0.1e1", 1},
      {"-0", 0},
      {"-0.0e5", 0},
      {"1200e-2", 12},
      {"0e99999999999999999999", 0},
      {"1E+3", 1000},
      {"12.50e1", 125},
      {"0.000", 0},
      {"922337203685477580.7e1", 9223372036854775807},
      {"-9223372036854775808.000", std::numeric_limits<std::int64_t>::min()},
      {"10000000000000000000000e-20", 100}};
  for (auto const& [text, value] : whole) {
    CAPTURE(text);
    CHECK(from_json<std::int64_t>(text) == value);
  }
  for (std::string_view const text : {"1.5", "1e-1", "0.1", "-0.5", "15e-1",
                                      "1e-99999999999999999999", "9223372036854775807.5"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(from_json<std::int64_t>(text),
                      perdure_test::contains("expected a whole number"));
  }
  CHECK(from_json<std::uint64_t>("-0") == 0);
  CHECK(from_json<std::uint64_t>("1.8446744073709551615e19") ==
        std::numeric_limits<std::uint64_t>::max());
  CHECK_THROWS_WITH(from_json<std::uint64_t>("1.8446744073709551616e19"),
                    perdure_test::contains("out of the range"));
  for (std::string_view const text : {"1e20", "1e99999999999999999999", "123456789012345678901"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(from_json<std::int64_t>(text), perdure_test::contains("out of the range"));
  }
}

TEST_CASE("floating-point numbers look like Python's", "[data][json]") {
  std::pair<double, std::string_view> const table[]{
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {0.25, "0.25"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {100000.0, "100000.0"},
      {1e15, "1000000000000000.0"},
      {1e16, "1e+16"},
      {1e22, "1e+22"},
      {123456789012345680.0, "1.2345678901234568e+17"},
      {0.0001, "0.0001"},
      {0.00012, "0.00012"},
      {0.00001, "1e-05"},
      {1.25e-7, "1.25e-07"},
      {1234.5678, "1234.5678"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {9007199254740993.0, "9007199254740992.0"},
      {-1e100, "-1e+100"},
      {0.30000000000000004, "0.30000000000000004"}};
  for (auto const& [value, text] : table) CHECK(to_json(value) == text);
  CHECK(to_json(0.1F) == "0.1");
  CHECK(to_json(16777216.0F) == "16777216.0");
}

TEST_CASE("floating-point numbers come back to the last bit", "[data][json]") {
  std::uint64_t const seed = 31337;
  CAPTURE(seed);
  perdure_test::random_bits random{seed};
  for (int i = 0; i < 20'000; ++i) {
    check_round_trip(std::bit_cast<double>(random()));
    check_round_trip(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    check_round_trip(static_cast<double>(static_cast<std::int64_t>(random()) >> random.below(63)));
    check_round_trip(static_cast<double>(random.below(1'000'000)) / 1'000.0);
  }
  using limits = std::numeric_limits<double>;
  for (auto const value :
       {limits::min(), limits::max(), limits::lowest(), limits::denorm_min(), limits::infinity(),
        -limits::infinity(), limits::quiet_NaN(), limits::epsilon()})
    check_round_trip(value);
}

TEST_CASE("too large a floating-point number is refused, too small a one is zero", "[data][json]") {
  for (std::string_view const text : {"1e400", "-1e400", "1e309", "1e99999999999999999999"}) {
    CAPTURE(text);
    CHECK(fault_of([&] { (void)from_json<double>(text); }) ==
          "[perdure.3] double: the number is too large for a floating-point field (byte 0)");
  }
  CHECK_THROWS_WITH(from_json<float>("1e39"), perdure_test::contains("too large"));
  CHECK(from_json<double>("1e-400") == 0.0);
  CHECK(std::signbit(from_json<double>("-1e-99999999999999999999")));
  CHECK(from_json<double>("0e99999999999999999999") == 0.0);
  CHECK(from_json<double>("7") == 7.0);
  CHECK(from_json<float>("0.1") == 0.1F);
}

TEST_CASE("only three strings are numbers, and only to floating-point fields", "[data][json]") {
  CHECK_THROWS_WITH(from_json<double>("\"nan\""),
                    perdure_test::contains("expected a number, found a string"));
  CHECK_THROWS_WITH(from_json<double>("\"1.5\""),
                    perdure_test::contains("expected a number, found a string"));
  CHECK_THROWS_WITH(from_json<int>("\"Infinity\""),
                    perdure_test::contains("expected a number, found a string"));
  CHECK_THROWS_WITH(from_json<bool>("1"),
                    perdure_test::contains("expected a boolean, found a number"));
}

TEST_CASE("a text is a floating-point number exactly where the grammar of JSON says so",
          "[data][json]") {
  constexpr std::string_view letters = "-+.015eEinf ";
  constexpr std::size_t longest = 5;
  std::size_t differing = 0;
  std::string first_differing;
  auto const check = [&](std::string const& text) {
    auto const space = text.find_last_not_of(' ') + 1; // allowed after it
    auto const* const end = perdure::detail::number_end(text.data(), text.data() + text.size());
    double const nearest = std::strtod(text.c_str(), nullptr);
    bool const is_number = end == text.data() + space && space != 0 && std::isfinite(nearest);
    bool was_read = true;
    try {
      was_read = from_json<double>(text) == nearest || !is_number;
    } catch (perdure::error const&) {
      was_read = false;
    }
    if (was_read != is_number && ++differing == 1) first_differing = text;
  };
  for (std::size_t length = 1; length <= longest; ++length) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < length; ++i) count *= letters.size();
    for (std::size_t number = 0; number < count; ++number) {
      std::string text;
      for (std::size_t rest = number, i = 0; i < length; ++i, rest /= letters.size())
        text += letters[rest % letters.size()];
      if (text.front() != ' ') check(text);
    }
  }
  CAPTURE(first_differing);
  CHECK(differing == 0);
}
