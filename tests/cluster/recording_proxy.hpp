// A wire that is tapped: it stands before a server, passes all bytes on and keeps them.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace perdure_test {

/// A socket that is open as long as this lives.
class owned_socket {
public:
  explicit owned_socket(int number) : number_{number} {
    if (number_ < 0) throw std::system_error{errno, std::generic_category(), "a socket"};
    int const at_once = 1;
    (void)::setsockopt(number_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  }
  owned_socket(owned_socket const&) = delete;
  auto operator=(owned_socket const&) -> owned_socket& = delete;
  ~owned_socket() { ::close(number_); }

  /// Whoever waits in it is woken.
  void shut() const noexcept { ::shutdown(number_, SHUT_RDWR); }
  [[nodiscard]] auto number() const noexcept -> int { return number_; }

private:
  int number_;
};

/// What one connection has carried.
struct recorded_connection {
  std::string sent{}; ///< From the client to the server.
  std::string received{};
};

/// Listens on a free port of this machine. What uses it must be gone before it is.
class recording_proxy {
public:
  /// `server`: "a.b.c.d:port".
  explicit recording_proxy(std::string const& server)
      : server_{address_of(server)}, listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in own = address_of("127.0.0.1:0");
    ::socklen_t size = sizeof own;
    auto* const plain = reinterpret_cast<sockaddr*>(&own);
    if (::bind(listener_.number(), plain, size) != 0 || ::listen(listener_.number(), 64) != 0 ||
        ::getsockname(listener_.number(), plain, &size) != 0)
      throw std::system_error{errno, std::generic_category(), "the proxy's port"};
    address_ = "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
    accepting_ = std::thread{[this] { accept(); }};
  }
  recording_proxy(recording_proxy const&) = delete;
  auto operator=(recording_proxy const&) -> recording_proxy& = delete;
  ~recording_proxy() { close(); }

  [[nodiscard]] auto address() const -> std::string const& { return address_; }

  /// Cuts all connections, and gives what they have carried.
  auto close() -> std::vector<recorded_connection> {
    listener_.shut();
    if (accepting_.joinable()) accepting_.join();
    std::vector<recorded_connection> all;
    for (auto& each : connections_) {
      each->client.shut();
      each->server.shut();
      for (auto& passing : each->passing)
        if (passing.joinable()) passing.join();
      all.push_back(each->carried);
    }
    return all;
  }

private:
  struct connection {
    explicit connection(int accepted)
        : client{accepted}, server{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {}
    owned_socket client;
    owned_socket server;
    recorded_connection carried{}; ///< Each half is written by one thread.
    std::vector<std::thread> passing{};
  };

  [[nodiscard]] static auto address_of(std::string const& text) -> sockaddr_in {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    std::size_t const colon = text.rfind(':');
    std::string const host = text.substr(0, colon);
    if (colon == std::string::npos || ::inet_pton(AF_INET, host.c_str(), &made.sin_addr) != 1)
      throw std::runtime_error{"'" + text + "' is no address and port"};
    made.sin_port = htons(static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))));
    return made;
  }

  void accept() {
    while (true) {
      int const number = ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC);
      if (number < 0 && errno == EINTR) continue;
      if (number < 0) return; // it was shut
      auto made = std::make_unique<connection>(number);
      auto const* const to = reinterpret_cast<sockaddr const*>(&server_);
      if (::connect(made->server.number(), to, sizeof server_) != 0) continue;
      connection& c = *made;
      connections_.push_back(std::move(made));
      c.passing.emplace_back([&c] { pass_on(c.client, c.server, c.carried.sent); });
      c.passing.emplace_back([&c] { pass_on(c.server, c.client, c.carried.received); });
    }
  }
  static void pass_on(owned_socket const& from, owned_socket const& to, std::string& kept) {
    std::vector<char> room(std::size_t{1} << 16U);
    while (true) {
      ::ssize_t const got = ::recv(from.number(), room.data(), room.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      auto const size = static_cast<std::size_t>(got);
      kept.append(room.data(), size); // first: whoever has had an answer finds it here
      if (!send_all(to, room.data(), size)) break;
    }
    to.shut();
    from.shut();
  }
  [[nodiscard]] static auto send_all(owned_socket const& to, char const* data, std::size_t size)
      -> bool {
    while (size > 0) {
      ::ssize_t const put = ::send(to.number(), data, size, MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return false;
      data += put;
      size -= static_cast<std::size_t>(put);
    }
    return true;
  }

  sockaddr_in server_;
  owned_socket listener_;
  std::string address_{};
  std::vector<std::unique_ptr<connection>> connections_{}; ///< Of the accepting thread.
  std::thread accepting_{};
};

} // namespace perdure_test
