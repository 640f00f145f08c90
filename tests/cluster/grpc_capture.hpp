// What went over a wire that gRPC used, without TLS: the bytes as they were, and the messages in
// one piece each, for HTTP/2 may break a message, and any word in it, into several frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/recording_proxy.hpp"

namespace perdure_test {

class grpc_capture {
public:
  /// \throws std::runtime_error for what is no HTTP/2, and for messages that are compressed
  explicit grpc_capture(std::vector<recorded_connection> const& connections) {
    for (auto const& each : connections) {
      read(each.sent, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      read(each.received, "");
    }
  }

  /// How often the text was there: in the bytes, which are all frames, those of headers included,
  /// and once more in the messages.
  [[nodiscard]] auto count(std::string_view text) const -> std::size_t {
    std::size_t found = 0;
    for (auto const* part : {&raw_, &messages_})
      for (std::string const& each : *part)
        for (auto at = each.find(text); at != each.npos; at = each.find(text, at + 1)) ++found;
    return found;
  }
  /// In the messages alone.
  [[nodiscard]] auto message_has(std::string_view text) const -> bool {
    for (std::string const& each : messages_)
      if (each.find(text) != each.npos) return true;
    return false;
  }
  [[nodiscard]] auto messages() const noexcept -> std::size_t { return messages_.size(); }

private:
  /// One direction of a connection.
  void read(std::string const& bytes, std::string_view greeting) {
    raw_.push_back(bytes);
    std::string_view rest{bytes};
    if (rest.empty()) return;
    if (!rest.starts_with(greeting)) throw std::runtime_error{"this is no HTTP/2"};
    rest.remove_prefix(greeting.size());
    std::map<std::uint32_t, std::string> streams;
    constexpr std::size_t head = 9;
    while (rest.size() >= head) {
      std::size_t const size = number(rest.substr(0, 3));
      if (rest.size() < head + size) break; // cut off when the connection was
      auto const type = number(rest.substr(3, 1));
      if (type > 9) throw std::runtime_error{"a frame of an unknown type: " + std::to_string(type)};
      bool const padded = (number(rest.substr(4, 1)) & 8U) != 0;
      auto const stream = static_cast<std::uint32_t>(number(rest.substr(5, 4)));
      std::string_view body = rest.substr(head, size);
      if (type == 0) {
        if (padded) {
          std::size_t const padding = number(body.substr(0, 1));
          body = body.substr(1, body.size() - 1 - padding);
        }
        streams[stream] += body;
      }
      rest.remove_prefix(head + size);
    }
    for (auto const& [id, data] : streams) split(data);
  }
  /// Each message of a stream has a byte that says whether it is compressed, and its size.
  void split(std::string_view data) {
    constexpr std::size_t head = 5;
    while (data.size() >= head) {
      if (data[0] != 0) throw std::runtime_error{"a message is compressed: nothing is seen in it"};
      std::size_t const size = number(data.substr(1, 4));
      messages_.emplace_back(data.substr(head, size));
      data.remove_prefix(data.size() < head + size ? data.size() : head + size);
    }
  }
  [[nodiscard]] static auto number(std::string_view bytes) -> std::size_t {
    std::size_t value = 0;
    for (char const each : bytes) value = value << 8U | static_cast<unsigned char>(each);
    return value;
  }

  std::vector<std::string> raw_{};
  std::vector<std::string> messages_{};
};

} // namespace perdure_test
