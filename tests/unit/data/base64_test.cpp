#include "perdure/data/base64.hpp"

#include "support/catch.hpp"
#include "unit/data/fault.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace base64 = perdure::base64;

TEST_CASE("base64 knows the vectors of RFC 4648", "[data][base64]") {
  std::pair<std::string_view, std::string_view> const vectors[]{{"", ""},
                                                                {"f", "Zg=="},
                                                                {"fo", "Zm8="},
                                                                {"foo", "Zm9v"},
                                                                {"foob", "Zm9vYg=="},
                                                                {"fooba", "Zm9vYmE="},
                                                                {"foobar", "Zm9vYmFy"},
                                                                {"\xfb\xff\xbf", "+/+/"}};
  for (auto const& [bytes, text] : vectors) {
    CHECK(base64::encode(bytes) == text);
    CHECK(base64::try_decode(text) == bytes);
    CHECK(base64::encoded_size(bytes.size()) == text.size());
  }
}

TEST_CASE("base64 brings back any bytes of any length", "[data][base64]") {
  std::uint64_t const seed = 20240229;
  CAPTURE(seed);
  perdure_test::random_bits random{seed};
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random());
    REQUIRE(base64::decode(base64::encode(bytes)) == bytes);
  }
}

TEST_CASE("base64 refuses whatever encode would not have written", "[data][base64]") {
  for (std::string_view const text :
       {"Z", "Zg", "Zg=", "Zg===", "====", "=", "Z===", "Zh==", "Zm9=", "Zm8=Zm8=", "Zm9v\n",
        " Zm9v", "Zm-_", "Zm9v====", "Z=g=", "Zm\xff\x76"}) {
    CAPTURE(text);
    CHECK_FALSE(base64::try_decode(text).has_value());
    CHECK(perdure_test::fault_of([&] { (void)base64::decode(text); }) ==
          "[perdure.3] not base64 (" + std::to_string(text.size()) + " characters)");
  }
  CHECK_FALSE(base64::try_decode(std::string_view{"Zm9\0", 4}).has_value());
}
