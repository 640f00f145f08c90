// Goal: who is on the other end is known, and nothing is said before that. Method: servers in the
// process, with certificates of authorities that the test makes.
#include "perdure/backend/temporal/calls/connection.hpp"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/empty.pb.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>

#include "support/catch.hpp"
#include "temporal/certificates.hpp"
#include "temporal/scripted_server.hpp"

namespace {

using namespace perdure_test;
using perdure::temporal_options;
using perdure::tls_options;
using perdure::temporal::connection;
using perdure::temporal::status_code;

/// The authority that clients know, a server's and a client's certificate of it, and an authority
/// that nobody knows.
struct world {
  certificate_authority authority{};
  key_pair server{authority.sign("server", "DNS:localhost,IP:127.0.0.1")};
  key_pair elsewhere{authority.sign("elsewhere", "DNS:cluster.example")};
  key_pair client{authority.sign("client of a test", "DNS:client.example")};
  certificate_authority stranger{};
  key_pair strange_server{stranger.sign("server", "DNS:localhost,IP:127.0.0.1")};
  key_pair strange_client{stranger.sign("client of a test", "DNS:client.example")};
};
[[nodiscard]] auto of_test() -> world const& {
  static world const all;
  return all;
}

/// What gRPC takes for the authorities of the system, in this process.
[[maybe_unused]] bool const roots_are_ours = [] {
  ::unsetenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"); // it goes before what follows
  grpc_set_ssl_roots_override_callback([](char** roots) {
    std::string const& text = of_test().authority.certificate();
    *roots = static_cast<char*>(gpr_malloc(text.size() + 1));
    std::memcpy(*roots, text.c_str(), text.size() + 1);
    return GRPC_SSL_ROOTS_OVERRIDE_OK;
  });
  return true;
}();

[[nodiscard]] auto serving(key_pair const& with, bool wants_client = false)
    -> std::shared_ptr<grpc::ServerCredentials> {
  grpc::SslServerCredentialsOptions options{
      wants_client ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                   : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE};
  options.pem_root_certs = of_test().authority.certificate();
  options.pem_key_cert_pairs.push_back({with.key, with.certificate});
  return grpc::SslServerCredentials(options);
}
[[nodiscard]] auto try_once(temporal_options const& options) -> status_code {
  connection over{options};
  google::protobuf::Empty response;
  return over
      .try_once("GetSystemInfo", google::protobuf::Empty{}, response, std::chrono::seconds{20})
      .code;
}

[[nodiscard]] auto the_call(scripted_server const& server) -> received_call {
  std::vector<received_call> const calls = server.calls();
  REQUIRE(calls.size() == 1);
  return calls.front();
}

TEST_CASE("a server of an authority that is known is talked to", "[temporal][tls]") {
  scripted_server const server{serving(of_test().server)};
  tls_options const tls{.server_root_certificates = of_test().authority.certificate()};
  CHECK(try_once({.address = server.address("localhost"), .tls = tls}) == status_code::ok);
  CHECK(try_once({.address = server.address(), .tls = tls}) == status_code::ok);
  REQUIRE(server.calls().size() == 2);
  CHECK(server.calls().front().authority == server.address("localhost"));
  CHECK(server.calls().back().authority == server.address());
}

TEST_CASE("the authorities of the system are known where none are given", "[temporal][tls]") {
  scripted_server const server{serving(of_test().server)};
  CHECK(try_once({.address = server.address(), .tls = tls_options{}}) == status_code::ok);
}

TEST_CASE("a server of an authority that is not known is refused", "[temporal][tls]") {
  scripted_server const server{serving(of_test().strange_server)};
  CHECK(try_once({.address = server.address(), .tls = tls_options{}}) == status_code::unavailable);
  CHECK(server.calls().empty());
}

TEST_CASE("a server of another name is refused", "[temporal][tls]") {
  scripted_server const server{serving(of_test().elsewhere)};
  CHECK(try_once({.address = server.address(), .tls = tls_options{}}) == status_code::unavailable);
  tls_options const wrong{.server_name = "other.example"};
  CHECK(try_once({.address = server.address(), .tls = wrong}) == status_code::unavailable);
  CHECK(server.calls().empty());
}

TEST_CASE("the name that a server must have is asked for, whatever its address",
          "[temporal][tls]") {
  scripted_server const server{serving(of_test().elsewhere)};
  tls_options const tls{.server_name = "cluster.example"};
  CHECK(try_once({.address = server.address(), .tls = tls}) == status_code::ok);
  CHECK(the_call(server).authority == "cluster.example");
}

TEST_CASE("a client shows its certificate", "[temporal][tls]") {
  scripted_server const server{serving(of_test().server, true)};
  auto const as = [&](key_pair const& client) {
    return try_once({.address = server.address(),
                     .tls = tls_options{.client_certificate = client.certificate,
                                        .client_private_key = client.key}});
  };
  CHECK(as(of_test().client) == status_code::ok);
  CHECK(the_call(server).client == "client of a test");
  CHECK(as(of_test().strange_client) == status_code::unavailable);
  CHECK(as({}) == status_code::unavailable);
  CHECK(server.calls().size() == 1);
}

TEST_CASE("an API key turns TLS on and arrives as a bearer token", "[temporal][tls]") {
  scripted_server const server{serving(of_test().server)};
  CHECK(try_once({.address = server.address(), .api_key = "a key"}) == status_code::ok);
  CHECK(the_call(server).header("authorization") == "Bearer a key");
}

TEST_CASE("an API key is not sent to a server without TLS", "[temporal][tls]") {
  scripted_server const server;
  CHECK(try_once({.address = server.address(), .api_key = "a key"}) == status_code::unavailable);
  CHECK(server.calls().empty());
}

TEST_CASE("an API key is sent without TLS where that is asked for", "[temporal][tls]") {
  scripted_server const server;
  tls_options const off{.disabled = true};
  CHECK(try_once({.address = server.address(), .api_key = "a key", .tls = off}) == status_code::ok);
  CHECK(the_call(server).header("authorization") == "Bearer a key");
}

TEST_CASE("whoever answers is taken where verification is off", "[temporal][tls]") {
  tls_options blind{.disable_host_verification = true};
  for (key_pair const& of : {of_test().strange_server, of_test().elsewhere}) {
    scripted_server const server{serving(of)};
    CHECK(try_once({.address = server.address(), .api_key = "k", .tls = blind}) == status_code::ok);
    CHECK(the_call(server).header("authorization") == "Bearer k");
  }
  scripted_server const server{serving(of_test().elsewhere, true)};
  blind.client_certificate = of_test().client.certificate;
  blind.client_private_key = of_test().client.key;
  CHECK(try_once({.address = server.address(), .tls = blind}) == status_code::ok);
  CHECK(the_call(server).client == "client of a test");
}

} // namespace
