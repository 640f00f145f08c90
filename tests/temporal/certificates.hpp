// Certificates for tests, made anew by the openssl command.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "support/temporary_folder.hpp"

namespace perdure_test {

struct key_pair {
  std::string certificate{}; ///< PEM.
  std::string key{};
};

/// An authority, and what it signs. Needs openssl 3.
class certificate_authority {
public:
  certificate_authority() {
    run("req -x509 -subj '/CN=Authority of a test' " + new_key("ca") + " -out " + at("ca.pem"));
    certificate_ = text_of("ca.pem");
  }
  [[nodiscard]] auto certificate() const -> std::string const& { return certificate_; }
  /// For a server of that name, or a client.
  [[nodiscard]] auto sign(std::string const& name, std::string const& alternatives) const
      -> key_pair {
    run("req -x509 -subj '/CN=" + name + "' -addext 'subjectAltName=" + alternatives +
        "' -addext basicConstraints=critical,CA:FALSE -CA " + at("ca.pem") + " -CAkey " +
        at("ca.key") + " " + new_key("one") + " -out " + at("one.pem"));
    return {text_of("one.pem"), text_of("one.key")};
  }

private:
  [[nodiscard]] auto at(std::string const& file) const -> std::string {
    return "'" + folder_.path(file) + "'";
  }
  [[nodiscard]] auto new_key(std::string const& name) const -> std::string {
    return "-days 2 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " +
           at(name + ".key");
  }
  void run(std::string const& arguments) const {
    std::string const log = folder_.path("log");
    if (std::system(("openssl " + arguments + " >'" + log + "' 2>&1").c_str()) != 0)
      throw std::runtime_error{"openssl (of version 3, from the package openssl) " + arguments +
                               ": " + text_of("log")};
  }
  [[nodiscard]] auto text_of(std::string const& file) const -> std::string {
    std::ifstream in{folder_.path(file), std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  temporary_folder folder_{};
  std::string certificate_{};
};

} // namespace perdure_test
