#include "perdure/data/reflect.hpp"

#include "support/catch.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace perdure_reflect_test {

struct nothing {};
struct one {
  int only{};
};
struct two_of_one {
  one a{};
  one b{};
};
template <class T>
struct box {
  T value{};
  struct nested {
    int deep{};
  };
};
struct wide {
  int f00{}, f01{}, f02{}, f03{}, f04{}, f05{}, f06{}, f07{}, f08{}, f09{}, f10{}, f11{}, f12{},
      f13{}, f14{}, f15{};
  int f16{}, f17{}, f18{}, f19{}, f20{}, f21{}, f22{}, f23{}, f24{}, f25{}, f26{}, f27{}, f28{},
      f29{}, f30{}, f31{};
};
struct too_wide {
  wide a{};
  int f00{}, f01{}, f02{}, f03{}, f04{}, f05{}, f06{}, f07{}, f08{}, f09{}, f10{}, f11{}, f12{},
      f13{}, f14{}, f15{};
  int f16{}, f17{}, f18{}, f19{}, f20{}, f21{}, f22{}, f23{}, f24{}, f25{}, f26{}, f27{}, f28{},
      f29{}, f30{}, f31{};
};
struct derived : one {
  int more{};
};
struct with_c_array {
  int before{};
  int numbers[3]{};
};
enum class colour { red };

namespace {
struct hidden {
  std::array<int, 3> numbers{};
  std::optional<one> maybe{};
  std::vector<hidden> children{};
  std::map<std::string, int> by_name{};
  std::string _text2{};
};
} // namespace

namespace reflect = perdure::reflect;

static_assert(reflect::field_count<nothing> == 0);
static_assert(reflect::field_count<one> == 1);
static_assert(reflect::field_count<two_of_one> == 2);
static_assert(reflect::field_count<wide> == 32);
static_assert(reflect::field_count<too_wide> == 33);
static_assert(reflect::field_count<hidden> == 5);
static_assert(reflect::field_count<box<box<int>>> == 1);

static_assert(reflect::field_name<one, 0> == "only");
static_assert(reflect::field_name<two_of_one, 1> == "b");
static_assert(reflect::field_name<wide, 0> == "f00");
static_assert(reflect::field_name<wide, 31> == "f31");
static_assert(reflect::field_name<hidden, 0> == "numbers");
static_assert(reflect::field_name<hidden, 4> == "_text2");
static_assert(reflect::field_name<box<std::string>, 0> == "value");

static_assert(reflect::type_name<one>() == "one");
static_assert(reflect::type_name<hidden>() == "hidden");
static_assert(reflect::type_name<colour>() == "colour");
static_assert(reflect::type_name<box<std::map<std::string, int>>>() == "box");
static_assert(reflect::type_name<box<one>::nested>() == "nested");

static_assert(perdure::detail::plain_aggregate<hidden>);
static_assert(!perdure::detail::plain_aggregate<derived>);
static_assert(perdure::detail::one_initialiser_per_member<hidden>());
static_assert(!perdure::detail::one_initialiser_per_member<with_c_array>());

TEST_CASE("fields are visited in order, by reference, with their names", "[data][reflect]") {
  struct local {
    int first{1};
    std::string second{"two"};
  };
  local object;
  std::string seen;
  reflect::for_each_field(object, [&](std::string_view name, auto& field) {
    (seen += name) += ' ';
    field = {};
  });
  CHECK(seen == "first second ");
  CHECK(object.first == 0);
  CHECK(object.second.empty());
  CHECK(reflect::type_name<local>() == "local");

  local const constant{};
  reflect::apply(constant, [&](int const& first, std::string const& second) {
    CHECK(&first == &constant.first);
    CHECK(&second == &constant.second);
  });
}

TEST_CASE("all of 32 fields are reached", "[data][reflect]") {
  wide object;
  int next = 0;
  reflect::for_each_field(object, [&](std::string_view, int& field) { field = next++; });
  CHECK(next == 32);
  CHECK(object.f00 == 0);
  CHECK(object.f15 == 15);
  CHECK(object.f31 == 31);
}

} // namespace perdure_reflect_test
