// Goal: a program is sent to the cluster that the file and the variables name, by the rules of
// Temporal's SDKs. Method: files in a folder of the test, and variables that are given, not set.
#include "temporal/given_environment.hpp"

#include <cstdlib>
#include <string>
#include <utility>

namespace {

using namespace perdure_test;
using perdure::load_temporal_options;
using perdure::temporal_options;

[[nodiscard]] auto from_variables(variable_map variables) -> temporal_options {
  return load_temporal_options({.disable_file = true, .variables = std::move(variables)});
}

constexpr char const* whole_profile = R"(
[profile.default]
address = "cluster.example:7233"
namespace = "orders"
api_key = "key of the file"
[profile.default.tls]
server_name = "name.example"
server_ca_cert_data = "authority"
client_cert_data = "certificate"
client_key_data = "private key"
disable_host_verification = true
[profile.default.grpc_meta]
Some_Header = "one"
other = "two"
)";

TEST_CASE("without a file and variables the options are the defaults", "[temporal][environment]") {
  temporal_options const read = load_temporal_options({.variables = variable_map{}});
  CHECK(read.address == "localhost:7233");
  CHECK(read.namespace_ == "default");
  CHECK(read.api_key.empty());
  CHECK_FALSE(read.tls.has_value());
  CHECK(read.headers.empty());
}

TEST_CASE("a profile sets all options", "[temporal][environment]") {
  temporal_options const read = given{whole_profile}.load();
  CHECK(read.address == "cluster.example:7233");
  CHECK(read.namespace_ == "orders");
  CHECK(read.api_key == "key of the file");
  REQUIRE(read.tls.has_value());
  CHECK_FALSE(read.tls->disabled);
  CHECK(read.tls->server_name == "name.example");
  CHECK(read.tls->server_root_certificates == "authority");
  CHECK(read.tls->client_certificate == "certificate");
  CHECK(read.tls->client_private_key == "private key");
  CHECK(read.tls->disable_host_verification);
  CHECK(read.headers == variable_map{{"some-header", "one"}, {"other", "two"}});
}

TEST_CASE("variables win over the file", "[temporal][environment]") {
  temporal_options const read = given{
      whole_profile,
      {{"TEMPORAL_ADDRESS", "other.example:1"},
       {"TEMPORAL_NAMESPACE", "invoices"},
       {"TEMPORAL_API_KEY", "key of the environment"},
       {"TEMPORAL_TLS_SERVER_NAME", "other.example"},
       {"TEMPORAL_TLS_SERVER_CA_CERT_DATA", "authority 2"},
       {"TEMPORAL_TLS_CLIENT_CERT_DATA", "certificate 2"},
       {"TEMPORAL_TLS_CLIENT_KEY_DATA", "private key 2"},
       {"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION", "false"},
       {"TEMPORAL_GRPC_META_SOME_HEADER",
        "three"}}}.load();
  CHECK(read.address == "other.example:1");
  CHECK(read.namespace_ == "invoices");
  CHECK(read.api_key == "key of the environment");
  REQUIRE(read.tls.has_value());
  CHECK(read.tls->server_name == "other.example");
  CHECK(read.tls->server_root_certificates == "authority 2");
  CHECK(read.tls->client_certificate == "certificate 2");
  CHECK(read.tls->client_private_key == "private key 2");
  CHECK_FALSE(read.tls->disable_host_verification);
  CHECK(read.headers == variable_map{{"some-header", "three"}, {"other", "two"}});
}

TEST_CASE("what neither the file nor a variable says stays the default",
          "[temporal][environment]") {
  temporal_options const read =
      given{"[profile.default]\nnamespace = 'orders'", {{"TEMPORAL_API_KEY", "key"}}}.load();
  CHECK(read.address == "localhost:7233");
  CHECK(read.namespace_ == "orders");
  CHECK(read.api_key == "key");
}

TEST_CASE("an empty variable takes away what the file says", "[temporal][environment]") {
  temporal_options const read = given{
      whole_profile,
      {{"TEMPORAL_ADDRESS", ""},
       {"TEMPORAL_NAMESPACE", ""},
       {"TEMPORAL_API_KEY", ""},
       {"TEMPORAL_TLS_SERVER_NAME", ""},
       {"TEMPORAL_TLS_SERVER_CA_CERT_DATA", ""},
       {"TEMPORAL_GRPC_META_SOME_HEADER",
        ""}}}.load();
  CHECK(read.address == "localhost:7233");
  CHECK(read.namespace_ == "default");
  CHECK(read.api_key.empty());
  REQUIRE(read.tls.has_value());
  CHECK(read.tls->server_name.empty());
  CHECK(read.tls->server_root_certificates.empty());
  CHECK(read.headers == variable_map{{"other", "two"}});
}

TEST_CASE("the file is the one of the options, else of TEMPORAL_CONFIG_FILE, else the user's",
          "[temporal][environment]") {
  given one;
  auto const profile = [](std::string const& name) {
    return "[profile.default]\nnamespace = '" + name + "'";
  };
  std::string const named = one.folder.write("named.toml", profile("by variable"));
  one.folder.write("temporal.toml", profile("by options"));
  one.folder.write("xdg/temporalio/temporal.toml", profile("in xdg"));
  one.options.variables = variable_map{{"TEMPORAL_CONFIG_FILE", named},
                                       {"XDG_CONFIG_HOME", one.folder.path("xdg")},
                                       {"HOME", one.folder.path("home")}};
#ifdef __APPLE__
  one.folder.write("home/Library/Application Support/temporalio/temporal.toml", profile("home"));
#else
  one.folder.write("home/.config/temporalio/temporal.toml", profile("home"));
#endif
  CHECK(one.load().namespace_ == "by options");
  one.options.config_file.clear();
  CHECK(one.load().namespace_ == "by variable");
  (*one.options.variables)["TEMPORAL_CONFIG_FILE"] = "";
#ifndef __APPLE__
  CHECK(one.load().namespace_ == "in xdg");
  (*one.options.variables)["XDG_CONFIG_HOME"] = "not/absolute";
#endif
  CHECK(one.load().namespace_ == "home");
  one.options.variables->erase("HOME");
  CHECK(one.load().namespace_ == "default");
}

TEST_CASE("the profile is the one of the options, else of TEMPORAL_PROFILE, else default",
          "[temporal][environment]") {
  given one{"[profile.default]\nnamespace = 'd'\n[profile.test]\nnamespace = 't'\n"
            "[profile.prod]\nnamespace = 'p'",
            {{"TEMPORAL_PROFILE", "test"}}};
  one.options.profile = "prod";
  CHECK(one.load().namespace_ == "p");
  one.options.profile.clear();
  CHECK(one.load().namespace_ == "t");
  (*one.options.variables)["TEMPORAL_PROFILE"] = "";
  CHECK(one.load().namespace_ == "d");
}

TEST_CASE("a file or a profile that nobody named need not be there", "[temporal][environment]") {
  CHECK(given{}.load().address == "localhost:7233");
  CHECK(given{""}.load().address == "localhost:7233");
  CHECK(given{"[profile.other]\naddress = 'a:1'"}.load().address == "localhost:7233");
}

TEST_CASE("without the file the variables alone count", "[temporal][environment]") {
  given one{whole_profile, {{"TEMPORAL_NAMESPACE", "n"}, {"TEMPORAL_PROFILE", "not there"}}};
  one.options.disable_file = true;
  temporal_options const read = one.load();
  CHECK(read.address == "localhost:7233");
  CHECK(read.namespace_ == "n");
  CHECK(read.api_key.empty());
}

TEST_CASE("without the variables the file alone counts, though one of them names it",
          "[temporal][environment]") {
  given one{whole_profile, {{"TEMPORAL_NAMESPACE", "n"}, {"TEMPORAL_PROFILE", "not there"}}};
  (*one.options.variables)["TEMPORAL_CONFIG_FILE"] = one.file;
  one.options.config_file.clear();
  one.options.disable_env = true;
  CHECK(one.load().namespace_ == "orders");
}

TEST_CASE("the variables of the process are read where none are given", "[temporal][environment]") {
  REQUIRE(::setenv("TEMPORAL_NAMESPACE", "of the process", 1) == 0);
  REQUIRE(::setenv("TEMPORAL_GRPC_META_SOME_HEADER", "a=b", 1) == 0);
  temporal_options const read = load_temporal_options({.disable_file = true});
  ::unsetenv("TEMPORAL_NAMESPACE");
  ::unsetenv("TEMPORAL_GRPC_META_SOME_HEADER");
  CHECK(read.namespace_ == "of the process");
  CHECK(read.headers.at("some-header") == "a=b");
}

TEST_CASE("TLS is on where something asks for it, and off where something says so",
          "[temporal][environment]") {
  auto const is_on = [](temporal_options const& options) {
    return options.tls ? !options.tls->disabled : !options.api_key.empty();
  };
  CHECK_FALSE(is_on(from_variables({})));
  CHECK(is_on(from_variables({{"TEMPORAL_API_KEY", "k"}})));
  CHECK(is_on(from_variables({{"TEMPORAL_TLS", "true"}})));
  CHECK(is_on(from_variables({{"TEMPORAL_TLS", "1"}})));
  CHECK(is_on(from_variables({{"TEMPORAL_TLS", "TRUE"}})));
  CHECK_FALSE(is_on(from_variables({{"TEMPORAL_TLS", ""}})));
  CHECK(is_on(from_variables({{"TEMPORAL_TLS_SERVER_NAME", "n"}})));
  CHECK_FALSE(is_on(from_variables({{"TEMPORAL_API_KEY", "k"}, {"TEMPORAL_TLS", "false"}})));
  CHECK_FALSE(is_on(from_variables({{"TEMPORAL_TLS_SERVER_NAME", "n"}, {"TEMPORAL_TLS", "0"}})));

  std::string const off = "[profile.default.tls]\ndisabled = true\nserver_name = 'n'";
  std::string const on = "[profile.default.tls]\ndisabled = false";
  CHECK(is_on(given{"[profile.default.tls]"}.load()));
  CHECK(is_on(given{on}.load()));
  CHECK_FALSE(is_on(given{off}.load()));
  CHECK_FALSE(is_on(given{off, {{"TEMPORAL_API_KEY", "k"}}}.load()));
  CHECK(is_on(given{off, {{"TEMPORAL_TLS", "true"}}}.load()));
  CHECK_FALSE(is_on(given{on, {{"TEMPORAL_TLS", "false"}}}.load()));
  CHECK(is_on(given{"[profile.default]\napi_key = 'k'"}.load()));
}

TEST_CASE("certificates and keys are read from files, or given", "[temporal][environment]") {
  given one;
  std::string const ca = one.folder.write("ca.pem", "CA\n");
  std::string const certificate = one.folder.write("my.pem", "CERTIFICATE\n");
  std::string const key = one.folder.write("my.key", "KEY\n");
  one.folder.write("temporal.toml", "[profile.default.tls]\nserver_ca_cert_path = '" + ca + "'\n" +
                                        "client_cert_path = '" + certificate + "'\n" +
                                        "client_key_path = '" + key + "'\n");
  temporal_options read = one.load();
  REQUIRE(read.tls.has_value());
  CHECK(read.tls->server_root_certificates == "CA\n");
  CHECK(read.tls->client_certificate == "CERTIFICATE\n");
  CHECK(read.tls->client_private_key == "KEY\n");

  one.options.variables = {{"TEMPORAL_TLS_CLIENT_CERT_PATH", ca},
                           {"TEMPORAL_TLS_CLIENT_KEY_PATH", ""},
                           {"TEMPORAL_TLS_CLIENT_KEY_DATA", "other key"}};
  read = one.load();
  CHECK(read.tls->client_certificate == "CA\n");
  CHECK(read.tls->client_private_key == "other key");
}

TEST_CASE("files of a connection that is not encrypted are not looked for",
          "[temporal][environment]") {
  CHECK(from_variables({{"TEMPORAL_TLS", "false"}, {"TEMPORAL_TLS_CLIENT_CERT_PATH", "/no/such"}})
            .tls->disabled);
}

} // namespace
