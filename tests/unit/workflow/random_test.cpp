// The random numbers of a run: bit for bit the same on every machine and in every release.
#include "support/catch.hpp"

#include <cstdint>
#include <set>
#include <string>

#include "perdure/workflow/random.hpp"

using perdure::random_stream;
using perdure::detail::seed_of;
using perdure::detail::uuid_text;

namespace {

// What Temporal's Core gives for these run ids.
static_assert(seed_of("f55c00d7-735f-4543-b08c-0d601ea20e8f") == 16623422669430316098U);
static_assert(seed_of("") == 3476900567878811119U);
static_assert(seed_of("00000000-0000-0000-0000-000000000000") == 13908316863725478721U);

consteval auto drawn(std::uint64_t seed, int count) -> std::uint64_t {
  random_stream from{seed};
  for (int i = 1; i < count; ++i) (void)from();
  return from();
}
// Splitmix64 and xoshiro256**, computed by another program from their authors' definitions.
static_assert(drawn(0, 1) == 11091344671253066420U);
static_assert(drawn(0, 2) == 13793997310169335082U);
static_assert(drawn(1234567, 1) == 3504822795582309479U);
static_assert(drawn(1234567, 4) == 16940231675099994102U);
static_assert(drawn(seed_of("f55c00d7-735f-4543-b08c-0d601ea20e8f"), 3) == 5866280586703486801U);

} // namespace

TEST_CASE("run ids of every length have seeds of their own", "[workflow][random]") {
  std::set<std::uint64_t> seeds;
  std::string id;
  for (int length = 0; length < 300; ++length, id += 'x') seeds.insert(seed_of(id));
  CHECK(seeds.size() == 300);
}

TEST_CASE("a number below a bound is below it, and every one comes", "[workflow][random]") {
  random_stream from{7};
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(from.below(10));
  CHECK(seen.size() == 10);
  CHECK(*seen.rbegin() == 9);
  for (int i = 0; i < 100; ++i) CHECK(from.below(1) == 0);
  std::uint64_t const huge = (std::uint64_t{1} << 63U) + 1; // almost half of the draws are skewed
  for (int i = 0; i < 100; ++i) CHECK(from.below(huge) < huge);
}

TEST_CASE("a uniform number is in its interval", "[workflow][random]") {
  random_stream from{7};
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    double const x = from.uniform();
    CHECK((x >= 0 && x < 1));
    sum += x;
  }
  CHECK(sum / 10'000 == perdure_test::approx(0.5).margin(0.02));
}

TEST_CASE("a UUID from random numbers has the form of version 4", "[workflow][random]") {
  CHECK(uuid_text(0, 0) == "00000000-0000-4000-8000-000000000000");
  CHECK(uuid_text(~std::uint64_t{0}, ~std::uint64_t{0}) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  CHECK(uuid_text(0x0123456789abcdefU, 0x0123456789abcdefU) ==
        "01234567-89ab-4def-8123-456789abcdef");
}
