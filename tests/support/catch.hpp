// Catch2 as the tests use it: version 2 (Debian 12) and version 3 (Debian 13) under the same names.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
  #include <catch2/catch_approx.hpp>
  #include <catch2/catch_test_macros.hpp>
  #include <catch2/catch_tostring.hpp>
  #include <catch2/matchers/catch_matchers.hpp>
  #include <catch2/matchers/catch_matchers_exception.hpp>
  #include <catch2/matchers/catch_matchers_string.hpp>
#else
  #include <catch2/catch.hpp>
#endif

#include <string>
#include <utility>

namespace perdure_test {

#if __has_include(<catch2/catch_test_macros.hpp>)
using approx = Catch::Approx;
template <class T>
using matcher_base = Catch::Matchers::MatcherBase<T>;
#else
using approx = Catch::Detail::Approx;
template <class T>
using matcher_base = Catch::MatcherBase<T>;
#endif

/// Matches text that holds `part`: `CHECK_THROWS_WITH(f(), contains("no such run"))`.
inline auto contains(std::string const& part) {
#if __has_include(<catch2/catch_test_macros.hpp>)
  return Catch::Matchers::ContainsSubstring(part);
#else
  return Catch::Matchers::Contains(part);
#endif
}

inline auto starts_with(std::string const& part) { return Catch::Matchers::StartsWith(part); }
inline auto ends_with(std::string const& part) { return Catch::Matchers::EndsWith(part); }

/// Matches an exception of type `Error` whose `code()` is `Code`'s value; see `has_code`.
template <class Error, class Code>
class code_matcher final : public matcher_base<Error> {
public:
  explicit code_matcher(Code code) : code_{code} {}
  auto match(Error const& thrown) const -> bool override { return thrown.code() == code_; }
  auto describe() const -> std::string override {
    return "has code " + std::to_string(static_cast<unsigned>(code_));
  }

private:
  Code code_;
};

/// For `CHECK_THROWS_MATCHES(f(), perdure::error, has_code<perdure::error>(perdure::errc::not_found))`.
template <class Error, class Code>
auto has_code(Code code) -> code_matcher<Error, Code> {
  return code_matcher<Error, Code>{code};
}

} // namespace perdure_test
