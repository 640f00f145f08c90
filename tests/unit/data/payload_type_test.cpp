// What is a payload type and what is not, decided at compile time; the program adds nothing.
#include "perdure/data/payload_type.hpp"

#include "support/catch.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

using perdure::payload;
using perdure::payload_type;
using perdure::detail::refusal;
using perdure::detail::refusal_of;

struct nothing {};
struct tree {
  std::vector<tree> children{};
  std::map<std::string, tree> named{};
  perdure::indirect<tree> one{};
};
struct left;
struct right {
  std::vector<left> lefts;
};
struct left {
  std::vector<right> rights{};
};
template <class T>
struct holds {
  int before{};
  T value{};
};
template <class T>
struct deep {
  std::map<std::string, std::vector<std::optional<holds<T>>>> values{};
};
struct base {
  int x{};
};
struct derived : base {
  int y{};
};
struct derived_from_empty : nothing {
  int y{};
};
struct hidden {
  explicit hidden(int value) : value_{value} {}
  [[nodiscard]] auto value() const -> int { return value_; }

private:
  int value_;
};
struct no_default {
  no_default() = delete;
  explicit no_default(int given) : value{given} {}
  int value{};
};
struct holds_no_default {
  no_default value;
};
struct virtual_one {
  virtual ~virtual_one() = default;
};
union either {
  int a;
  float b;
};
struct referring {
  int& to;
};
struct with_c_array {
  int before{};
  int values[3]{};
};
struct with_c_array_of_one {
  int value[1]{};
};
struct with_const {
  int const value{};
};
struct wide_33 {
  int f00{}, f01{}, f02{}, f03{}, f04{}, f05{}, f06{}, f07{}, f08{}, f09{}, f10{}, f11{}, f12{},
      f13{}, f14{}, f15{};
  int f16{}, f17{}, f18{}, f19{}, f20{}, f21{}, f22{}, f23{}, f24{}, f25{}, f26{}, f27{}, f28{},
      f29{}, f30{}, f31{};
  int f32{};
};
struct opaque_to_payload {
  int* pointer{};
};
struct opaque_to_pointer {
  int value{};
};
template <class>
struct box {
  int value{};
};

} // namespace

template <>
struct perdure::payload_traits<opaque_to_payload> {
  static auto to(opaque_to_payload const&) -> payload { return payload::null(); }
  static auto from(payload const&) -> opaque_to_payload { return {}; }
};
template <>
struct perdure::payload_traits<opaque_to_pointer> {
  static auto to(opaque_to_pointer const&) -> int* { return nullptr; }
  static auto from(int*) -> opaque_to_pointer { return {}; }
};

static_assert(payload_type<bool> && payload_type<char> && payload_type<float> &&
              payload_type<double>);
static_assert(payload_type<signed char> && payload_type<unsigned long long> &&
              payload_type<std::byte>);
static_assert(payload_type<std::string> && payload_type<perdure::shared_string> &&
              payload_type<std::vector<std::byte>>);
static_assert(payload_type<std::monostate> && payload_type<std::nullptr_t> &&
              payload_type<payload>);
static_assert(payload_type<std::optional<int>> &&
              payload_type<std::variant<std::monostate, int, std::string>>);
static_assert(payload_type<std::vector<std::deque<std::list<int>>>> &&
              payload_type<std::set<std::string>>);
static_assert(payload_type<std::unordered_map<std::string, std::array<int, 3>>> &&
              payload_type<std::tuple<>>);
static_assert(payload_type<std::chrono::seconds> &&
              payload_type<std::chrono::duration<double, std::ratio<1, 3>>>);
static_assert(payload_type<perdure::duration> && payload_type<perdure::time_point>);
static_assert(payload_type<nothing> && payload_type<tree> && payload_type<left> &&
              payload_type<right>);
static_assert(payload_type<holds<tree>> && payload_type<deep<int>> &&
              payload_type<opaque_to_payload>);

// As itself, as a field, and deep inside.
template <class T, refusal Why>
inline constexpr bool refused =
    refusal_of<T>() == Why && refusal_of<holds<T>>() == Why && refusal_of<deep<T>>() == Why;

static_assert(refused<int*, refusal::pointer> && refused<void*, refusal::pointer>);
static_assert(refused<char const*, refusal::c_string> && refused<char*, refusal::c_string>);
static_assert(refused<void (*)(), refusal::function> && refused<int nothing::*, refusal::function>);
static_assert(refused<std::string_view, refusal::view>);
static_assert(refused<wchar_t, refusal::odd_character> &&
              refused<char8_t, refusal::odd_character> &&
              refused<char32_t, refusal::odd_character>);
static_assert(refused<long double, refusal::odd_number>);
static_assert(refused<either, refusal::unions>);
static_assert(refused<derived, refusal::base> && refused<derived_from_empty, refusal::base>);
static_assert(refused<virtual_one, refusal::private_members>);
static_assert(refused<std::unique_ptr<int>, refusal::private_members> &&
              refused<std::shared_ptr<int>, refusal::private_members>);
static_assert(refused<std::mutex, refusal::private_members> &&
              refused<std::atomic<int>, refusal::private_members>);
static_assert(refused<std::forward_list<int>, refusal::private_members>);
static_assert(refused<with_c_array, refusal::c_array> &&
              refused<with_c_array_of_one, refusal::c_array>);
static_assert(refused<with_const, refusal::const_field>);
static_assert(refused<wide_33, refusal::too_many>);
static_assert(refused<std::optional<std::optional<int>>, refusal::nested_null>);
static_assert(refused<std::optional<std::monostate>, refusal::nested_null>);
static_assert(refused<std::vector<payload>, refusal::nested_payload>);
static_assert(refused<std::variant<int, std::int32_t>, refusal::same_names>);
static_assert(refused<std::variant<std::vector<int>, std::vector<bool>>, refusal::same_names>);
static_assert(refused<std::variant<box<int>, box<bool>>, refusal::same_names>);
static_assert(refused<std::multimap<int, int>, refusal::repeated_keys>);
static_assert(refused<std::chrono::steady_clock::time_point, refusal::odd_clock>);
static_assert(refused<std::chrono::duration<long double>, refusal::odd_duration>);
static_assert(refused<std::chrono::time_point<std::chrono::system_clock,
                                              std::chrono::duration<int, std::pico>>,
                      refusal::odd_clock>);
static_assert(refused<opaque_to_pointer, refusal::pointer>);
static_assert(refusal_of<int&>() == refusal::reference &&
              refusal_of<std::string const&>() == refusal::reference);
static_assert(refusal_of<int()>() == refusal::function);
static_assert(refusal_of<char const[4]>() == refusal::c_string &&
              refusal_of<int[4]>() == refusal::c_array);
static_assert(refusal_of<hidden>() == refusal::private_members &&
              refusal_of<no_default>() == refusal::private_members);
static_assert(refusal_of<holds_no_default>() == refusal::no_default &&
              refusal_of<referring>() == refusal::no_default);
static_assert(refusal_of<holds<opaque_to_payload>>() == refusal::nested_payload);
static_assert(refusal_of<std::optional<payload>>() == refusal::nested_null);

TEST_CASE("a payload type passes the check that others must not compile with", "[data][payload]") {
  perdure::require_payload_type<tree>();
  perdure::require_payload_type<payload>();
  CHECK(payload_type<tree>);
  CHECK_FALSE(payload_type<int*>);
}
