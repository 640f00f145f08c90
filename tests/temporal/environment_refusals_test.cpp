// Goal: what is wrong with a configuration is said so that it can be put right: where it stands,
// what it is and what to do. Method: files in a folder of the test, and variables that are given,
// not set.
#include "temporal/given_environment.hpp"

#include <string>

namespace {

using namespace perdure_test;

TEST_CASE("a profile that somebody named must be there", "[temporal][environment]") {
  given one{"[profile.a]\n[profile.b]", {{"TEMPORAL_PROFILE", "c"}}};
  CHECK(one.refusal() ==
        "[perdure.20] FILE: profile 'c', which TEMPORAL_PROFILE names, is not there: add "
        "[profile.c], or name one of these: a, b");
  one.options.profile = "default";
  CHECK(one.refusal() ==
        "[perdure.20] FILE: profile 'default', which environment_options::profile names, is not "
        "there: add [profile.default], or name one of these: a, b");
  one.folder.write("temporal.toml", "");
  CHECK_THAT(one.refusal(), ends_with("name one of these: (there are none)"));
  given const none{};
  one.options.config_file = none.file;
  CHECK(given::replaced(one.refusal(), none.file, "FILE") ==
        "[perdure.20] FILE: profile 'default', which environment_options::profile names, cannot "
        "be read, for there is no such file: write it, or set TEMPORAL_CONFIG_FILE");
  one.options.config_file.clear();
  CHECK(one.refusal() ==
        "[perdure.20] temporal.toml: profile 'default', which environment_options::profile names, "
        "is nowhere: set TEMPORAL_CONFIG_FILE to the file it is in");
}

TEST_CASE("a certificate or key that is said twice or alone is refused",
          "[temporal][environment]") {
  CHECK(given{"[profile.default]\n[profile.default.tls]\nserver_ca_cert_path = 'a'\n"
              "server_ca_cert_data = 'b'"}
            .refusal() == "[perdure.20] FILE:3: profile.default.tls.server_ca_cert_path: this "
                          "names a file, and FILE:4: profile.default.tls.server_ca_cert_data "
                          "holds the same: keep one of both");
  CHECK(given{"[profile.default.tls]\nclient_cert_path = 'a'",
              {{"TEMPORAL_TLS_CLIENT_CERT_DATA", "b"}}}
            .refusal() == "[perdure.20] FILE:2: profile.default.tls.client_cert_path: this names "
                          "a file, and TEMPORAL_TLS_CLIENT_CERT_DATA holds the same: keep one of "
                          "both");
  CHECK(given{"[profile.default.tls]\nclient_cert_data = 'a'"}.refusal() ==
        "[perdure.20] FILE:2: profile.default.tls.client_cert_data: a client certificate without "
        "its key: set client_key_path too");
  CHECK(given{"", {{"TEMPORAL_TLS_CLIENT_KEY_DATA", "a"}}}.refusal() ==
        "[perdure.20] TEMPORAL_TLS_CLIENT_KEY_DATA: a client key without its certificate: set "
        "client_cert_path too");
  CHECK_THAT(given{"[profile.other.tls]\nclient_key_path = 'a'\nclient_key_data = 'b'"}.refusal(),
             starts_with("[perdure.20] FILE:2: profile.other.tls.client_key_path: "));
  CHECK_THAT(given("", {{"TEMPORAL_TLS", "false"},
                        {"TEMPORAL_TLS_CLIENT_KEY_PATH", "a"},
                        {"TEMPORAL_TLS_CLIENT_KEY_DATA", "b"}})
                 .refusal(),
             starts_with("[perdure.20] TEMPORAL_TLS_CLIENT_KEY_PATH: this names a file, and "));
}

TEST_CASE("a file that is not TOML is refused with the place", "[temporal][environment]") {
  CHECK_THAT(given{"[profile.default]\naddress = localhost"}.refusal(),
             starts_with("[perdure.20] FILE:2:11: this is not TOML: "));
  CHECK_THAT(given{"[profile.default]\n[profile.default]"}.refusal(),
             starts_with("[perdure.20] FILE:2:"));
  CHECK_THAT(given{"a = '\xff'"}.refusal(), starts_with("[perdure.20] FILE:1:"));
}

TEST_CASE("a value of the wrong type is refused with its key, in any profile",
          "[temporal][environment]") {
  CHECK(given{"profile = 1"}.refusal() ==
        "[perdure.20] FILE:1: profile: this is of type integer and must be a table, [profile]");
  CHECK(given{"[profile]\ndefault = 'x'"}.refusal() ==
        "[perdure.20] FILE:2: profile.default: this is of type string and must be a table, "
        "[profile.default]");
  CHECK(given{"[profile.other]\naddress = 7233"}.refusal() ==
        "[perdure.20] FILE:2: profile.other.address: this is of type integer and must be a string");
  CHECK(given{"[profile.default]\ntls = true"}.refusal() ==
        "[perdure.20] FILE:2: profile.default.tls: this is of type boolean and must be a table, "
        "[profile.default.tls]");
  CHECK(given{"[profile.default.tls]\ndisabled = 'no'"}.refusal() ==
        "[perdure.20] FILE:2: profile.default.tls.disabled: this is of type string and must be "
        "true or false");
  CHECK(given{"[profile.default.tls]\nserver_name = false"}.refusal() ==
        "[perdure.20] FILE:2: profile.default.tls.server_name: this is of type boolean and must be "
        "a string");
  CHECK(given{"[profile.default.grpc_meta]\nx = ['a', 'b']"}.refusal() ==
        "[perdure.20] FILE:2: profile.default.grpc_meta.x: this is of type array and must be a "
        "string");
  CHECK(given{"[profile.default.codec]\nendpoint = 1"}.refusal() ==
        "[perdure.20] FILE:2: profile.default.codec.endpoint: this is of type integer and must be "
        "a string");
}

TEST_CASE("a key that is not known is refused where that is asked for, and else skipped",
          "[temporal][environment]") {
  auto const refused = [](std::string const& text, std::string const& where) {
    given one{text};
    CHECK(one.load().address == "localhost:7233");
    one.options.strict = true;
    CHECK(one.refusal() ==
          "[perdure.20] FILE:" + where + ": no such key is known: correct its name, or remove it");
  };
  refused("[profiles.default]", "1: profiles");
  refused("[profile.default]\nadress = 'x'", "2: profile.default.adress");
  refused("[profile.other]\nadress = 'x'", "2: profile.other.adress");
  refused("[profile.default.tls]\ncert_path = 'x'", "2: profile.default.tls.cert_path");
  refused("[profile.default.codec]\nurl = 'x'", "2: profile.default.codec.url");
}

TEST_CASE("all keys that are known pass where others are refused", "[temporal][environment]") {
  given one{R"(
[profile.default]
address = "a:1"
namespace = "n"
api_key = "k"
[profile.default.tls]
disabled = false
disable_host_verification = false
server_name = ""
client_cert_path = ""
client_cert_data = ""
client_key_path = ""
client_key_data = ""
server_ca_cert_path = ""
server_ca_cert_data = ""
[profile.default.codec]
endpoint = "https://codec.example"
auth = "Bearer x"
[profile.default.grpc_meta]
anything = "x"
)"};
  one.options.strict = true;
  CHECK(one.load().address == "a:1");
}

TEST_CASE("a file that is named and not there is refused where strictness is asked for",
          "[temporal][environment]") {
  given one;
  one.options.strict = true;
  CHECK(one.refusal() == "[perdure.20] FILE: there is no such file");
  one.options.config_file.clear();
  one.options.variables = variable_map{{"TEMPORAL_CONFIG_FILE", one.file}};
  CHECK(one.refusal() == "[perdure.20] FILE: there is no such file");
  one.options.variables = variable_map{{"HOME", one.folder.path()}};
  CHECK(one.load().address == "localhost:7233");
}

TEST_CASE("files that cannot be read are named", "[temporal][environment]") {
  given one;
  one.options.config_file = one.folder.path();
  CHECK(one.refusal() == "[perdure.20] FOLDER: the file cannot be read: Is a directory");

  CHECK(given{"[profile.default.tls]\nserver_ca_cert_path = '/no/such.pem'"}.refusal() ==
        "[perdure.20] FILE:2: profile.default.tls.server_ca_cert_path: '/no/such.pem' cannot be "
        "read: No such file or directory");
  CHECK(given{"", {{"TEMPORAL_TLS_CLIENT_KEY_PATH", "/no/such.key"}}}.refusal() ==
        "[perdure.20] TEMPORAL_TLS_CLIENT_KEY_PATH: '/no/such.key' cannot be read: No such file or "
        "directory");
  given empty;
  empty.options.variables = {
      {"TEMPORAL_TLS_CLIENT_CERT_PATH", empty.folder.write("empty.pem", "")}};
  CHECK(empty.refusal() ==
        "[perdure.20] TEMPORAL_TLS_CLIENT_CERT_PATH: 'FOLDER/empty.pem' is empty");
}

TEST_CASE("a variable that is neither true nor false is refused", "[temporal][environment]") {
  CHECK(
      given{"", {{"TEMPORAL_TLS", "Yes"}}}.refusal() ==
      "[perdure.20] TEMPORAL_TLS: this is 'yes' and must be true or false, 1 or 0, or not be set");
  CHECK(given{"", {{"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION", "2"}}}.refusal() ==
        "[perdure.20] TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: this is '2' and must be true or "
        "false, 1 or 0, or not be set");
}

TEST_CASE("to read nothing is refused", "[temporal][environment]") {
  given one;
  one.options.disable_file = true;
  one.options.disable_env = true;
  CHECK(one.refusal() ==
        "[perdure.20] environment_options: both .disable_file and .disable_env are set: nothing is "
        "left to read, so use temporal_options as they are");
}

TEST_CASE("what is refused does not show a key", "[temporal][environment]") {
  CHECK_THAT(given{"[profile.default]\napi_key = secret"}.refusal(), !contains("secret"));
  CHECK_THAT(given{"[profile.default]\napi_key = \"secret"}.refusal(), !contains("secret"));
  CHECK_THAT(given{"[profile.default.tls]\nclient_key_data = 'secret'"}.refusal(),
             !contains("secret"));
}

} // namespace
