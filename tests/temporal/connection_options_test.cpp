// Goal: options that cannot work are refused before anything is sent, with what to do.
#include <string>

#include "perdure/backend/temporal/calls/connection.hpp"
#include "support/catch.hpp"

namespace {

using namespace perdure_test;
using perdure::temporal_options;
using perdure::tls_options;

constexpr char const* certificate = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
constexpr char const* key = "-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n";

[[nodiscard]] auto refusal_of(temporal_options options) -> std::string {
  try {
    perdure::temporal::connection const refused{std::move(options)};
  } catch (perdure::error const& why) {
    CHECK(why.code() == perdure::errc::invalid_argument);
    return why.what();
  }
  return "not refused";
}
[[nodiscard]] auto refusal_of_tls(tls_options tls) -> std::string {
  return refusal_of({.tls = std::move(tls)});
}
[[nodiscard]] auto refusal_of_header(std::string const& name, std::string const& value)
    -> std::string {
  return refusal_of({.headers = {{name, value}}});
}

TEST_CASE("an address is a host and a port", "[temporal][connection]") {
  CHECK(refusal_of({.address = ""}) ==
        "[perdure.20] temporal_options: .address is empty: it is host:port of the server");
  CHECK(refusal_of({.address = "https://a:7233"}) ==
        "[perdure.20] temporal_options: .address is 'https://a:7233': write host:port alone, and "
        "set .tls where it is to be encrypted");
  CHECK(refusal_of({.address = "http://a:7233"}) != "not refused");
  CHECK(refusal_of({.address = "localhost"}) ==
        "[perdure.20] temporal_options: .address is 'localhost', without a port: Temporal's is "
        "7233");
  CHECK(refusal_of({.address = "[::1]:7233"}) == "not refused");
  CHECK(refusal_of({.address = "dns:///a.example:7233"}) == "not refused");
}

TEST_CASE("what is sent as a header is printable", "[temporal][connection]") {
  CHECK(refusal_of({.namespace_ = ""}) == "[perdure.20] temporal_options: .namespace_ is empty");
  CHECK(refusal_of({.namespace_ = "a\n"}) ==
        "[perdure.20] temporal_options: .namespace_ is not of printable ASCII characters");
  CHECK(refusal_of({.api_key = "secret\n"}) ==
        "[perdure.20] temporal_options: .api_key is not of printable ASCII characters: perhaps it "
        "ends with a line feed");
  CHECK(refusal_of_header("a", "\xC3\xA4") ==
        "[perdure.20] temporal_options: the value of header 'a' is not of printable ASCII "
        "characters");
  CHECK(refusal_of_header("a-bin", std::string(1, '\0')) == "not refused");
}

TEST_CASE("a header has a name that is free", "[temporal][connection]") {
  CHECK(refusal_of_header("", "x") == "[perdure.20] temporal_options: a header has no name");
  CHECK(refusal_of_header("Upper", "x") ==
        "[perdure.20] temporal_options: the name of header 'Upper' is not of lower case letters, "
        "digits, - _ .");
  CHECK(refusal_of_header("grpc-timeout", "1S") ==
        "[perdure.20] temporal_options: header 'grpc-timeout': grpc- is for gRPC's own headers");
  CHECK(refusal_of_header("client-name", "x") ==
        "[perdure.20] temporal_options: header 'client-name' is set by the library: remove it");
  CHECK(refusal_of_header("client-version", "x") != "not refused");
  CHECK(refusal_of_header("temporal-namespace", "x") != "not refused");
}

TEST_CASE("certificates and keys are given as PEM", "[temporal][connection]") {
  CHECK(refusal_of_tls({.server_root_certificates = "/etc/ca.pem"}) ==
        "[perdure.20] temporal_options: .tls->server_root_certificates is not PEM: it is the text "
        "of a file, not its name");
  CHECK(refusal_of_tls({.client_certificate = key, .client_private_key = certificate}) ==
        "[perdure.20] temporal_options: .tls->client_certificate holds no CERTIFICATE");
  CHECK(refusal_of_tls({.client_certificate = certificate, .client_private_key = certificate}) ==
        "[perdure.20] temporal_options: .tls->client_private_key holds no PRIVATE KEY");
  CHECK(refusal_of_tls({.client_certificate = certificate}) ==
        "[perdure.20] temporal_options: .tls has a client certificate without its key, or a key "
        "without its certificate");
  CHECK(refusal_of_tls({.client_private_key = key}) != "not refused");
  CHECK(refusal_of_tls({.client_certificate = certificate,
                        .client_private_key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"}) ==
        "[perdure.20] temporal_options: .tls->client_private_key is encrypted with a password: "
        "give it decrypted");
  CHECK(refusal_of_tls({.server_name = "a\n"}) ==
        "[perdure.20] temporal_options: .tls->server_name is not of printable ASCII characters");
  CHECK(refusal_of_tls({.client_certificate = certificate, .client_private_key = key}) ==
        "not refused");
  CHECK(refusal_of_tls({.server_root_certificates = "unused", .disabled = true}) == "not refused");
}

TEST_CASE("an identity is of bounded size, and made where none is given",
          "[temporal][connection]") {
  CHECK(refusal_of({.identity = std::string(1'000, 'x')}) == "not refused");
  CHECK(refusal_of({.identity = std::string(1'001, 'x')}) ==
        "[perdure.20] temporal_options: .identity has more than 1,000 bytes");
  CHECK_THAT(perdure::temporal::connection{temporal_options{}}.identity(), contains("@"));
}

} // namespace
